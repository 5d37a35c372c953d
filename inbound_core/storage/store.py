"""The store: one transaction per change, and the queries the engine asks. It knows types and no rules."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from inbound_core.storage.opening import explained
from inbound_core.storage.prepared import driver_of
from inbound_core.storage.remembered import forget

#: SQLite shows a transaction one state by itself; PostgreSQL has to be told to.
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"writes": False},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


class Store:
    """Hold the database of one workspace and hand out transactions on it, safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(**_READING[engine.dialect.name])
        # A database in memory has one connection, so its transactions take turns on it.
        self._turn = threading.RLock()
        self._only = engine.connect() if isinstance(engine.pool, StaticPool) else None

    @property
    def url(self) -> str:
        """Give the store's URL with a password masked."""
        return self.engine.url.render_as_string(hide_password=True)

    @property
    def shared(self) -> bool:
        """Tell whether other processes may use the store at the same time."""
        return self._only is None

    @contextmanager
    def write(self, lock: str | None = None) -> Iterator[Connection]:
        """Open one transaction for writing: all of it is durable at the end, or nothing of it.

        Transactions with the same `lock` (a phone number, say) run one after the other. SQLite runs all
        writers one after the other anyway. Raise `StoreError` where the database refuses.
        """
        try:
            if self._only is not None:
                with self._turn, _OnTheOnly(self._only, "BEGIN IMMEDIATE"):
                    yield self._only
                return
            with self.engine.begin() as connection:
                if lock is not None and connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": lock})
                yield connection
        except (DBAPIError, sqlite3.Error) as error:
            raise explained(error, self.url) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open one transaction for reading: every query in it sees the same state."""
        try:
            if self._only is not None:
                with self._turn, _OnTheOnly(self._only, "BEGIN"):
                    yield self._only
                return
            with self._reader.connect() as connection:
                yield connection
        except (DBAPIError, sqlite3.Error) as error:
            raise explained(error, self.url) from error

    def close(self) -> None:
        """Give back all connections; the store cannot be used any more."""
        if self._only is not None:
            self._only.close()
        self.engine.dispose()


class _OnTheOnly:
    """Run a transaction on a connection that stays open, begun and ended without SQLAlchemy, which takes longer."""

    __slots__ = ("_begin", "_connection", "_driver")

    def __init__(self, connection: Connection, begin: str) -> None:
        self._connection, self._driver, self._begin = connection, driver_of(connection), begin

    def __enter__(self) -> Connection:
        self._driver.execute(self._begin)
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._take_back()
            return
        try:
            self._connection.commit()  # what SQLAlchemy itself began within
            self._driver.commit()
        except BaseException:
            self._take_back()
            raise

    def _take_back(self) -> None:
        self._connection.rollback()
        self._driver.rollback()
        forget(self._connection)
