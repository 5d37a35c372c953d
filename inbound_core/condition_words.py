"""Condition words: build conditions so that they read as they are meant.

>>> str(attribute("plan").equals("pro") & replied("yes").within(days=30) & ~opted_out())
"plan equals 'pro' and sent a message where keyword equals 'YES' within 30 days and not opted out of any sender"
"""

from dataclasses import dataclass
from typing import Any

from inbound_core.conditions import (
    And,
    Attribute,
    Condition,
    Consent,
    FieldTest,
    InSegment,
    Not,
    Or,
    Performed,
    SharesNumber,
)
from inbound_core.consent import ConsentState
from inbound_core.events import INBOUND_SMS
from inbound_core.keywords import event_keyword
from inbound_core.value_tests import ConditionError, Operator, Scalar


@dataclass(frozen=True, slots=True)
class AttributeWord:
    """Hold the name of an attribute until it is said what is asked of it."""

    name: str

    def equals(self, value: Scalar) -> Attribute:
        """Ask for this very value, of this very type."""
        return self._ask(Operator.EQUALS, value)

    def not_equals(self, value: Scalar) -> Attribute:
        """Ask for any other value, or none."""
        return self._ask(Operator.NOT_EQUALS, value)

    def exists(self) -> Attribute:
        """Ask for any value at all."""
        return self._ask(Operator.EXISTS)

    def not_exists(self) -> Attribute:
        """Ask for no value."""
        return self._ask(Operator.NOT_EXISTS)

    def contains(self, text: str) -> Attribute:
        """Ask for a text with this inside, A to Z in any case."""
        return self._ask(Operator.CONTAINS, text)

    def not_contains(self, text: str) -> Attribute:
        """Ask for a value without this inside, or none."""
        return self._ask(Operator.NOT_CONTAINS, text)

    def one_of(self, *values: Scalar) -> Attribute:
        """Ask for any of these values."""
        return self._ask(Operator.ONE_OF, values)

    def not_one_of(self, *values: Scalar) -> Attribute:
        """Ask for a value that is none of these, or none at all."""
        return self._ask(Operator.NOT_ONE_OF, values)

    def greater_than(self, value: float | str) -> Attribute:
        """Ask for more than a number, or a text behind another in code point order."""
        return self._ask(Operator.GREATER_THAN, value)

    def at_least(self, value: float | str) -> Attribute:
        """Ask for a number or more."""
        return self._ask(Operator.AT_LEAST, value)

    def less_than(self, value: float | str) -> Attribute:
        """Ask for less than a number."""
        return self._ask(Operator.LESS_THAN, value)

    def at_most(self, value: float | str) -> Attribute:
        """Ask for a number or less."""
        return self._ask(Operator.AT_MOST, value)

    def matches(self, pattern: str) -> Attribute:
        """Ask for a text that is as the pattern says: `*` any text, `?` one character, A to Z in any case."""
        return self._ask(Operator.MATCHES, pattern)

    def not_matches(self, pattern: str) -> Attribute:
        """Ask for a value that is not as the pattern says, or none."""
        return self._ask(Operator.NOT_MATCHES, pattern)

    def _ask(self, operator: Operator, value: Any = None) -> Attribute:
        return Attribute(FieldTest.of(self.name, operator, value))


def attribute(name: str) -> AttributeWord:
    """Begin a question about an attribute, such as `attribute("plan").equals("pro")`."""
    return AttributeWord(name)


def event(name: str) -> Performed:
    """Ask whether the profile did something; narrow by `.filtered`, `.at_least`, `.never`, `.within`, `.since`."""
    return Performed(name)


def replied(keyword: str | None = None) -> Performed:
    """Ask whether the profile wrote to the platform: anything, or a keyword in any case, alone in its message."""
    message = Performed(INBOUND_SMS)
    if keyword is None:
        return message
    word = event_keyword(keyword)
    if not word:
        raise ConditionError(f"{keyword!r} is not one word, so no message has it as its keyword.", "keyword")
    return message.filtered("keyword", equals=word)


def opted_out(sender: str | None = None) -> Consent:
    """Ask whether the profile's number opted out of a sender, or of any."""
    return Consent(ConsentState.OPTED_OUT, sender)


def opted_in(sender: str | None = None) -> Consent:
    """Ask whether the profile's number opted in to a sender again, or to any."""
    return Consent(ConsentState.OPTED_IN, sender)


def shares_number(at_least: int = 2) -> SharesNumber:
    """Ask whether the profile's number is on so many profiles."""
    return SharesNumber(at_least)


def in_segment(name: str) -> InSegment:
    """Ask whether the profile is in another segment."""
    return InSegment(name)


def all_of(*conditions: Condition) -> And:
    """Ask for all of these."""
    return And(conditions)


def any_of(*conditions: Condition) -> Or:
    """Ask for at least one of these."""
    return Or(conditions)


def none_of(*conditions: Condition) -> Not:
    """Ask for none of these."""
    return Not(Or(conditions))
