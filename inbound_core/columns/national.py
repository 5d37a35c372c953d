"""National numbers: per calling code one automaton over digits, which tells region and type of a whole number.

A state stands for the set of pattern positions that the digits so far have reached. All automata share one list of
states, and equal ends are shared, so that 240 calling codes fit into some nineteen thousand states. State 0 is dead:
no pattern can match any more.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from phonenumbers import PhoneNumberType

from inbound_core.columns.patterns import ALL_DIGITS, Graph, Match, Read, digits_of

UNKNOWN_TYPE = int(PhoneNumberType.UNKNOWN)

#: The longest national number that an automaton follows; libphonenumber itself stops at 17.
LONGEST = 20

#: The types in the order in which libphonenumber asks for them, before fixed line and mobile.
_SPECIAL = (
    ("premium_rate", PhoneNumberType.PREMIUM_RATE),
    ("toll_free", PhoneNumberType.TOLL_FREE),
    ("shared_cost", PhoneNumberType.SHARED_COST),
    ("voip", PhoneNumberType.VOIP),
    ("personal_number", PhoneNumberType.PERSONAL_NUMBER),
    ("pager", PhoneNumberType.PAGER),
    ("uan", PhoneNumberType.UAN),
    ("voicemail", PhoneNumberType.VOICEMAIL),
)
_TYPED = (*(name for name, _ in _SPECIAL), "fixed_line", "mobile")


class Verdict(NamedTuple):
    """Say what a number is that ends in a state: matches the general pattern, region by number, type."""

    general: bool
    region: int
    type: int


_NO_DIGITS: frozenset[int] = frozenset()
_DEAD = Verdict(False, 0, UNKNOWN_TYPE)


class NationalStates:
    """Collect the states of every automaton; equal states are kept once."""

    def __init__(self) -> None:
        self.next: list[tuple[int, ...]] = [(0,) * 10]
        self.verdicts: list[Verdict] = [_DEAD]
        self._known: dict[tuple[Verdict, tuple[int, ...]], int] = {}

    def state(self, verdict: Verdict, following: tuple[int, ...]) -> int:
        """Give the state with this verdict and these followers, which is 0 where nothing can match any more."""
        if verdict == _DEAD and not any(following):
            return 0
        key = (verdict, following)
        if key not in self._known:
            self._known[key] = len(self.next)
            self.next.append(following)
            self.verdicts.append(verdict)
        return self._known[key]


def pattern_of(description: Any) -> str | None:
    """Give the pattern of a number description, or None where there is none."""
    return description.national_number_pattern or None if description is not None else None


class _Positions:
    """Answer libphonenumber's questions for the set of pattern positions that some digits have reached.

    A set of positions is a whole number with a bit for each: sets are joined by the hundred thousand here.
    """

    def __init__(self, metas: Sequence[Any]) -> None:
        self.graph = Graph(digits_of)
        self._ends: dict[tuple[str, bool], int] = {}
        self._steps: dict[int, tuple[frozenset[int], int]] = {}
        starts = [
            self._start(text, prefix)
            for meta in metas
            for text, prefix in [
                (pattern_of(meta.general_desc), False),
                *((pattern_of(getattr(meta, name)), False) for name in _TYPED),
                (meta.leading_digits, True),
            ]
            if text and (text, prefix) not in self._ends
        ]
        self.first = _bits(self.graph.closure(starts))

    def _start(self, text: str, prefix: bool) -> int:
        end = self.graph.endless(ALL_DIGITS) if prefix else self.graph.add(Match())
        self._ends[(text, prefix)] = end
        return self.graph.pattern(text, end)

    def follow(self, positions: int) -> list[int]:
        """Give the positions that each of the ten digits leads to."""
        by_digits: dict[frozenset[int], int] = {}
        while positions:
            number = positions.bit_length() - 1
            positions ^= 1 << number
            digits, reached = self._step(number)
            by_digits[digits] = by_digits.get(digits, 0) | reached
        following = [0] * 10
        for digits, reached in by_digits.items():
            for digit in digits:
                following[digit] |= reached
        return following

    def _step(self, number: int) -> tuple[frozenset[int], int]:
        """Give the digits that a position reads and the positions behind it."""
        if number not in self._steps:
            node = self.graph.nodes[number]
            reads = (
                (node.symbols, _bits(self.graph.closure([node.then]))) if isinstance(node, Read) else (_NO_DIGITS, 0)
            )
            self._steps[number] = reads
        return self._steps[number]

    def _ended(self, positions: int, text: str, prefix: bool) -> bool:
        return positions >> self._ends[(text, prefix)] & 1 == 1

    def matches(self, positions: int, description: Any, length: int) -> bool:
        text = pattern_of(description)
        if text is None or (len(description.possible_length) and length not in description.possible_length):
            return False
        return self._ended(positions, text, prefix=False)

    def general(self, positions: int, meta: Any) -> bool:
        """Tell whether the general pattern matches, whatever lengths are declared possible."""
        text = pattern_of(meta.general_desc)
        return text is not None and self._ended(positions, text, prefix=False)

    def leads(self, positions: int, meta: Any) -> bool:
        return self._ended(positions, meta.leading_digits, prefix=True)

    def type(self, positions: int, meta: Any, length: int) -> int:
        """Give the type as `phonenumbers.number_type` does, in its order of asking."""
        if not self.matches(positions, meta.general_desc, length):
            return UNKNOWN_TYPE
        for name, kind in _SPECIAL:
            if self.matches(positions, getattr(meta, name), length):
                return int(kind)
        same = meta.same_mobile_and_fixed_line_pattern
        mobile = not same and self.matches(positions, meta.mobile, length)
        if self.matches(positions, meta.fixed_line, length):
            both = same or mobile
            return int(PhoneNumberType.FIXED_LINE_OR_MOBILE if both else PhoneNumberType.FIXED_LINE)
        return int(PhoneNumberType.MOBILE) if mobile else UNKNOWN_TYPE


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def add_national_automaton(states: NationalStates, metas: Sequence[Any], region_ids: Sequence[int]) -> int:
    """Add the automaton of one calling code and give its first state.

    `metas` holds the metadata of the code's regions, the main one first, and `region_ids` their numbers. Where there
    is only one region, verdicts leave the region out: it is that one for every number, also for those that match
    nothing.
    """
    positions = _Positions(metas)

    def verdict(reached: int, length: int) -> Verdict:
        general = positions.general(reached, metas[0])
        if len(metas) == 1:
            return Verdict(general, 0, positions.type(reached, metas[0], length))
        for meta, region in zip(metas, region_ids, strict=True):
            kind = positions.type(reached, meta, length)
            if positions.leads(reached, meta) if meta.leading_digits is not None else kind != UNKNOWN_TYPE:
                return Verdict(general, region, kind)
        return Verdict(general, 0, UNKNOWN_TYPE)

    return _determine(states, positions, verdict)


def add_general_automaton(states: NationalStates, meta: Any) -> int:
    """Add an automaton that knows a region's general pattern only, and give its first state."""
    positions = _Positions([meta])
    return _determine(
        states, positions, lambda reached, length: Verdict(positions.general(reached, meta), 0, UNKNOWN_TYPE)
    )


def _determine(states: NationalStates, positions: _Positions, verdict: Any) -> int:
    """Walk every digit from the first positions on; a state also knows its length, for types depend on it."""
    known: dict[tuple[int, int], int] = {}
    steps: dict[int, list[int]] = {}

    def step(reached: int) -> list[int]:
        if reached not in steps:
            steps[reached] = positions.follow(reached)
        return steps[reached]

    def visit(reached: int, length: int) -> int:
        if not reached:
            return 0
        key = (reached, length)
        if key not in known:
            following: tuple[int, ...] = (0,) * 10
            if length < LONGEST:
                following = tuple([visit(target, length + 1) if target else 0 for target in step(reached)])
            known[key] = states.state(verdict(reached, length), following)
        return known[key]

    return visit(positions.first, 0)
