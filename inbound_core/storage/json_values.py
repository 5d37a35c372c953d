"""Value tests in SQL: what `value_tests` means, computed by SQLite and PostgreSQL inside a JSON column.

An expression made here is true exactly where the test holds; where it does not, it may be false or NULL.
"""

import json
from typing import Any

from sqlalchemy import Double, Text, and_, case, cast, collate, func, literal, or_
from sqlalchemy.sql import ColumnElement

from inbound_core.conditions import FieldTest
from inbound_core.value_tests import Operator, ValueTest, glob, lowered, type_of

Flag = ColumnElement[bool]


def negation(flag: Flag) -> Flag:
    """Give what holds exactly where a flag does not, a NULL being no."""
    return ~func.coalesce(flag, literal(False))


def field_test(column: ColumnElement[Any], asked: FieldTest, dialect: str) -> Flag:
    """Ask one field of a JSON column; `dialect` is sqlite or postgresql."""
    kind = _PostgresqlField if dialect == "postgresql" else _SqliteField
    flag = _ask(kind(column, asked.field), asked.test.positive)
    return negation(flag) if asked.test.negated else flag


class _SqliteField:
    """Read one key of a JSON object in SQLite."""

    text_type = "text"

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        path = f'$."{name}"'
        self.type: ColumnElement[str] = func.json_type(column, path)
        self.text: ColumnElement[str] = func.json_extract(column, path, type_=Text)

    @property
    def number(self) -> ColumnElement[float]:
        value: ColumnElement[float] = case((self.type.in_(("integer", "real")), cast(self.text, Double)))
        return value

    def is_boolean(self, value: bool) -> Flag:
        return self.type == ("true" if value else "false")

    @property
    def ordered(self) -> ColumnElement[str]:
        return self.text

    def lowered(self) -> ColumnElement[str]:
        return func.lower(self.text)

    def contains(self, needle: str) -> Flag:
        return func.instr(self.lowered(), lowered(needle)) > 0

    def matches(self, pattern: str) -> Flag:
        return self.lowered().op("GLOB", is_comparison=True)(glob(pattern))


class _PostgresqlField:
    """Read one key of a JSON object in PostgreSQL."""

    text_type = "string"

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.type: ColumnElement[str] = func.json_typeof(column.op("->")(literal(name, Text)))
        self.text: ColumnElement[str] = column.op("->>", return_type=Text())(literal(name, Text))

    @property
    def number(self) -> ColumnElement[float]:
        # Only what is a number may be cast: anything else would be an error there.
        value: ColumnElement[float] = case((self.type == "number", cast(self.text, Double)))
        return value

    def is_boolean(self, value: bool) -> Flag:
        return and_(self.type == "boolean", self.text == ("true" if value else "false"))

    @property
    def ordered(self) -> ColumnElement[str]:
        return collate(self.text, "C")

    def lowered(self) -> ColumnElement[str]:
        # In the collation "C" it lowers A to Z and nothing else.
        return func.lower(self.ordered)

    def contains(self, needle: str) -> Flag:
        return func.strpos(self.lowered(), lowered(needle)) > 0

    def matches(self, pattern: str) -> Flag:
        return self.lowered().like(_like(lowered(pattern)), escape="\\")


_Field = _SqliteField | _PostgresqlField


def _like(pattern: str) -> str:
    for sign in "\\%_":
        pattern = pattern.replace(sign, f"\\{sign}")
    return pattern.replace("*", "%").replace("?", "_")


def _ask(found: _Field, test: ValueTest) -> Flag:
    operator, value = test.operator, test.value
    if operator is Operator.EXISTS:
        return func.coalesce(found.type, "null") != "null"
    if operator is Operator.EQUALS:
        return _equals_any(found, (value,))
    if operator is Operator.ONE_OF:
        return _equals_any(found, test.choices)
    if operator is Operator.CONTAINS:
        return and_(found.contains(str(value)), found.type == found.text_type)
    if operator is Operator.MATCHES:
        return and_(found.matches(str(value)), found.type == found.text_type)
    if type_of(value) == "number":
        return _compare(operator, found.number, _number(value))
    return and_(_compare(operator, found.ordered, literal(value, Text)), found.type == found.text_type)


def _equals_any(found: _Field, values: tuple[Any, ...]) -> Flag:
    texts = [value for value in values if type_of(value) == "text"]
    numbers = [_number(value) for value in values if type_of(value) == "number"]
    flags = [found.is_boolean(value) for value in values if isinstance(value, bool)]
    if texts:
        same = found.text == texts[0] if len(texts) == 1 else found.text.in_(texts)
        sure = not any(_is_json(value) for value in texts)
        flags.append(same if sure else and_(same, found.type == found.text_type))
    if numbers:
        flags.append(found.number.in_(numbers))
    return or_(*flags)


def _is_json(text: str) -> bool:
    """Tell whether a text could also be how a number, a list or the like is written.

    Only then must the type be asked besides: each question asked makes a planner expect fewer people.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _number(value: Any) -> ColumnElement[float]:
    # As text, so that the database reads it the way it reads the stored numbers.
    return cast(literal(repr(float(value)), Text), Double)


def _compare(operator: Operator, left: ColumnElement[Any], right: ColumnElement[Any]) -> Flag:
    match operator:
        case Operator.GREATER_THAN:
            return left > right
        case Operator.AT_LEAST:
            return left >= right
        case Operator.LESS_THAN:
            return left < right
        case _:
            return left <= right
