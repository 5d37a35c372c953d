"""Conditions as JSON: what is stored, sent and edited. `condition.schema.json` beside this file describes it.

The form follows Customer.io's filters: `and`, `or`, `not`, `attribute`, `event`, `consent`, `shared_number`, `segment`.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
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
from inbound_core.errors import perhaps
from inbound_core.value_tests import ConditionError, Operator

#: Deeper or larger conditions than these are no question of a person.
DEEPEST = 30
MOST_PARTS = 500

_EXAMPLE = '{"attribute": {"field": "plan", "operator": "equals", "value": "pro"}}'
_SPANS = ("weeks", "days", "hours", "minutes", "seconds")


def condition_schema() -> dict[str, Any]:
    """Give the JSON Schema of conditions."""
    text = files("inbound_core").joinpath("condition.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def condition_to_json(condition: Condition) -> dict[str, Any]:
    """Write a condition as plain values for JSON; `condition_from_json` reads it back."""
    return _WRITERS[type(condition)](condition)


def condition_to_text(condition: Condition) -> str:
    """Write a condition as one line of JSON, always the same for the same condition."""
    return json.dumps(condition_to_json(condition), ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=1024)
def condition_from_text(text: str) -> Condition:
    """Read a condition from JSON text; raise `ConditionError` naming the place that is wrong."""
    try:
        plain = json.loads(text, object_pairs_hook=object_of)
    except (ValueError, RecursionError) as error:
        text = f"This is no JSON: {error}. A condition looks like {_EXAMPLE}."
        raise ConditionError(text) from error
    return condition_from_json(plain)


def condition_from_json(plain: object) -> Condition:
    """Read a condition from plain values; raise `ConditionError` naming the place that is wrong.

    >>> str(condition_from_json({"attribute": {"field": "plan", "operator": "equals", "value": "pro"}}))
    "plan equals 'pro'"
    """
    condition = _read(plain, 0)
    parts = sum(1 for _ in condition.leaves())
    if parts > MOST_PARTS:
        raise ConditionError(f"It asks {parts} questions; the most is {MOST_PARTS}. Make segments of its parts.")
    return condition


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of what JSON text has in it; raise `ValueError` for a name twice, of which one would be lost."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is there twice in one object")
    return made


def _read(plain: object, depth: int) -> Condition:
    if depth > DEEPEST:
        raise ConditionError(f"It is nested deeper than {DEEPEST}. Make segments of its parts.")
    if not isinstance(plain, Mapping) or len(plain) != 1:
        known = ", ".join(_READERS)
        raise ConditionError(f"A condition is an object with one of {known}; this is {_shown(plain)}.")
    ((kind, inner),) = plain.items()
    if kind not in _READERS:
        raise ConditionError(
            f"{kind!r} is no kind of condition. {perhaps(kind, _READERS)}Choose one of: {', '.join(_READERS)}."
        )
    try:
        return _READERS[kind](inner, depth + 1)
    except ConditionError as error:
        raise error.inside(str(kind)) from error


def _read_parts(inner: object, depth: int) -> tuple[Condition, ...]:
    if not isinstance(inner, list) or not inner:
        raise ConditionError(f"A list of at least one condition is needed, not {_shown(inner)}.")
    parts = []
    for number, part in enumerate(inner):
        try:
            parts.append(_read(part, depth))
        except ConditionError as error:
            raise error.inside(f"[{number}]") from error
    return tuple(parts)


def _fields(inner: object, needed: tuple[str, ...], allowed: tuple[str, ...] = ()) -> Mapping[str, Any]:
    if not isinstance(inner, Mapping):
        raise ConditionError(f"An object with {', '.join(needed + allowed)} is needed, not {_shown(inner)}.")
    for name in inner:
        if name not in needed + allowed:
            known = needed + allowed
            raise ConditionError(f"{name!r} is not known here. {perhaps(name, known)}Known are {', '.join(known)}.")
    for name in needed:
        if name not in inner:
            raise ConditionError(f"{name!r} is missing.")
    return inner


def _read_test(inner: object, _depth: int = 0) -> FieldTest:
    given = _fields(inner, ("field", "operator"), ("value",))
    value = given.get("value")
    return FieldTest.of(given["field"], given["operator"], tuple(value) if isinstance(value, list) else value)


def _read_attribute(inner: object, _depth: int) -> Condition:
    return Attribute(_read_test(inner))


def _read_event(inner: object, _depth: int) -> Condition:
    given = _fields(inner, ("name",), ("where", "times", "within", "since"))
    where = given.get("where", [])
    if not isinstance(where, list):
        raise ConditionError(f"A list of tests is needed, not {_shown(where)}.", "where")
    tests = []
    for number, test in enumerate(where):
        try:
            tests.append(_read_test(test))
        except ConditionError as error:
            raise error.inside(f"where[{number}]") from error
    least, most = _read_times(given.get("times", {"at_least": 1}))
    return Performed(
        given["name"], tuple(tests), least, most, _read_span(given.get("within")), _read_time(given.get("since"))
    )


def _read_times(inner: object) -> tuple[int, int | None]:
    try:
        given = _fields(inner, (), ("at_least", "at_most"))
    except ConditionError as error:
        raise error.inside("times") from error
    return given.get("at_least", 0), given.get("at_most")


def _read_span(inner: object) -> timedelta | None:
    if inner is None:
        return None
    try:
        given = _fields(inner, (), _SPANS)
    except ConditionError as error:
        raise error.inside("within") from error
    for unit, number in given.items():
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ConditionError(f"{number!r} is no number of {unit}.", f"within.{unit}")
    try:
        return timedelta(**given)
    except (OverflowError, ValueError) as error:
        raise ConditionError("That is longer than a calendar.", "within") from error


def _read_time(inner: object) -> datetime | None:
    if inner is None:
        return None
    if not isinstance(inner, str):
        raise ConditionError(f"A time such as 2026-03-01T12:00:00+00:00 is needed, not {_shown(inner)}.", "since")
    try:
        return datetime.fromisoformat(inner)
    except ValueError as error:
        raise ConditionError(f"{inner!r} is no time. Write it as 2026-03-01T12:00:00+00:00.", "since") from error


def _read_consent(inner: object, _depth: int) -> Condition:
    given = _fields(inner, ("state",), ("sender",))
    return Consent(given["state"], given.get("sender"))


def _read_shares(inner: object, _depth: int) -> Condition:
    return SharesNumber(_fields(inner, (), ("at_least",)).get("at_least", 2))


def _read_segment(inner: object, _depth: int) -> Condition:
    return InSegment(_fields(inner, ("name",))["name"])


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_READERS: dict[str, Callable[[object, int], Condition]] = {
    "and": lambda inner, depth: And(_read_parts(inner, depth)),
    "or": lambda inner, depth: Or(_read_parts(inner, depth)),
    "not": lambda inner, depth: Not(_read(inner, depth)),
    "attribute": _read_attribute,
    "event": _read_event,
    "consent": _read_consent,
    "shared_number": _read_shares,
    "segment": _read_segment,
}


def _write_test(asked: FieldTest) -> dict[str, Any]:
    written: dict[str, Any] = {"field": asked.field, "operator": str(asked.test.operator)}
    if asked.test.operator not in (Operator.EXISTS, Operator.NOT_EXISTS):
        value = asked.test.value
        written["value"] = list(value) if isinstance(value, tuple) else value
    return written


def _write_event(condition: Performed) -> dict[str, Any]:
    written: dict[str, Any] = {"name": condition.name, "times": {"at_least": condition.least}}
    if condition.where:
        written["where"] = [_write_test(asked) for asked in condition.where]
    if condition.most is not None:
        written["times"]["at_most"] = condition.most
    if condition.within_span is not None:
        span = condition.within_span
        written["within"] = {n: v for n, v in (("days", span.days), ("seconds", span.seconds)) if v}
    if condition.since_time is not None:
        written["since"] = condition.since_time.isoformat()
    return {"event": written}


def _write_consent(condition: Consent) -> dict[str, Any]:
    sender = {} if condition.sender is None else {"sender": condition.sender}
    return {"consent": {"state": str(ConsentState(condition.state)), **sender}}


_WRITERS: dict[type[Condition], Callable[[Any], dict[str, Any]]] = {
    And: lambda condition: {"and": [condition_to_json(part) for part in condition.parts]},
    Or: lambda condition: {"or": [condition_to_json(part) for part in condition.parts]},
    Not: lambda condition: {"not": condition_to_json(condition.part)},
    Attribute: lambda condition: {"attribute": _write_test(condition.asked)},
    Performed: _write_event,
    Consent: _write_consent,
    SharesNumber: lambda condition: {"shared_number": {"at_least": condition.least}},
    InSegment: lambda condition: {"segment": {"name": condition.name}},
}
