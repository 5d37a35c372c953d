"""Checks of conditions: names, counts and windows that cannot be meant, each refused at its place; and their words."""

from collections.abc import Sized
from datetime import UTC, datetime, timedelta
from typing import cast

from inbound_core.texts import storable
from inbound_core.value_tests import ConditionError

#: A window longer than this was a slip of the unit.
LONGEST_WINDOW = timedelta(days=36_500)
MOST_TIMES = 1_000_000
MOST_TESTS = 50
LONGEST_NAME = 150


def spell(span: timedelta) -> str:
    """Write a span as a person says it, such as `30 days` or `1 day 2 hours`."""
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    left, words = int(span.total_seconds()), []
    for name, size in units:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(words) or "no time"


def is_no_count(value: object) -> bool:
    """Tell whether a value is anything but a whole number; True and False are none."""
    return isinstance(value, bool) or not isinstance(value, int)


def spell_times(least: int, most: int | None) -> str:
    """Write how often something is asked for, with a blank before it."""
    if most == 0:
        return " never"
    if most is None:
        return "" if least == 1 else f" at least {least} times"
    if least == most:
        return f" exactly {least} times"
    return f" at most {most} times" if least == 0 else f" {least} to {most} times"


def check_times(least: int, most: int | None) -> None:
    """Refuse numbers of times that nobody or everybody has."""
    for name, number in (("at_least", least), ("at_most", 0 if most is None else most)):
        if is_no_count(number) or not 0 <= number <= MOST_TIMES:
            raise ConditionError(f"{number!r} is no number of times.", f"times.{name}")
    if least == 0 and most is None:
        raise ConditionError("At least 0 times holds for everybody. Ask for 1 or more, or for at most.", "times")
    if most is not None and most < least:
        raise ConditionError(f"Nobody does it at least {least} and at most {most} times.", "times")


def check_tests(tests: Sized) -> None:
    """Refuse more tests of one event than a person would write, or a database could nest."""
    if len(tests) > MOST_TESTS:
        raise ConditionError(f"{len(tests)} tests of one event are more than {MOST_TESTS}. Ask for less.", "where")


def check_window(span: timedelta | None) -> None:
    """Refuse windows that hold no event, or all."""
    if span is None:
        return
    if span <= timedelta(0):
        raise ConditionError("A window of zero or less holds no event. Give its length, such as days=30.", "within")
    if span > LONGEST_WINDOW:
        raise ConditionError(f"{span.days} days is more than {LONGEST_WINDOW.days}. Leave the window out.", "within")
    if span.microseconds:
        raise ConditionError("A window is in whole seconds.", "within")


def span_of(**span: float) -> timedelta:
    """Make a span of days, hours and the like; raise `ConditionError` for what is none."""
    try:
        return timedelta(**span)
    except (TypeError, ValueError, OverflowError) as error:
        given = ", ".join(f"{unit}={number!r}" for unit, number in span.items())
        text = f"{given} is no length of time. Give weeks, days, hours, minutes or seconds, such as days=30."
        raise ConditionError(text, "within") from error


def checked_time(time: datetime, place: str) -> datetime:
    """Give a time in UTC; refuse one without a zone, which would mean something else on another machine."""
    if not isinstance(cast(object, time), datetime):
        text = f"{time!r} is no time. Give a datetime with its zone, such as datetime(2026, 3, 1, tzinfo=UTC)."
        raise ConditionError(text, place)
    if time.tzinfo is None:
        written = time.isoformat(sep=" ", timespec="minutes")
        raise ConditionError(f"{written} has no time zone. Give one, as in {time.isoformat()}+00:00 for UTC.", place)
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ConditionError(f"{time.isoformat()} is outside the calendar. Give a year of our time.", place) from error


def checked_name(name: object, place: str) -> str:
    """Give a name as it can be stored; refuse what is none or what a database path could misread."""
    if not isinstance(name, str) or not name.strip():
        raise ConditionError(f"A name is needed here, not {name!r}.", place)
    if len(name) > LONGEST_NAME:
        raise ConditionError(f"{name[:40]!r}... has {len(name)} characters; the most is {LONGEST_NAME}.", place)
    if any(sign in '"\\' or ord(sign) < 32 for sign in name):
        raise ConditionError(f"{name!r} has a quotation mark, a backslash or a control sign in it.", place)
    return storable(name)
