"""Matching: whether a text is the one that is meant, and which of many comes closest to it."""

import difflib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

Item = TypeVar("Item")

#: What stands in a regular expression for other than itself; an escaped sign is the `literal`.
_SIGNS = re.compile(
    r"\\(?P<literal>[^A-Za-z0-9])|\\.|\[\^?\]?[^\]]*\]|\{[\d,]*\}|\(\?(?:[a-zA-Z-]+[:)]|P?<\w+>|<?[:=!])|[\^$.*+?()|]"
)
#: Letters that are compared: what is alike so far is alike.
_MOST_LETTERS = 320


def _pattern(match: str) -> tuple[str, str] | None:
    """Give the body and the flags of what is written as a regular expression, or None."""
    body, _, flags = match[1:].rpartition("/")
    return (body, flags) if len(match) > 2 and match.startswith("/") and flags in ("", "i") else None


def text_test(match: str) -> Callable[[str], bool]:
    """Give the test of a `match`: a regular expression between slashes (`i` behind: any case), or the whole text.

    Raise `re.error` for what is no regular expression.

    >>> text_test("/^thanks/i")("Thanks, Ana")
    True
    """
    found = _pattern(match)
    if found is not None:
        body, flags = found
        pattern = re.compile(body, re.IGNORECASE if flags else 0)
        return lambda text: pattern.search(text) is not None
    return lambda text: text == match


@lru_cache(maxsize=4096)
def likeness(match: str, text: str) -> float:
    """Tell from 0 to 1 how close the closest part of a text comes to a `match`; its signs count for nothing.

    >>> likeness("/code: [0-9]+/", "Your code: none") > likeness("/code: [0-9]+/", "cod")
    True
    """
    wanted = _letters(match)[:_MOST_LETTERS]
    given = " ".join(text.lower().split())
    matcher = difflib.SequenceMatcher(None, wanted, given, autojunk=False)
    block = matcher.find_longest_match()
    # Where the match would stand if the longest part that is alike stood right.
    start = max(0, block.b - block.a)
    matcher.set_seq2(given[start : start + len(wanted)])
    return matcher.ratio() if wanted else 0.0


def _letters(match: str) -> str:
    """Give what of a `match` may stand in a text as it is, in lower case."""
    found = _pattern(match)
    plain = match if found is None else _SIGNS.sub(lambda sign: sign["literal"] or " ", found[0])
    return " ".join(plain.lower().split())


def closest(match: str, items: Iterable[Item], text: Callable[[Item], str], most: int = 3) -> list[Item]:
    """Give the items whose text comes closest to a `match`, the closest first."""
    return sorted(items, key=lambda item: likeness(match, text(item)), reverse=True)[:most]
