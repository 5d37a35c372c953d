"""Patterns: a regular expression as a graph of nodes, to be walked symbol by symbol.

The regular expressions are phonenumbers' own strings. What this module does not know raises `UnknownPattern`, so
that an update of the metadata can break loudly and never silently.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from inbound_core.errors import InboundError

#: The standard library's parser of regular expressions; typed loosely, for it is not public.
_sre: Any = importlib.import_module("re._parser")

#: A repetition above this is as good as endless: no automaton looks at more symbols.
_ENDLESS = 60


class UnknownPattern(InboundError, ValueError):
    """Report a construct in phonenumbers' patterns that the compiler has not been taught."""


@dataclass(frozen=True, slots=True)
class Read:
    """Consume one symbol of a set, then go on."""

    symbols: frozenset[int]
    then: int


@dataclass(frozen=True, slots=True)
class Fork:
    """Go on in several ways, the preferred one first."""

    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Capture:
    """Note that the group asked for takes part in the match, then go on."""

    then: int


@dataclass(frozen=True, slots=True)
class AtEnd:
    """Go on only where the text ends."""

    then: int


@dataclass(frozen=True, slots=True)
class Match:
    """Accept what was read."""


Node = Read | Fork | Capture | AtEnd | Match
SymbolsOf = Callable[[str, Any], frozenset[int]]


class Graph:
    """Hold the nodes of one or several patterns over one alphabet.

    `symbols_of(operator, argument)` tells which symbols a single-symbol atom of the parsed expression accepts.
    """

    def __init__(self, symbols_of: SymbolsOf) -> None:
        self.nodes: list[Node] = []
        self._symbols_of = symbols_of

    def add(self, node: Node) -> int:
        """Add a node and give its number."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def pattern(self, pattern: str, then: int, *, flags: int = 0, group: int = 0) -> int:
        """Add a pattern that goes on to `then`, and give the number of its first node.

        `group` is the capturing group whose taking part is to be noted, 0 for none.
        """
        return self._sequence(_sre.parse(pattern, flags), then, group)

    def endless(self, symbols: frozenset[int]) -> int:
        """Add a node that matches whatever follows, and give its number."""
        node = self.add(Match())
        self.nodes[node] = Read(symbols, node)
        return node

    def closure(self, starts: Iterable[int]) -> frozenset[int]:
        """Give the reading and accepting nodes that are reached from `starts` without reading a symbol."""
        reached: set[int] = set()
        seen: set[int] = set()
        waiting = list(starts)
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            node = self.nodes[number]
            if isinstance(node, Fork):
                waiting.extend(node.ways)
            elif isinstance(node, Capture):
                waiting.append(node.then)
            else:
                reached.add(number)
        return frozenset(reached)

    def _sequence(self, items: Any, then: int, group: int) -> int:
        for operator, argument in reversed(list(items)):
            then = self._item(str(operator), argument, then, group)
        return then

    def _item(self, operator: str, argument: Any, then: int, group: int) -> int:
        if operator in ("LITERAL", "IN"):
            return self.add(Read(self._symbols_of(operator, argument), then))
        if operator == "BRANCH":
            return self.add(Fork(tuple(self._sequence(way, then, group) for way in argument[1])))
        if operator == "SUBPATTERN":
            number, *_, inner = argument
            if number is not None and number == group:
                then = self.add(Capture(then))
            return self._sequence(inner, then, group)
        if operator == "MAX_REPEAT":
            least, most, inner = argument
            return self._repeat(int(least), most, inner, then, group)
        if operator == "AT" and str(argument) in ("AT_END", "AT_END_STRING"):
            return self.add(AtEnd(then))
        raise UnknownPattern(
            f"phonenumbers' patterns use {operator} {argument}, which is not known here. "
            "Its metadata is newer than this program: install a version of phonenumbers that was tested with it."
        )

    def _repeat(self, least: int, most: Any, inner: Any, then: int, group: int) -> int:
        if most is _sre.MAXREPEAT or int(most) > _ENDLESS:
            loop = self.add(Fork(()))
            self.nodes[loop] = Fork((self._sequence(inner, loop, group), then))
            then = loop
        else:
            end = then
            for _ in range(int(most) - least):
                then = self.add(Fork((self._sequence(inner, then, group), end)))
        for _ in range(least):
            then = self._sequence(inner, then, group)
        return then


ALL_DIGITS = frozenset(range(10))


def digits_of(operator: str, argument: Any) -> frozenset[int]:
    """Tell which digits an atom such as `7`, `[2-9]` or `\\d` accepts. Raise `UnknownPattern` for anything else."""
    if operator == "LITERAL":
        accepted = {argument - ord("0")}
    else:
        accepted = set()
        for inner, value in argument:
            accepted |= _digit_range(str(inner), value)
    if not accepted <= ALL_DIGITS:
        raise UnknownPattern(f"a pattern for digits accepts something else: {operator} {argument}")
    return frozenset(accepted)


def _digit_range(operator: str, value: Any) -> set[int]:
    if operator == "LITERAL":
        return {value - ord("0")}
    if operator == "RANGE":
        return set(range(value[0] - ord("0"), value[1] - ord("0") + 1))
    if operator == "CATEGORY" and str(value) == "CATEGORY_DIGIT":
        return set(ALL_DIGITS)
    raise UnknownPattern(f"a pattern for digits uses {operator} {value}, which is not known here")
