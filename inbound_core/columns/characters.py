"""Characters: what may stand in a phone, as automata over classes of characters.

All 65,536 characters of the basic plane fall into some fifty classes: two characters are in one class when every atom
of phonenumbers' patterns, and every question that its parser asks about one character, treats them alike. Over these
classes run two automata: `viable` accepts what `_VALID_PHONE_NUMBER_PATTERN` matches from start to end, and `extension`
walks a text backwards and accepts where an extension may begin.
"""

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from phonenumbers import phonenumberutil

from inbound_core.columns.patterns import AtEnd, Capture, Fork, Graph, Match, Read, UnknownPattern

_sre: Any = importlib.import_module("re._parser")
_compiler: Any = importlib.import_module("re._compiler")
_rules: Any = phonenumberutil

#: The characters of the basic plane in order, with surrogates replaced, for they cannot stand in a text.
_SURROGATES = range(0xD800, 0xE000)
_PLANE = "".join("\ue000" if code in _SURROGATES else chr(code) for code in range(0x10000))

#: A digit value that means "no digit".
NO_DIGIT = 255

# What the parser asks about one character, as bits.
PLUS, START, UNWANTED_END, SLASH, SPACE, LETTER_X, LETTER, SEMICOLON, AFTER_SEMICOLON = (1 << bit for bit in range(9))

#: Patterns whose meaning is written out in the kernel; if they change, the kernel must.
_WRITTEN_OUT = {
    "_UNWANTED_END_CHAR_PATTERN": r"(?u)(?:_|[^#\w])+$",
    "_SECOND_NUMBER_START_PATTERN": r"[\\/] *x",
    "_VALID_ALPHA_PHONE_PATTERN": r"(?:.*?[A-Za-z]){3}.*",
}

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class ClassAutomaton:
    """Hold an automaton over character classes: `next[state, class]`, `accepting[state]`; it starts in state 1."""

    next: Words
    accepting: Flags


@dataclass(frozen=True, slots=True)
class Characters:
    """Hold what is known of characters: class and digit values by code point, properties by class, two automata."""

    classes: Bytes
    properties: Words
    digits: Bytes
    dialled: Bytes
    viable: ClassAutomaton
    extension: ClassAutomaton


def read_characters() -> Characters:
    """Compile the characters from the patterns of the installed phonenumbers.

    Raise `UnknownPattern` where its parser asks questions that the kernel does not know.
    """
    for name, written_out in _WRITTEN_OUT.items():
        if getattr(_rules, name).pattern != written_out:
            raise UnknownPattern(f"phonenumbers changed {name}, which the kernel writes out; install a tested version.")
    flags = int(_rules._REGEX_FLAGS)
    extension = _rules._EXTN_PATTERN.pattern
    if not extension.endswith(")$"):
        raise UnknownPattern("phonenumbers' extension pattern no longer ends where the text does")
    atoms = _Atoms(flags)
    viable_graph, extension_graph = Graph(atoms.key), Graph(atoms.key)
    viable = _rules._VALID_PHONE_NUMBER_PATTERN.pattern
    viable_start = viable_graph.pattern(viable, viable_graph.add(Match()), flags=flags)
    extension_start = extension_graph.pattern(extension[:-1], extension_graph.add(Match()), flags=flags)
    asked = _asked()
    kinds, classes = _told_apart([*atoms.members, *asked])
    properties = np.zeros(len(kinds), np.uint16)
    for bit in range(len(asked)):
        properties |= kinds[:, len(atoms.members) + bit].astype(np.uint16) << bit
    classes_of = [frozenset(np.flatnonzero(kinds[:, atom]).tolist()) for atom in range(len(atoms.members))]
    return Characters(
        classes.reshape(-1).astype(np.uint8),
        properties,
        *_digit_values(),
        _determined(_forward(viable_graph, classes_of, viable_start), len(kinds)),
        _determined(_backward(extension_graph, classes_of, extension_start), len(kinds)),
    )


def _told_apart(members: list[Flags]) -> tuple[Flags, NDArray[np.intp]]:
    """Put characters that are members of the same sets into one class: the sets of each class, each one's class."""
    classes = np.zeros(len(_PLANE), np.intp)
    for accepted in members:
        _, classes = np.unique(2 * classes + accepted, return_inverse=True)
    _, first = np.unique(classes, return_index=True)
    return np.stack(members).T[first], classes


class _Atoms:
    """Number the single-character atoms of the patterns, with the characters that each accepts."""

    def __init__(self, flags: int) -> None:
        self.members: list[Flags] = []
        self._flags = flags
        self._numbers: dict[str, int] = {}

    def key(self, operator: str, argument: Any) -> frozenset[int]:
        """Give the number of an atom as a set of one: atoms stand in for their classes until these are known."""
        text = repr((operator, argument))
        if text not in self._numbers:
            self._numbers[text] = len(self.members)
            self.members.append(_members([(getattr(_sre, operator), argument)], self._flags))
        return frozenset([self._numbers[text]])


def _members(items: list[Any], flags: int) -> Flags:
    """Ask `re` itself which characters an atom accepts."""
    state = _sre.State()
    state.flags, state.str = flags | re.UNICODE, ""
    expression = _compiler.compile(_sre.SubPattern(state, items), flags | re.UNICODE)
    accepted = np.zeros(len(_PLANE), bool)
    for match in expression.finditer(_PLANE):
        accepted[match.start()] = True
    accepted[_SURROGATES.start : _SURROGATES.stop] = False
    return accepted


def _asked() -> list[Flags]:
    """Give the characters for each of the property bits, in their order."""
    plus = _rules._PLUS_CHARS_PATTERN.pattern.removesuffix("+")
    patterns = [plus, _rules._VALID_START_CHAR, r"(?:_|[^#\w])", r"[\\/]", " ", "x", "[A-Za-z]", ";", "[pi]"]
    return [_members(list(_sre.parse(pattern)), 0) for pattern in patterns]


def _digit_values() -> tuple[Bytes, Bytes]:
    """Ask phonenumbers' own normalisers for the digit of each character: as a digit, and as a letter dialled."""
    digits = np.full(len(_PLANE), NO_DIGIT, np.uint8)
    dialled = np.full(len(_PLANE), NO_DIGIT, np.uint8)
    for code, character in enumerate(_PLANE):
        if character.isdecimal():
            digits[code] = int(_rules.normalize_digits_only(character))
        if character.isalnum():
            normal = _rules._normalize_helper(character, _rules._ALPHA_PHONE_MAPPINGS, True)
            if normal:
                dialled[code] = int(normal)
    return digits, dialled


@dataclass(frozen=True, slots=True)
class _Walk:
    """Describe a non-deterministic automaton: where it starts, where each class leads, what accepts."""

    first: frozenset[int]
    follow: Callable[[frozenset[int]], dict[int, frozenset[int]]]
    accepts: Callable[[frozenset[int]], bool]


def _forward(graph: Graph, classes_of: list[frozenset[int]], start: int) -> _Walk:
    ends = {number for number, node in enumerate(graph.nodes) if isinstance(node, Match)}

    def follow(reached: frozenset[int]) -> dict[int, frozenset[int]]:
        nodes = (graph.nodes[number] for number in reached)
        edges = ((node.symbols, node.then) for node in nodes if isinstance(node, Read))
        return _by_class(edges, classes_of, graph.closure)

    return _Walk(graph.closure([start]), follow, lambda reached: not ends.isdisjoint(reached))


def _backward(graph: Graph, classes_of: list[frozenset[int]], start: int) -> _Walk:
    """Turn a graph round, so that a text is walked from its end: what accepts is the pattern's beginning."""
    reads: dict[int, list[tuple[frozenset[int], int]]] = {}
    free: dict[int, list[int]] = {}
    for number, node in enumerate(graph.nodes):
        if isinstance(node, Read):
            reads.setdefault(node.then, []).append((node.symbols, number))
        elif isinstance(node, Fork):
            for way in node.ways:
                free.setdefault(way, []).append(number)
        elif isinstance(node, Capture | AtEnd):
            free.setdefault(node.then, []).append(number)

    def closure(numbers: Iterable[int]) -> frozenset[int]:
        reached: set[int] = set()
        waiting = list(numbers)
        while waiting:
            number = waiting.pop()
            if number not in reached:
                reached.add(number)
                waiting.extend(free.get(number, ()))
        return frozenset(reached)

    def follow(reached: frozenset[int]) -> dict[int, frozenset[int]]:
        return _by_class((edge for number in reached for edge in reads.get(number, ())), classes_of, closure)

    ends = [number for number, node in enumerate(graph.nodes) if isinstance(node, Match)]
    return _Walk(closure(ends), follow, lambda reached: start in reached)


def _by_class(
    edges: Iterable[tuple[frozenset[int], int]],
    classes_of: list[frozenset[int]],
    closure: Callable[[Iterable[int]], frozenset[int]],
) -> dict[int, frozenset[int]]:
    following: dict[int, set[int]] = {}
    for atoms, then in edges:
        for atom in atoms:
            for kind in classes_of[atom]:
                following.setdefault(kind, set()).add(then)
    closed = {frozenset(numbers): closure(numbers) for numbers in map(frozenset, following.values())}
    return {kind: closed[frozenset(numbers)] for kind, numbers in following.items()}


def _determined(walk: _Walk, classes: int) -> ClassAutomaton:
    """Make one state of each set of positions, then join the states that nothing tells apart."""
    numbers: dict[frozenset[int], int] = {frozenset(): 0, walk.first: 1}
    waiting = [walk.first]
    rows: dict[int, tuple[list[int], bool]] = {0: ([0] * classes, False)}
    while waiting:
        reached = waiting.pop()
        row = [0] * classes
        for kind, following in walk.follow(reached).items():
            if following not in numbers:
                numbers[following] = len(numbers)
                waiting.append(following)
            row[kind] = numbers[following]
        rows[numbers[reached]] = (row, walk.accepts(reached))
    ordered = [rows[number] for number in range(len(rows))]
    return _minimised(np.array([row for row, _ in ordered]), np.array([accepts for _, accepts in ordered]))


def _minimised(following: NDArray[np.int64], accepting: Flags) -> ClassAutomaton:
    """Join equal states by Moore's algorithm; 0 stays the dead state and 1 the first."""
    block = accepting.astype(np.int64)
    count = 0
    while True:
        signature = np.concatenate([block[:, None], block[following]], axis=1)
        _, block = np.unique(signature, axis=0, return_inverse=True)
        block = block.reshape(-1)
        if block.max() + 1 == count:
            break
        count = int(block.max()) + 1
    _, first = np.unique(block, return_index=True)
    rank = np.argsort(np.argsort(first))
    kept = np.sort(first)
    return ClassAutomaton(rank[block[following[kept]]].astype(np.uint16), accepting[kept])
