"""The catalogue: the segments that conditions may name, and what holds between them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice

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
from inbound_core.errors import perhaps
from inbound_core.evaluation import Catalogue
from inbound_core.events import INBOUND_SMS, MESSAGE_PROPERTIES
from inbound_core.value_tests import COMPARISONS, OF_TEXT, ConditionError, Operator, type_of

#: Questions of a condition with those of all segments that it leads to.
MOST_QUESTIONS = 2000
#: Values that they compare with, all together; databases take no more in one question.
MOST_VALUES = 5000

_KINDS: dict[type[Condition], str] = {
    Attribute: "attribute",
    Performed: "event",
    Consent: "consent",
    SharesNumber: "shared_number",
    InSegment: "segment",
}

_TYPED = (*COMPARISONS, Operator.EQUALS, Operator.NOT_EQUALS, Operator.ONE_OF, Operator.NOT_ONE_OF)


class UnknownSegment(ConditionError, LookupError):
    """Report a segment that does not exist."""


class CircularSegments(ConditionError):
    """Report segments that lead back to themselves."""


class UnknownAttribute(ConditionError, LookupError):
    """Report an attribute that no profile ever had."""


class WrongType(ConditionError, TypeError):
    """Report a comparison with a type that an attribute never had."""


class UnknownConditionSender(ConditionError, LookupError):
    """Report a condition about a sender that is none of the workspace's."""


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what a condition may speak of: segments, attributes with their types, and senders.

    `services` gives for each own number the sender that consent and messages are kept under. No attributes at
    all, or no senders, means that there is nothing yet to check against.
    """

    catalogue: Catalogue
    attributes: Mapping[str, frozenset[str]]
    senders: frozenset[str] = frozenset()
    services: Mapping[str, str] = field(default_factory=dict)


def places(condition: Condition, place: str = "") -> Iterator[tuple[str, Condition]]:
    """Yield each question of a condition with its place in the JSON form, such as `and[1].event`."""
    dot = f"{place}." if place else ""
    match condition:
        case And(parts) | Or(parts):
            word = "and" if isinstance(condition, And) else "or"
            for number, part in enumerate(parts):
                yield from places(part, f"{dot}{word}[{number}]")
        case Not(part):
            yield from places(part, f"{dot}not")
        case _:
            yield f"{dot}{_KINDS[type(condition)]}", condition


def questions(condition: Condition, catalogue: Catalogue) -> Iterator[Condition]:
    """Yield the questions of a condition and of all segments that it leads to; of these only manual ones remain."""
    for leaf in condition.leaves():
        inner = catalogue.get(leaf.name) if isinstance(leaf, InSegment) else None
        if inner is None:
            yield leaf
        else:
            yield from questions(inner, catalogue)


def leads_to(condition: Condition, catalogue: Catalogue) -> frozenset[str]:
    """Name the segments that a condition depends on, through others too."""
    found: set[str] = set()
    ahead = [condition]
    while ahead:
        for leaf in ahead.pop().leaves():
            if isinstance(leaf, InSegment) and leaf.name not in found:
                found.add(leaf.name)
                inner = catalogue.get(leaf.name)
                if inner is not None:
                    ahead.append(inner)
    return frozenset(found)


def check_condition(condition: Condition, known: Known, name: str | None = None, allow_unknown: bool = False) -> None:
    """Refuse a condition that speaks of what is not there, or a segment `name` that would lead back to itself.

    With `allow_unknown`, attributes may be new and of new types, and messages may have properties and keywords that
    none has here: they may still come. Raise `ConditionError` leaves, each naming the place.
    """
    for place, leaf in places(condition):
        match leaf:
            case InSegment(segment):
                _check_segment(place, segment, known, name)
            case Attribute():
                if not allow_unknown:
                    _check_attribute(place, leaf, known)
            case Consent(sender=str(sender)):
                _check_sender(f"{place}.sender", sender, known)
            case Performed():
                _check_event(place, leaf, known)
                if not allow_unknown and leaf.name == INBOUND_SMS:
                    _check_message(place, leaf)
    asked = list(islice(questions(condition, known.catalogue), MOST_QUESTIONS + 1))
    if len(asked) > MOST_QUESTIONS:
        raise ConditionError(f"With the segments it leads to it asks more than {MOST_QUESTIONS} questions.")
    if sum(_values(leaf) for leaf in asked) > MOST_VALUES:
        text = f"With the segments it leads to it compares with more than {MOST_VALUES} values."
        raise ConditionError(f"{text} Make manual segments of long lists.")


def _values(leaf: Condition) -> int:
    match leaf:
        case Attribute(asked):
            return len(asked.test.choices)
        case Performed(where=tests):
            return sum(len(asked.test.choices) for asked in tests)
    return 0


def _check_segment(place: str, segment: str, known: Known, name: str | None) -> None:
    if segment == name:
        raise CircularSegments(f"{segment!r} would be defined by itself.", place)
    if segment not in known.catalogue:
        near = _perhaps(segment, known.catalogue)
        names = "" if near != "." else f" There are: {', '.join(sorted(known.catalogue)) or 'none yet'}."
        raise UnknownSegment(f"There is no segment {segment!r}{near}{names} Save it first.", place)
    inner = known.catalogue[segment]
    if name is not None and inner is not None and name in leads_to(inner, known.catalogue):
        raise CircularSegments(f"{segment!r} leads back to {name!r}, so neither could be decided.", place)


def _check_attribute(place: str, leaf: Attribute, known: Known) -> None:
    field, test = leaf.asked.field, leaf.asked.test
    if not known.attributes:
        return
    if field not in known.attributes:
        text = f"No profile ever had the attribute {field!r}{_perhaps(field, known.attributes)}"
        raise UnknownAttribute(f"{text} Allow unknown ones (--allow-unknown) if it is still to come.", f"{place}.field")
    types = known.attributes[field]
    if test.operator in OF_TEXT and "text" not in types:
        found = "everybody" if test.negated else "nobody"
        text = f"{field!r} holds {' or '.join(sorted(types))}, never text, so {test} would match {found}."
        advice = "Ask otherwise, or allow unknown ones (--allow-unknown) if such ones may come."
        raise WrongType(f"{text} {advice}", f"{place}.operator")
    if test.operator not in _TYPED:
        return
    if not any(type_of(choice) in types for choice in test.choices):
        asked = type_of(test.choices[0])
        numbers = "Import the column with --number if its cells are numbers. " if asked == "number" else ""
        raise WrongType(
            f"{field!r} holds {' or '.join(sorted(types))}, never {asked}: {test.value!r} would match nobody. {numbers}"
            f"{_instead(types)}",
            f"{place}.value",
        )


def _instead(types: Collection[str]) -> str:
    """Say what to do about a question for another type than an attribute has."""
    comparable = sorted({*types} & {"boolean", "number", "text"})
    what = (
        f"Write the value as {comparable[0]}"
        if comparable
        else "What is inside is not looked at: keep what you ask for in an attribute of its own"
    )
    return f"{what}, or allow unknown ones (--allow-unknown) if such ones may come."


def _check_message(place: str, leaf: Performed) -> None:
    """Refuse properties that no message has, and keywords as no message has them."""
    for number, asked in enumerate(leaf.where):
        where = f"{place}.where[{number}]"
        if asked.field not in MESSAGE_PROPERTIES:
            hint = perhaps(asked.field, MESSAGE_PROPERTIES)
            text = f"A message has no {asked.field!r}. {hint}It has {', '.join(MESSAGE_PROPERTIES)}."
            raise ConditionError(text, f"{where}.field")
        if asked.field == "keyword" and asked.test.positive.operator in (Operator.EQUALS, Operator.ONE_OF):
            for choice in asked.test.choices:
                kept = choice.strip().upper() if isinstance(choice, str) else choice
                if kept != choice:
                    text = f"The keyword of a message is kept in capitals, so none is {choice!r}. Write {kept!r}."
                    raise ConditionError(text, f"{where}.value")


def _check_event(place: str, leaf: Performed, known: Known) -> None:
    for number, asked in enumerate(leaf.where):
        if asked.field == "sender" and asked.test.operator in (Operator.EQUALS, Operator.ONE_OF):
            for choice in asked.test.choices:
                _check_sender(f"{place}.where[{number}].value", str(choice), known)


def _check_sender(place: str, sender: str, known: Known) -> None:
    if known.senders and sender not in known.senders:
        service = known.services.get(sender)
        if service is not None:
            text = f"{sender} belongs to the messaging service {service}, which an opt-out holds for (R20): name that."
            raise UnknownConditionSender(text, place)
        own = ", ".join(sorted(known.senders))
        raise UnknownConditionSender(f"{sender!r} is none of this workspace's senders: {own}.", place)


def _perhaps(word: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else "."
