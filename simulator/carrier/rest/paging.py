"""Paging: which rows a list request wants, and the addresses of its neighbours, for both generations of the API."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request

from simulator.carrier.errors import ApiError

DEFAULT_SIZE = 50
LARGEST = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """Be what a list request asks for: page number, size, and the sid behind (or before) which to go on."""

    page: int
    size: int
    after: str | None
    before: str | None


def wish(default: int = DEFAULT_SIZE) -> Wish:
    """Read PageSize, Page and PageToken; a size over the largest is cut, as Twilio does. Raise `ApiError`."""
    size = _whole("PageSize", default)
    token = request.args.get("PageToken", "")
    if token and not re.fullmatch(r"P[AB]\w{2}[0-9a-f]{32}", token):
        raise ApiError(21481, f"Invalid PageToken: {token!r}. Use the one in next_page_uri.")
    after = token[2:] if token.startswith("PA") else None
    before = token[2:] if token.startswith("PB") else None
    return Wish(_whole("Page", 0), min(max(size, 1), LARGEST), after, before)


def _whole(name: str, default: int) -> int:
    given = request.args.get(name, "")
    if not given:
        return default
    if not given.isdecimal() or len(given) > 9:
        raise ApiError(20001, f"Invalid parameter {name}: {given!r}. It is a whole number.")
    return int(given)


def cut(items: Sequence[T], wanted: Wish, sid_of: Callable[[T], str]) -> tuple[list[T], bool]:
    """Give one page of a short list that is in memory, and whether more follows."""
    start = wanted.page * wanted.size
    sids = [sid_of(item) for item in items]
    if wanted.after in sids:
        start = sids.index(str(wanted.after)) + 1
    elif wanted.before in sids:
        start = max(0, sids.index(str(wanted.before)) - wanted.size)
    return list(items[start : start + wanted.size]), start + wanted.size < len(items)


def _address(wanted: Wish, page: int, token: str | None) -> str:
    kept = [(k, v) for k, v in request.args.items(multi=True) if k not in ("Page", "PageSize", "PageToken")]
    own = [("PageSize", str(wanted.size)), ("Page", str(page))]
    if token is not None:
        own.append(("PageToken", token))
    return f"{request.path}?{urlencode(kept + own)}"


def _neighbours(wanted: Wish, sids: Sequence[str], more: bool) -> tuple[str | None, str | None]:
    following = _address(wanted, wanted.page + 1, f"PA{sids[-1]}") if more and sids else None
    previous = None
    if wanted.page > 0:
        previous = _address(wanted, wanted.page - 1, f"PB{sids[0]}" if sids else None)
    return following, previous


def envelope_2010(key: str, rows: list[dict[str, Any]], wanted: Wish, more: bool) -> dict[str, Any]:
    """Put rows into the envelope of the 2010 API, whose addresses are relative."""
    following, previous = _neighbours(wanted, [row["sid"] for row in rows], more)
    start = wanted.page * wanted.size
    return {
        key: rows,
        "first_page_uri": _address(wanted, 0, None),
        "next_page_uri": following,
        "previous_page_uri": previous,
        "page": wanted.page,
        "page_size": wanted.size,
        "start": start,
        "end": start + len(rows) - 1 if rows else start,
        "uri": _address(wanted, wanted.page, request.args.get("PageToken")),
    }


def envelope_v1(key: str, rows: list[dict[str, Any]], wanted: Wish, more: bool, base: str) -> dict[str, Any]:
    """Put rows into the envelope of the v1 APIs, whose addresses are absolute."""
    following, previous = _neighbours(wanted, [row["sid"] for row in rows], more)
    return {
        "meta": {
            "first_page_url": base + _address(wanted, 0, None),
            "key": key,
            "next_page_url": None if following is None else base + following,
            "page": wanted.page,
            "page_size": wanted.size,
            "previous_page_url": None if previous is None else base + previous,
            "url": base + _address(wanted, wanted.page, request.args.get("PageToken")),
        },
        key: rows,
    }
