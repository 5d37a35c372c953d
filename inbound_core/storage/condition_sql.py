"""Conditions in SQL: one expression over `profiles`, so that the database and not Python walks through people.

Negations are pushed down to the questions, where they are exact; an expression is true exactly where the
condition holds, and false or NULL elsewhere. SQLite plans `IN (subquery)` well and PostgreSQL `EXISTS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import Grouping

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
from inbound_core.storage.json_values import Flag, field_test, negation
from inbound_core.storage.segment_tables import segment_members
from inbound_core.storage.tables import consent_changes, events, profiles
from inbound_core.value_tests import Operator

#: Parts side by side, before they are put into brackets.
_WIDEST = 16


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold what an expression depends on: the time, the database's dialect and the segments that it may name."""

    now: datetime
    dialect: str
    catalogue: Mapping[str, Condition | None]


def condition_sql(condition: Condition, terms: Terms) -> Flag:
    """Compile a condition to an expression over `profiles`."""
    return _compile(condition, terms, True)


def _compile(condition: Condition, terms: Terms, positive: bool) -> Flag:
    return _COMPILERS[type(condition)](condition, terms, positive)


def _and(condition: And, terms: Terms, positive: bool) -> Flag:
    parts = [_compile(part, terms, positive) for part in condition.parts]
    return _joined(and_ if positive else or_, parts)


def _or(condition: Or, terms: Terms, positive: bool) -> Flag:
    parts = [_compile(part, terms, positive) for part in condition.parts]
    return _joined(or_ if positive else and_, parts)


def _joined(join: Callable[..., Flag], parts: Sequence[Flag]) -> Flag:
    """Join parts, many of them as a tree: a row of `and` is as deep as it is long, and SQLite has a limit for that."""
    if len(parts) <= _WIDEST:
        return join(*parts)
    half = len(parts) // 2
    # Not by `join`, which makes one row of all that it joins.
    operator = Grouping(_joined(join, parts[:half])).bool_op("AND" if join is and_ else "OR")
    return Grouping(operator(Grouping(_joined(join, parts[half:]))))


def _not(condition: Not, terms: Terms, positive: bool) -> Flag:
    return _compile(condition.part, terms, not positive)


def _attribute(condition: Attribute, terms: Terms, positive: bool) -> Flag:
    flag = field_test(profiles.c.attributes, condition.asked, terms.dialect)
    return flag if positive else negation(flag)


def _performed(condition: Performed, terms: Terms, positive: bool) -> Flag:
    if condition.least == 0:
        # At most so often is the opposite of once more than that.
        assert condition.most is not None
        return _often(condition, condition.most + 1, terms, not positive)
    enough = _often(condition, condition.least, terms, positive)
    if condition.most is None:
        return enough
    not_too_often = _often(condition, condition.most + 1, terms, not positive)
    return and_(enough, not_too_often) if positive else or_(enough, not_too_often)


def _often(condition: Performed, times: int, terms: Terms, positive: bool) -> Flag:
    """Say that there are so many counted events (or, negatively, that there are not)."""
    counted = event_filter(condition, terms.dialect, condition.earliest(terms.now))
    found = select(events.c.profile_id).where(counted)
    if terms.dialect == "sqlite":
        # Asked for one profile after the other, SQLite may walk through all events of that keyword each time.
        among = found if times == 1 else found.group_by(events.c.profile_id).having(func.count() >= times)
        return profiles.c.id.in_(among) if positive else profiles.c.id.not_in(among)
    if times == 1:
        return _among(profiles.c.id, found, positive, terms)
    number = select(func.count()).select_from(events).where(events.c.profile_id == profiles.c.id, counted)
    often = number.correlate(profiles).scalar_subquery()
    return often >= times if positive else often < times


def event_filter(condition: Performed, dialect: str, earliest: datetime | None) -> Flag:
    """Select the events of profiles that a condition counts, from a time on."""
    flags = [events.c.name == condition.name, events.c.profile_id.is_not(None)]
    if earliest is not None:
        flags.append(events.c.at >= earliest)
    flags += [_event_test(asked, dialect) for asked in condition.where]
    return and_(*flags)


def has_column(asked: FieldTest) -> bool:
    """Tell whether a property is asked for that has a column of its own, and an index on it: the keyword."""
    is_keyword = asked.field == "keyword" and asked.test.operator in (Operator.EQUALS, Operator.ONE_OF)
    return is_keyword and all(isinstance(word, str) for word in asked.test.choices)


def _event_test(asked: FieldTest, dialect: str) -> Flag:
    if has_column(asked):
        words = asked.test.choices
        return events.c.keyword == words[0] if len(words) == 1 else events.c.keyword.in_(words)
    return field_test(events.c.data, asked, dialect)


def _among(key: ColumnElement[Any], found: Select[Any], positive: bool, terms: Terms) -> Flag:
    """Say that a key is among what a query of one column finds; that column is never NULL."""
    if positive and terms.dialect == "sqlite":
        return key.in_(found)
    (column,) = found.selected_columns
    exists = found.where(column == key).correlate(profiles).exists()
    return exists if positive else ~exists


def _consent(condition: Consent, terms: Terms, positive: bool) -> Flag:
    entry, later = consent_changes.alias("entry"), consent_changes.alias("later")
    behind = or_(later.c.at > entry.c.at, and_(later.c.at == entry.c.at, later.c.number > entry.c.number))
    same_pair = and_(later.c.phone == entry.c.phone, later.c.sender == entry.c.sender)
    replaced = select(later.c.number).where(same_pair, behind).correlate(entry).exists()
    in_force = select(entry.c.phone).where(entry.c.state == str(condition.state), ~replaced)
    if condition.sender is not None:
        in_force = in_force.where(entry.c.sender == condition.sender)
    return _among(profiles.c.phone_e164, in_force, positive, terms)


def _shares(condition: SharesNumber, terms: Terms, positive: bool) -> Flag:
    others = profiles.alias("others")
    if positive and terms.dialect == "sqlite":
        shared = select(others.c.phone_e164).where(others.c.phone_e164.is_not(None)).group_by(others.c.phone_e164)
        return profiles.c.phone_e164.in_(shared.having(func.count() >= condition.least))
    number = select(func.count()).select_from(others).where(others.c.phone_e164 == profiles.c.phone_e164)
    found = number.correlate(profiles).scalar_subquery()
    return found >= condition.least if positive else found < condition.least


def _in_segment(condition: InSegment, terms: Terms, positive: bool) -> Flag:
    inner = terms.catalogue[condition.name]
    if inner is not None:
        return _compile(inner, terms, positive)
    members = select(segment_members.c.profile_id).where(segment_members.c.segment == condition.name)
    return _among(profiles.c.id, members, positive, terms)


_COMPILERS: dict[type[Condition], Callable[[Any, Terms, bool], Flag]] = {
    And: _and,
    Or: _or,
    Not: _not,
    Attribute: _attribute,
    Performed: _performed,
    Consent: _consent,
    SharesNumber: _shares,
    InSegment: _in_segment,
}
