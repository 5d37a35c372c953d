"""Prefixes: national prefixes and exit codes as automata over digits, which tell how many digits to strip.

These follow `re.match`, where the first alternative that matches wins and not the longest one. A state therefore holds
an ordered list of threads, and a thread that has matched cuts off those of lower preference.
"""

import re
from typing import NamedTuple

from inbound_core.columns.patterns import AtEnd, Capture, Fork, Graph, Match, Read, digits_of

#: The outcome of a national prefix whose transform rule applies: left to phonenumbers itself.
TRANSFORM = 255

#: How many digits an automaton follows before it gives up.
_LONGEST = 32


class _Thread(NamedTuple):
    """Stand at a node with the asked group captured or not; `matched` holds the outcome of a finished thread."""

    node: int
    captured: bool
    matched: int | None = None


class PrefixStates:
    """Collect the states of all prefix automata. State 0 is dead; `outcomes` says what to strip if digits end there."""

    def __init__(self) -> None:
        self.next: list[list[int]] = [[0] * 10]
        self.outcomes: list[int] = [0]
        self._settled: dict[int, int] = {}
        self._patterns: dict[tuple[str, bool], int] = {}

    def add(self, pattern: str | None, transform: str | None = None) -> int:
        """Add the automaton of a pattern and give its first state; 0 where there is no pattern.

        With a `transform` rule, the outcome is `TRANSFORM` where the pattern's last group takes part.
        """
        if not pattern:
            return 0
        key = (pattern, bool(transform))
        if key not in self._patterns:
            self._patterns[key] = _Determiner(self, pattern, bool(transform)).first()
        return self._patterns[key]

    def settled(self, outcome: int) -> int:
        """Give the state that keeps its outcome whatever follows."""
        if outcome not in self._settled:
            state = self.reserve(outcome)
            self.next[state] = [state] * 10
            self._settled[outcome] = state
        return self._settled[outcome]

    def reserve(self, outcome: int) -> int:
        """Add a state without followers and give its number."""
        self.next.append([0] * 10)
        self.outcomes.append(outcome)
        return len(self.next) - 1


class _Determiner:
    """Turn one pattern into states."""

    def __init__(self, states: PrefixStates, pattern: str, transform: bool) -> None:
        self._states = states
        self._graph = Graph(digits_of)
        group = re.compile(pattern).groups if transform else 0
        self._root = self._graph.pattern(pattern, self._graph.add(Match()), group=group)
        self._known: dict[tuple[tuple[_Thread, ...], int], int] = {}

    def first(self) -> int:
        return self._visit(self._expanded([_Thread(self._root, False)], 0), 0)

    def _visit(self, threads: tuple[_Thread, ...], depth: int) -> int:
        if not threads:
            return 0
        if threads[0].matched is not None:
            return self._states.settled(threads[0].matched)
        key = (threads, depth)
        if key not in self._known:
            state = self._known[key] = self._states.reserve(self._outcome(threads, depth))
            if depth < _LONGEST:
                for digit in range(10):
                    following = self._expanded(self._read(threads, digit), depth + 1)
                    self._states.next[state][digit] = self._visit(following, depth + 1)
        return self._known[key]

    def _read(self, threads: tuple[_Thread, ...], digit: int) -> list[_Thread]:
        read: list[_Thread] = []
        for thread in threads:
            node = self._graph.nodes[thread.node]
            if thread.matched is not None:
                read.append(thread)
            elif isinstance(node, Read) and digit in node.symbols:
                read.append(_Thread(node.then, thread.captured))
        return read

    def _expanded(self, threads: list[_Thread], depth: int) -> tuple[_Thread, ...]:
        """Follow forks in order of preference, up to the first thread that matches."""
        expanded: list[_Thread] = []
        seen: set[tuple[int, bool]] = set()

        def visit(number: int, captured: bool) -> bool:
            """Expand one node; say whether it matched, which cuts off all that would come after it."""
            if (number, captured) in seen:
                return False
            seen.add((number, captured))
            node = self._graph.nodes[number]
            if isinstance(node, Fork):
                return any(visit(way, captured) for way in node.ways)
            if isinstance(node, Capture):
                return visit(node.then, True)
            matched = isinstance(node, Match)
            expanded.append(_Thread(number, captured, (TRANSFORM if captured else depth) if matched else None))
            return matched

        for thread in threads:
            if thread.matched is not None:
                expanded.append(thread)
                break
            if visit(thread.node, thread.captured):
                break
        return tuple(expanded)

    def _outcome(self, threads: tuple[_Thread, ...], depth: int) -> int:
        """Tell what `re.match` would say if the digits ended here."""
        for thread in threads:
            if thread.matched is not None:
                return thread.matched
            node, captured = self._graph.nodes[thread.node], thread.captured
            if not isinstance(node, AtEnd):
                continue
            behind = self._graph.nodes[node.then]
            while isinstance(behind, Capture):
                behind, captured = self._graph.nodes[behind.then], True
            if isinstance(behind, Match):
                return TRANSFORM if captured else depth
        return 0
