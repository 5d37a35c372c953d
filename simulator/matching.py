"""Matching: whether a text is the one that is meant, and which of many comes closest to it."""

import difflib
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def text_test(match: str) -> Callable[[str], bool]:
    """Give the test of a `match`: a regular expression between slashes (`i` behind: any case), or the whole text.

    Raise `re.error` for what is no regular expression.

    >>> text_test("/^thanks/i")("Thanks, Ana")
    True
    """
    if len(match) > 2 and match.startswith("/"):
        body, _, flags = match[1:].rpartition("/")
        if flags in ("", "i"):
            pattern = re.compile(body, re.IGNORECASE if flags else 0)
            return lambda text: pattern.search(text) is not None
    return lambda text: text == match


def exactly(text: str) -> str:
    """Give the `match` that fits this text and no other, also where the text would be a `match` of more.

    >>> exactly("Thanks"), text_test(exactly("/a+b/"))("/a+b/")
    ('Thanks', True)
    """
    return rf"/^{re.escape(text)}\Z/" if not text or text.startswith("/") else text


def likeness(match: str, text: str) -> float:
    """Tell from 0 to 1 how close a text comes to a `match`."""
    return difflib.SequenceMatcher(None, match.strip("/").lower(), text.lower()).ratio()


def closest(match: str, items: Iterable[Item], text: Callable[[Item], str], most: int = 3) -> list[Item]:
    """Give the items whose text comes closest to a `match`, the closest first."""
    return sorted(items, key=lambda item: likeness(match, text(item)), reverse=True)[:most]
