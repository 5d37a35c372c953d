"""Conditions: questions about one profile that segments and campaign filters are made of.

They combine by `&`, `|` and `~`, read aloud by `str()`, and mean the same in Python (`evaluation`), in JSON
(`condition_json`) and in the database. The words to build them with are in `condition_words`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from inbound_core.condition_checks import (
    MOST_TIMES,
    check_tests,
    check_times,
    check_window,
    checked_name,
    checked_time,
    is_no_count,
    span_of,
    spell,
    spell_times,
)
from inbound_core.consent import ConsentState
from inbound_core.events import INBOUND_SMS
from inbound_core.value_tests import ConditionError, Operator, ValueTest


class Condition:
    """Stand above all conditions and combine them."""

    __slots__ = ()

    def __and__(self, other: "Condition") -> "And":
        return And((*_parts(self, And), *_parts(other, And)))

    def __or__(self, other: "Condition") -> "Or":
        return Or((*_parts(self, Or), *_parts(other, Or)))

    def __invert__(self) -> "Condition":
        return self.part if isinstance(self, Not) else Not(self)

    def leaves(self) -> Iterator["Condition"]:
        """Yield the questions that it is made of, without `and`, `or` and `not`."""
        yield self


def _parts(condition: Condition, kind: "type[And | Or]") -> tuple[Condition, ...]:
    return condition.parts if type(condition) is kind else (condition,)


@dataclass(frozen=True, slots=True)
class And(Condition):
    """Hold when every part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Refuse a conjunction of nothing, which would be everybody."""
        _some_parts("and", self.parts)

    def leaves(self) -> Iterator[Condition]:
        """Yield the questions of all parts."""
        for part in self.parts:
            yield from part.leaves()

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """Hold when at least one part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Refuse a choice between nothing, which would be nobody."""
        _some_parts("or", self.parts)

    def leaves(self) -> Iterator[Condition]:
        """Yield the questions of all parts."""
        for part in self.parts:
            yield from part.leaves()

    def __str__(self) -> str:
        return " or ".join(f"({part})" if isinstance(part, And) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """Hold when the part does not."""

    part: Condition

    def leaves(self) -> Iterator[Condition]:
        """Yield the questions of the part."""
        yield from self.part.leaves()

    def __str__(self) -> str:
        return f"not ({self.part})" if isinstance(self.part, And | Or) else f"not {self.part}"


@dataclass(frozen=True, slots=True)
class FieldTest:
    """Ask about one field: an attribute of a profile, or a property of an event."""

    field: str
    test: ValueTest

    def __post_init__(self) -> None:
        """Refuse names that a database path could misread."""
        object.__setattr__(self, "field", checked_name(self.field, "field"))

    @classmethod
    def of(cls, field: str, operator: Operator | str, value: Any = None) -> Self:
        """Make a test from its three parts; raise `ConditionError`."""
        return cls(field, ValueTest(operator, value))  # type: ignore[arg-type]

    def __str__(self) -> str:
        return f"{self.field} {self.test}"


@dataclass(frozen=True, slots=True)
class Attribute(Condition):
    """Ask about an attribute of the profile, such as `plan equals 'pro'`."""

    asked: FieldTest

    def __str__(self) -> str:
        return str(self.asked)


@dataclass(frozen=True, slots=True)
class Performed(Condition):
    """Ask how often the profile did something: between `least` and `most` times, in a window or since a time.

    An event counts when all of `where` holds for it, it is at most `within` old, and not before `since`. An
    inbound message is the event `inbound_sms` with body, keyword, from, to and sender. No `most` is no limit;
    `most` 0 is "never". Raise `ConditionError` for a window of nothing or times that always hold.
    """

    name: str
    where: tuple[FieldTest, ...] = ()
    least: int = 1
    most: int | None = None
    within_span: timedelta | None = None
    since_time: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse counts and windows that cannot be meant."""
        object.__setattr__(self, "name", checked_name(self.name, "name"))
        check_times(self.least, self.most)
        check_tests(self.where)
        check_window(self.within_span)
        if self.since_time is not None:
            object.__setattr__(self, "since_time", checked_time(self.since_time, "since"))

    def filtered(self, field: str, **asked: Any) -> "Performed":
        """Count only events with a property, such as `filtered("amount", at_least=50)`."""
        tests = tuple(
            FieldTest.of(field, name, None if name.endswith("exists") else value) for name, value in asked.items()
        )
        return replace(self, where=(*self.where, *tests))

    def to(self, sender: str) -> "Performed":
        """Count only messages to one of the platform's senders."""
        return self.filtered("sender", equals=sender)

    def at_least(self, times: int) -> "Performed":
        """Ask for so many times or more."""
        return replace(self, least=times, most=None)

    def at_most(self, times: int) -> "Performed":
        """Ask for so many times or fewer, never included."""
        return replace(self, least=0, most=times)

    def exactly(self, times: int) -> "Performed":
        """Ask for just so many times."""
        return replace(self, least=times, most=times)

    def never(self) -> "Performed":
        """Ask for no time at all, in the window or since the time if there is one."""
        return self.exactly(0)

    def within(self, **span: float) -> "Performed":
        """Count only the last days, hours or minutes, such as `within(days=30)`."""
        return replace(self, within_span=span_of(**span))

    def since(self, time: datetime) -> "Performed":
        """Count only from a time on."""
        return replace(self, since_time=time)

    def earliest(self, now: datetime) -> datetime | None:
        """Give the time from which events count, or None when all do."""
        windows = [] if self.since_time is None else [self.since_time]
        if self.within_span is not None:
            windows.append(now - self.within_span)
        return max(windows, default=None)

    def counts(self, times: int) -> bool:
        """Tell whether so many times are what was asked for."""
        return times >= self.least and (self.most is None or times <= self.most)

    def __str__(self) -> str:
        where = f" where {' and '.join(str(test) for test in self.where)}" if self.where else ""
        what = "sent a message" if self.name == INBOUND_SMS else f"did {self.name!r}"
        span = f" within {spell(self.within_span)}" if self.within_span else ""
        since = f" since {self.since_time:%Y-%m-%d %H:%M}" if self.since_time else ""
        return f"{what}{where}{spell_times(self.least, self.most)}{span}{since}"


@dataclass(frozen=True, slots=True)
class Consent(Condition):
    """Ask whether the profile's number opted out (or in), of one sender or, without it, of any (R14, R20)."""

    state: ConsentState
    sender: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no state that somebody asked for."""
        if self.state not in (ConsentState.OPTED_OUT, ConsentState.OPTED_IN):
            raise ConditionError(f"{self.state!r} is no choice. Ask for opted_out or opted_in.", "state")
        object.__setattr__(self, "state", ConsentState(self.state))
        if self.sender is not None:
            object.__setattr__(self, "sender", checked_name(self.sender, "sender"))

    def __str__(self) -> str:
        return f"{str(self.state).replace('_', ' ')} of {self.sender or 'any sender'}"


@dataclass(frozen=True, slots=True)
class SharesNumber(Condition):
    """Ask whether at least so many profiles, this one included, have the profile's number (R11)."""

    least: int = 2

    def __post_init__(self) -> None:
        """Refuse a number of profiles that says nothing about sharing."""
        if is_no_count(self.least) or not 2 <= self.least <= MOST_TIMES:
            raise ConditionError(f"Sharing starts at 2 profiles; {self.least!r} is no such number.", "at_least")

    def __str__(self) -> str:
        return f"number shared by at least {self.least} profiles"


@dataclass(frozen=True, slots=True)
class InSegment(Condition):
    """Ask whether the profile is in another segment, data-driven or manual."""

    name: str

    def __post_init__(self) -> None:
        """Refuse a name that no segment can have."""
        object.__setattr__(self, "name", checked_name(self.name, "name"))

    def __str__(self) -> str:
        return f"in segment {self.name!r}"


def _some_parts(word: str, parts: tuple[Condition, ...]) -> None:
    if not parts:
        raise ConditionError(f"{word!r} needs at least one condition.", word)
