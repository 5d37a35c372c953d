"""Prepared: statements that run for every message, written by SQLAlchemy once and then SQLite's driver's own.

Going through SQLAlchemy each time takes several times as long as SQLite does. PostgreSQL, which is asked over a
socket, goes the usual way.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.engine import Connection, Dialect

Statement = Insert | Update | Delete | Select[Any]
Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Text:
    """Hold a statement in SQLite's own words, with what turns values into SQLite's and back.

    `names` and `constants` fill the places of the statement; `converters` are those of places that have one.
    """

    sql: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    converters: tuple[tuple[int, Converter], ...]
    found: tuple[tuple[int, Converter], ...]


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
        found: list[Sequence[Any]] = driver_of(connection).execute(text.sql, _row(text, values)).fetchall()
        return [_converted(list(row), text.found) for row in found] if text.found else found

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
        names = tuple(compiled.positiontup or ())
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        columns = getattr(self._statement, "selected_columns", ())
        self._text = _Text(
            str(compiled),
            names,
            {name: bind.effective_value for name, bind in binds.items() if not bind.required},
            _numbered([binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]),
            _numbered([column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]),
        )
        return self._text


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Give SQLite's own connection behind one of SQLAlchemy's."""
    driver: Any = connection.connection.driver_connection
    return cast(sqlite3.Connection, driver)


def _numbered(converters: Sequence[Converter | None]) -> tuple[tuple[int, Converter], ...]:
    return tuple((place, convert) for place, convert in enumerate(converters) if convert is not None)


def _row(text: _Text, values: Mapping[str, Any]) -> list[Any]:
    given = {**text.constants, **values} if text.constants else values
    return _converted([given[name] for name in text.names], text.converters)


def _converted(row: list[Any], converters: tuple[tuple[int, Converter], ...]) -> list[Any]:
    for place, convert in converters:
        row[place] = convert(row[place])
    return row
