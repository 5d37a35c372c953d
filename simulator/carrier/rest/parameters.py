"""Parameters: read the form and query of a request, with an error that names the one that is wrong."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from flask import request

from simulator.carrier import codes
from simulator.carrier.errors import ApiError


def text(name: str) -> str | None:
    """Give a parameter of the form, or None when it was not sent."""
    form = request.form
    # Asking first is much cheaper than `get`, which makes an exception for each parameter that is not there.
    return form[name] if name in form else None  # noqa: SIM401 - as the comment says


def whole(name: str, lowest: int, highest: int, given: str | None = None) -> int | None:
    """Give a whole number of the form within its bounds, or None when it was not sent; raise `ApiError`."""
    found = text(name) if given is None else given
    if found is None or found == "":
        return None
    if not _is_short_number(found) or not lowest <= int(found) <= highest:
        raise codes.out_of_range(name, found, f"It is a whole number from {lowest} to {highest}.")
    return int(found)


def _is_short_number(text: str) -> bool:
    """Tell whether a text is a whole number that is no longer than any that is asked for; Python reads 4300 digits."""
    return text.isascii() and text.isdigit() and len(text) <= 9


def flag(name: str) -> bool | None:
    """Give a true or false of the form, or None when it was not sent; raise `ApiError`."""
    found = text(name)
    if found is None or found == "":
        return None
    if found.lower() not in ("true", "false"):
        raise codes.out_of_range(name, found, "It is true or false.")
    return found.lower() == "true"


def method(name: str) -> str | None:
    """Give an HTTP method of the form, GET or POST, or None when it was not sent; raise `ApiError`."""
    found = text(name)
    if found is None or found == "":
        return None
    if found.upper() not in ("GET", "POST"):
        raise codes.out_of_range(name, found, "It is GET or POST.")
    return found.upper()


def moment(name: str) -> datetime | None:
    """Give an ISO 8601 time of the form, or None when it was not sent; raise `ApiError`."""
    found = text(name)
    if not found:
        return None
    try:
        read = datetime.fromisoformat(found)
    except ValueError as error:
        raise codes.out_of_range(name, found, "It is a time in ISO 8601, such as 2026-03-02T09:00:00Z.") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def span(name: str) -> tuple[datetime | None, datetime | None]:
    """Give the bounds that a query's `name`, `name<` and `name>` set, both inclusive; raise `ApiError`.

    A whole day without a sign means that day; a day with `<` reaches to its end.
    """
    lowest, highest = None, None
    for sign in ("", "<", ">"):
        found = request.args.get(name + sign)
        if not found:
            continue
        first, last = _day(name, found)
        if sign != "<":
            lowest = first
        if sign != ">":
            highest = last
    return lowest, highest


def _moment_of(given: str) -> datetime:
    """Read a date in each of the ways in which Twilio's own examples write one; raise `ValueError`."""
    if match := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4}) (\S+) (\S+)", given):
        month, day, year, time, zone = match.groups()
        date = format_datetime(datetime(int(year), int(month), int(day), tzinfo=UTC))[:16]
        return parsedate_to_datetime(f"{date} {time} {zone}")
    if given[:1].isalpha():
        return parsedate_to_datetime(given)
    # A plus that was not escaped has come as a space.
    return datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", given))


def _day(name: str, given: str) -> tuple[datetime, datetime]:
    try:
        read = _moment_of(given)
    except ValueError as error:
        raise ApiError(20001, f"Invalid parameter {name}: {given!r}. It is a date such as 2026-03-02.") from error
    read = read if read.tzinfo else read.replace(tzinfo=UTC)
    return read, _last_of(read, timedelta(seconds=1) if len(given) > 10 else timedelta(days=1))


def _last_of(first: datetime, span: timedelta) -> datetime:
    try:
        return first + (span - timedelta(microseconds=1))
    except OverflowError:  # 9999-12-31, which some write for "no end", has no day behind it
        return datetime.max.replace(tzinfo=first.tzinfo)
