"""Value tests: one operator and one operand, asked of one value of a profile or an event.

The meaning stands here once; the database's version of it (`storage.json_values`) is held to it by tests.
Values have the type JSON gives them and are compared with their own type only: the text "42" is not the number
42. Numbers compare as 64-bit floats, text by code point. `contains` and `matches` ignore the case of A to Z.
"""

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from inbound_core.errors import PlacedError, perhaps
from inbound_core.texts import LARGEST_NUMBER, storable

Scalar = str | int | float | bool

#: Longer patterns, or more stars in one, are slow to match and no question about a reply.
LONGEST_PATTERN = 250
MOST_STARS = 8
MOST_CHOICES = 1000

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class ConditionError(PlacedError):
    """Report a condition that cannot be meant, and the place in it."""


class Operator(StrEnum):
    """Name what can be asked of a value."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    ONE_OF = "one_of"
    NOT_ONE_OF = "not_one_of"
    GREATER_THAN = "greater_than"
    AT_LEAST = "at_least"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MATCHES = "matches"
    NOT_MATCHES = "not_matches"


#: Each of these is the other's exact opposite, also for a value that is not there.
OPPOSITES = {
    Operator.NOT_EQUALS: Operator.EQUALS,
    Operator.NOT_EXISTS: Operator.EXISTS,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_ONE_OF: Operator.ONE_OF,
    Operator.NOT_MATCHES: Operator.MATCHES,
}

COMPARISONS = (Operator.GREATER_THAN, Operator.AT_LEAST, Operator.LESS_THAN, Operator.AT_MOST)

_WITHOUT_VALUE = (Operator.EXISTS, Operator.NOT_EXISTS)
OF_TEXT = (Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.MATCHES, Operator.NOT_MATCHES)
_OF_CHOICES = (Operator.ONE_OF, Operator.NOT_ONE_OF)


def type_of(value: object) -> str:
    """Name the type of a value as JSON sees it: text, number, boolean, list, object or nothing."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case Mapping():
            return "object"
        case list() | tuple():
            return "list"
        case _:
            return type(value).__name__


@dataclass(frozen=True, slots=True)
class ValueTest:
    """Ask one value one question. `value` is the operand: a scalar, a tuple of them for `one_of`, or None.

    Raise `ConditionError` for an operator that does not exist or an operand of the wrong type.

    >>> ValueTest(Operator.AT_LEAST, 3).holds(4), ValueTest(Operator.AT_LEAST, 3).holds("4")
    (True, False)
    """

    operator: Operator
    value: Scalar | tuple[Scalar, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, before it is stored anywhere."""
        if self.operator not in tuple(Operator):
            known = ", ".join(Operator)
            hint = perhaps(self.operator, Operator)
            raise ConditionError(f"{self.operator!r} is no operator. {hint}Choose one of: {known}.", "operator")
        object.__setattr__(self, "operator", Operator(self.operator))
        object.__setattr__(self, "value", _checked(self.operator, self.value))

    @property
    def positive(self) -> "ValueTest":
        """Give the test without its negation, such as `equals` for `not_equals`."""
        return ValueTest(OPPOSITES[self.operator], self.value) if self.negated else self

    @property
    def negated(self) -> bool:
        """Tell whether the test holds exactly where its opposite does not."""
        return self.operator in OPPOSITES

    def holds(self, value: object) -> bool:
        """Tell whether it holds for a value; None is a value that is not there."""
        if self.negated:
            return not self.positive.holds(value)
        if self.operator is Operator.EXISTS:
            return value is not None
        if self.operator is Operator.ONE_OF:
            return any(_equal(value, choice) for choice in self.choices)
        if self.operator is Operator.EQUALS:
            return _equal(value, self.value)
        if self.operator in COMPARISONS:
            return _compares(self.operator, value, self.value)
        return isinstance(value, str) and self._holds_in_text(value)

    def _holds_in_text(self, text: str) -> bool:
        if self.operator is Operator.CONTAINS:
            return lowered(str(self.value)) in lowered(text)
        return _pattern(str(self.value)).match(lowered(text)) is not None

    @property
    def choices(self) -> tuple[Scalar, ...]:
        """Give the operands: those of `one_of`, or the only one, or none."""
        if isinstance(self.value, tuple):
            return self.value
        return () if self.value is None else (self.value,)

    def __str__(self) -> str:
        words = str(self.operator).replace("_", " ")
        if self.operator in _WITHOUT_VALUE:
            return "exists" if self.operator is Operator.EXISTS else "does not exist"
        if isinstance(self.value, tuple):
            return f"is {words} {', '.join(repr(choice) for choice in self.value)}"
        return f"{words} {self.value!r}"


def lowered(text: str) -> str:
    """Lower A to Z and nothing else: the one folding that every database does alike."""
    return text.translate(_ASCII_LOWER)


def glob(pattern: str) -> str:
    """Write a pattern (`*` any text, `?` one character) as a lowered glob without character classes."""
    return lowered(pattern).replace("[", "[[]")


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob(pattern)))


def _equal(value: object, operand: object) -> bool:
    kind = type_of(value)
    if kind != type_of(operand) or kind not in ("text", "number", "boolean"):
        return False
    if kind == "number":
        return float(value) == float(operand)  # type: ignore[arg-type]
    return value == operand


def _compares(operator: Operator, value: object, operand: object) -> bool:
    left: Any = value
    right: Any = operand
    if type_of(value) != type_of(operand):
        return False
    if type_of(value) == "number":
        left, right = float(left), float(right)
    match operator:
        case Operator.GREATER_THAN:
            return bool(left > right)
        case Operator.AT_LEAST:
            return bool(left >= right)
        case Operator.LESS_THAN:
            return bool(left < right)
        case _:
            return bool(left <= right)


def _checked(operator: Operator, value: object) -> Scalar | tuple[Scalar, ...] | None:
    if operator in _WITHOUT_VALUE:
        if value is not None:
            raise ConditionError(f"{operator} takes no value, and {value!r} was given. Leave it out.", "value")
        return None
    if operator in _OF_CHOICES:
        return _checked_choices(operator, value)
    if operator in OF_TEXT:
        return _checked_text(operator, value)
    allowed = ("text", "number") if operator in COMPARISONS else ("text", "number", "boolean")
    return _checked_scalar(operator, value, allowed)


def _checked_scalar(operator: Operator, value: object, allowed: tuple[str, ...]) -> Scalar:
    if type_of(value) not in allowed:
        raise ConditionError(
            f"{operator} compares with {' or '.join(allowed)}; {value!r} is {type_of(value)}.",
            "value",
        )
    if isinstance(value, str):
        return storable(value)
    assert isinstance(value, int | float)
    # Not `math.isfinite`, for which a whole number can be too large; not-a-number is not even itself.
    if abs(value) > LARGEST_NUMBER or value != value:
        raise ConditionError(f"A number beyond {LARGEST_NUMBER} is none that a store can hold and compare.", "value")
    return value


def _checked_choices(operator: Operator, value: object) -> tuple[Scalar, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ConditionError(f"{operator} needs a list of at least one value, not {value!r}.", "value")
    if len(value) > MOST_CHOICES:
        raise ConditionError(
            f"{operator} has {len(value)} values; the most is {MOST_CHOICES}. Make a manual segment of them.", "value"
        )
    choices = []
    for number, choice in enumerate(value):
        try:
            choices.append(_checked_scalar(operator, choice, ("text", "number", "boolean")))
        except ConditionError as error:
            raise ConditionError(error.problem, f"value[{number}]") from error
    return tuple(choices)


def _checked_text(operator: Operator, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ConditionError(f"{operator} needs a text that is not empty, not {value!r}.", "value")
    if len(value) > LONGEST_PATTERN:
        raise ConditionError(f"{operator} has {len(value)} characters; the most is {LONGEST_PATTERN}.", "value")
    if operator in (Operator.MATCHES, Operator.NOT_MATCHES) and value.count("*") > MOST_STARS:
        raise ConditionError(f"{value!r} has more than {MOST_STARS} stars. Ask for less at once.", "value")
    return storable(value)
