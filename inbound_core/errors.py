"""The errors of the workbench: one base, and beside it the builtin that a caller would expect."""

from collections.abc import Iterable
from difflib import get_close_matches


class InboundError(Exception):
    """Stand above every error that the workbench raises on purpose.

    The text says what probably happened and what to do next, so it can be shown to a person as it is.
    """


class SetupError(InboundError):
    """Report that something was configured wrongly, as opposed to a bad message or record."""


def perhaps(word: object, known: Iterable[str]) -> str:
    """Give the question for the known word most like a misspelt one, with a blank behind it; empty when none is.

    >>> perhaps("equls", ["equals", "exists"]), perhaps("x", ["equals"])
    ('Did you mean equals? ', '')
    """
    close = get_close_matches(word.casefold(), list(known), n=1) if isinstance(word, str) else []
    return f"Did you mean {close[0]}? " if close else ""


class PlacedError(InboundError, ValueError):
    """Report something that cannot be meant, and the place in what was given, such as `and[1].attribute`."""

    def __init__(self, problem: str, place: str = "") -> None:
        super().__init__(f"At {place}: {problem}" if place else problem)
        self.problem = problem
        self.place = place

    def inside(self, place: str) -> "PlacedError":
        """Give the same error seen from one level further out."""
        joined = place + (self.place if self.place.startswith("[") else f".{self.place}" if self.place else "")
        return type(self)(self.problem, joined)
