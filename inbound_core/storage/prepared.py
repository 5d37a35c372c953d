"""Prepared: statements that run for every message, written by SQLAlchemy once and then SQLite's driver's own.

Going through SQLAlchemy each time takes several times as long as SQLite does. PostgreSQL, which is asked over a
socket, goes the usual way.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Delete, Insert, Select, Update
from sqlalchemy.engine import Connection, Dialect

Statement = Insert | Update | Delete | Select[Any]
Converter = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Text:
    """Hold a statement in SQLite's own words, with what turns values into SQLite's and back.

    `given` has for each place in the statement the name of its value, or `""` and the value that is always there.
    """

    sql: str
    given: tuple[tuple[str, Converter, Any], ...]
    found: tuple[Converter, ...]
    plain: bool


class Prepared:
    """Run one statement with other values each time. `names` are the columns that an insert is given."""

    def __init__(self, statement: Statement, names: Sequence[str] = ()) -> None:
        self._statement = statement
        self._names = names
        self._text: _Text | None = None

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run the statement and give the rows that it finds or returns, as tuples of its columns."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, dict(values)).all()
        text = self._text or self._written(connection.dialect)
        found: list[tuple[Any, ...]] = driver_of(connection).execute(text.sql, _row(text, values)).fetchall()
        if text.plain:
            return found
        return [tuple(map(_converted, row, text.found)) for row in found]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run the statement and give how many rows it changed."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, dict(values)).rowcount
        text = self._text or self._written(connection.dialect)
        return int(driver_of(connection).execute(text.sql, _row(text, values)).rowcount)

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the statement with each of some sets of values."""
        if connection.dialect.name != "sqlite":
            connection.execute(self._statement, [dict(values) for values in rows])
            return
        text = self._text or self._written(connection.dialect)
        driver_of(connection).executemany(text.sql, [_row(text, values) for values in rows])

    def _written(self, dialect: Dialect) -> _Text:
        compiled = self._statement.compile(dialect=dialect, column_keys=list(self._names) or None)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        given = [_given(name, binds[name], dialect) for name in compiled.positiontup or ()]
        columns = getattr(self._statement, "selected_columns", ())
        found = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._text = _Text(str(compiled), tuple(given), tuple(found), not any(found))
        return self._text


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Give SQLite's own connection behind one of SQLAlchemy's."""
    driver: Any = connection.connection.driver_connection
    return cast(sqlite3.Connection, driver)


def _converted(value: Any, convert: Converter) -> Any:
    return value if convert is None else convert(value)


def _given(name: str, bind: BindParameter[Any], dialect: Dialect) -> tuple[str, Converter, Any]:
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required:
        return name, convert, None
    value = bind.effective_value
    return "", None, value if convert is None else convert(value)


def _row(text: _Text, values: Mapping[str, Any]) -> list[Any]:
    return [
        (values[name] if convert is None else convert(values[name])) if name else value
        for name, convert, value in text.given
    ]
