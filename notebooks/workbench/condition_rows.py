"""Condition rows: what was clicked together, as one condition, and that condition as Python that makes the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from inbound_core.condition_words import attribute, event, in_segment, opted_in, opted_out, replied, shares_number
from inbound_core.conditions import (
    And,
    Attribute,
    Condition,
    Consent,
    InSegment,
    Not,
    Or,
    Performed,
    SharesNumber,
)
from inbound_core.consent import ConsentState
from inbound_core.events import INBOUND_SMS
from inbound_core.value_tests import ConditionError, Operator

#: What a row may ask, with the label that is shown.
KINDS = (
    ("attribute", "attribute"),
    ("replied with", "replied"),
    ("did event", "event"),
    ("opted out", "opted_out"),
    ("opted in", "opted_in"),
    ("shares number", "shares"),
    ("in segment", "segment"),
)
#: Longer rows of digits are no numbers to calculate with.
LONGEST_NUMBER = 18
#: Operators that need no value.
BARE = (Operator.EXISTS, Operator.NOT_EXISTS)
#: Operators whose value is a list.
LISTS = (Operator.ONE_OF, Operator.NOT_ONE_OF)


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one clicked condition: its kind, and as texts what was typed. `days` 0 asks about any time."""

    kind: str = "attribute"
    name: str = ""
    operator: str = "equals"
    value: str = ""
    days: int = 0
    negated: bool = False


def condition_of(rows: Sequence[Row], every: bool = True) -> Condition:
    """Make one condition out of rows that hold all together, or any of them. Raise `ConditionError`."""
    parts = [~_one(row) if row.negated else _one(row) for row in rows]
    if not parts:
        raise ConditionError("Add a condition first.")
    if len(parts) == 1:
        return parts[0]
    return And(tuple(parts)) if every else Or(tuple(parts))


def _one(row: Row) -> Condition:
    if row.kind == "attribute":
        return _attribute(row)
    if row.kind in ("replied", "event"):
        asked = replied(row.value or None) if row.kind == "replied" else event(row.name)
        return asked.within(days=row.days) if row.days else asked
    if row.kind == "shares":
        least = typed(row.value or "2")
        if not isinstance(least, int):
            raise ConditionError(f"{row.value[:40]!r} profiles on one number? A whole number such as 2 is wanted.")
        return shares_number(least)
    if row.kind == "segment":
        return in_segment(row.name)
    return (opted_out if row.kind == "opted_out" else opted_in)(row.value or None)


def _attribute(row: Row) -> Condition:
    operator = Operator(row.operator)
    asked = attribute(row.name)
    if operator in BARE:
        return asked._ask(operator)
    if operator in LISTS:
        return asked._ask(operator, tuple(typed(part) for part in row.value.split(",") if part.strip()))
    return asked._ask(operator, typed(row.value))


def typed(text: str) -> str | int | float | bool:
    """Read a typed value: true and false, whole and broken numbers, else the text; quotation marks keep a text.

    >>> typed("3"), typed("true"), typed('"3"')
    (3, True, '3')
    """
    plain = text.strip()
    if plain in ("true", "false"):
        return plain == "true"
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        return plain[1:-1]
    for kind in (int, float):
        try:
            number = kind(plain) if len(plain) <= LONGEST_NUMBER else plain
        except ValueError:
            continue
        return number if plain.isascii() and plain not in ("nan", "inf", "-inf") else plain
    return plain


def python_of(condition: Condition) -> str:
    """Write a condition as the Python that makes the same one, in the words of `inbound_core.condition_words`."""
    if isinstance(condition, And | Or):
        sign = " & " if isinstance(condition, And) else " | "
        return sign.join(_inside(part) for part in condition.parts)
    if isinstance(condition, Not):
        return f"~{_inside(condition.part)}"
    return _leaf(condition)


def _inside(part: Condition) -> str:
    return f"({python_of(part)})" if isinstance(part, And | Or) else python_of(part)


def _leaf(condition: Condition) -> str:
    if isinstance(condition, Attribute):
        test = condition.asked.test
        arguments: Iterable[object] = () if test.operator in BARE else (test.value,)
        if test.operator in LISTS and isinstance(test.value, tuple):
            arguments = test.value
        return f"attribute({condition.asked.field!r}).{test.operator}({', '.join(map(repr, arguments))})"
    if isinstance(condition, Performed):
        return _performed(condition)
    if isinstance(condition, Consent):
        word = "opted_out" if condition.state is ConsentState.OPTED_OUT else "opted_in"
        return f"{word}({'' if condition.sender is None else repr(condition.sender)})"
    if isinstance(condition, SharesNumber):
        return f"shares_number({condition.least if condition.least != 2 else ''})"
    assert isinstance(condition, InSegment)
    return f"in_segment({condition.name!r})"


def _performed(condition: Performed) -> str:
    tests = list(condition.where)
    if condition.name == INBOUND_SMS:
        word = next((t for t in tests if t.field == "keyword" and t.test.operator is Operator.EQUALS), None)
        text = f"replied({'' if word is None else repr(word.test.value)})"
        tests = [test for test in tests if test is not word]
    else:
        text = f"event({condition.name!r})"
    text += "".join(f".filtered({test.field!r}, {test.test.operator}={test.test.value!r})" for test in tests)
    if condition.most is not None or condition.least != 1:
        text += _times(condition.least, condition.most)
    span: timedelta | None = condition.within_span
    return text + (f".within(days={span / timedelta(days=1):g})" if span else "")


def _times(least: int, most: int | None) -> str:
    if most is None:
        return f".at_least({least})"
    if most == 0:
        return ".never()"
    return f".exactly({most})" if least == most else f".at_most({most})"
