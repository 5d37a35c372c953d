"""Errors of scenario files, each with the file and the line, and the nearest right word."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from inbound_core.errors import InboundError


@dataclass(frozen=True, slots=True)
class Place:
    """Name a line of a scenario file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what is wrong at one place of a scenario file."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class ScenarioError(InboundError, ValueError):
    """Report all that is wrong with a scenario file, a line of text for each fault, in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults), key=lambda fault: (fault.place.file, fault.place.line, fault.text)))
        super().__init__("\n".join(str(fault) for fault in self.faults))

    @classmethod
    def at(cls, place: Place, text: str) -> "ScenarioError":
        """Make the error of one fault."""
        return cls([Fault(place, text)])


def nearest(word: str, known: Iterable[str]) -> str:
    """Give a hint that names the known word most like a misspelt one, or lists them when none is like it.

    >>> nearest("exepct", ["expect", "advance"])
    'Did you mean expect?'
    >>> nearest("x", ["expect", "advance"])
    'Known are: advance, expect.'
    """
    words = sorted({str(one) for one in known})
    alike = difflib.get_close_matches(str(word), words, n=1, cutoff=0.6)
    if alike:
        return f"Did you mean {alike[0]}?"
    return f"Known are: {', '.join(words[:40])}." if words else "None is known."


def number_of(count: int, one: str, several: str = "") -> str:
    """Write a number of things as a person does: 1 story, 2 stories; `several` is `one` and an s unless given."""
    return f"{count} {one if count == 1 else several or one + 's'}"
