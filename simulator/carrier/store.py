"""Store: one SQLite database, in memory or in a file, behind a lock that is never held during a webhook."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool

from simulator.carrier.errors import CarrierStoreError
from simulator.carrier.tables import metadata

#: SQL in the driver's own words, and the values of its names.
Statement = tuple[str, Mapping[str, Any]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Give a time as it is stored."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Give a stored time back as an aware UTC time."""
    return _EPOCH + timedelta(microseconds=micros)


class Store:
    """Lend out connections: one writer at a time, readers beside it where the database is a file.

    Raise `CarrierStoreError` for a URL that is no SQLite database or a file that cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._url = _parse(url)
        self.in_memory = self._url.database in (None, "", ":memory:")
        self._lock = threading.RLock()
        self._engine = _engine(self._url, self.in_memory)
        try:
            metadata.create_all(self._engine)
            self._writer = self._engine.connect()
            self._driver = cast(sqlite3.Connection, self._writer.connection.driver_connection)
        except DatabaseError as error:
            self._engine.dispose()
            raise _explained(error, url) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Lend the writer inside one transaction, durable when the block ends.

        Raise `CarrierStoreError` where the database refuses.
        """
        try:
            with self._lock, self._transaction():
                yield self._writer
        except (OperationalError, sqlite3.OperationalError) as error:
            raise _explained(error, str(self._url)) from error

    def insert(self, statement: str, row: Sequence[Any]) -> int:
        """Write one row by a statement in the driver's own words, durable on return; give its number.

        A statement alone is a transaction of its own: the three steps of `write` would cost several times as much.
        Raise `CarrierStoreError` where the database refuses.
        """
        try:
            with self._lock:
                return int(self._driver.execute(statement, row).lastrowid or 0)
        except sqlite3.OperationalError as error:
            raise _explained(error, str(self._url)) from error

    def run(self, statements: Iterable[Statement]) -> None:
        """Run statements in the driver's own words in one transaction, durable on return.

        Raise `CarrierStoreError` where the database refuses.
        """
        try:
            with self._lock:
                self._driver.execute("BEGIN")
                with self._driver:  # it commits, or takes back what failed
                    for statement, values in statements:
                        self._driver.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise _explained(error, str(self._url)) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection that sees one consistent state."""
        if self.in_memory:
            with self._lock, self._transaction():
                yield self._writer
        else:
            with self._engine.connect() as connection:
                yield connection

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Begin and end a transaction without SQLAlchemy, which takes several times as long as SQLite does."""
        self._driver.execute("BEGIN")
        try:
            yield
            self._writer.commit()  # what SQLAlchemy itself began within
            self._driver.commit()
        except BaseException:
            self._writer.rollback()
            self._driver.rollback()
            raise

    def close(self) -> None:
        """Let go of the database; what was written stays."""
        with self._lock:
            self._writer.close()
            self._engine.dispose()


def _explained(error: DatabaseError | sqlite3.Error, url: str) -> CarrierStoreError:
    """Name the cause and the remedy of what a database refused."""
    cause = str(error.orig if isinstance(error, DatabaseError) else error)
    remedies = {
        "locked": "Another program holds it locked: end that program, or wait and try again.",
        "readonly": "It is read-only: change its permissions, or name another workspace.",
        "disk is full": "Free some space and try again; nothing was half-written.",
    }
    if url == "sqlite://":
        remedies["disk is full"] = "In memory it holds up to 1 GB: keep it in a file (--workspace FOLDER does)."
    remedy = next(
        (words for sign, words in remedies.items() if sign in cause),
        "Is the file a database, and may it be written to? Name another file, or sqlite:// for one in memory.",
    )
    return CarrierStoreError(f"Could not use {url}: {cause}. {remedy}")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise CarrierStoreError(f"{url!r} is no database URL. Write sqlite:///file.db or sqlite://.") from error
    if parsed.get_backend_name() != "sqlite":
        raise CarrierStoreError(
            f"The fake Twilio keeps its account in SQLite, not in {parsed.get_backend_name()}: "
            "write sqlite:///file.db, or sqlite:// for one in memory."
        )
    return parsed


def _engine(url: URL, in_memory: bool) -> Engine:
    if in_memory and not url.database:
        engine = create_engine(url, poolclass=StaticPool, creator=_in_memory)
    elif in_memory:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        if not Path(str(url.database)).parent.is_dir():
            raise CarrierStoreError(f"The folder of {url.database} does not exist: make it, or name another file.")
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30.0})

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins the transactions
        connection.execute(f"PRAGMA journal_mode={'MEMORY' if in_memory else 'WAL'}")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if not driver.in_transaction:  # the store may have begun it already
            connection.exec_driver_sql("BEGIN")

    return engine


def _in_memory() -> sqlite3.Connection:
    """Connect to a database of its own in memory whose commits take the same time however much is in it.

    Those of `:memory:` take ever longer, but only it holds more than 1 GB.
    """
    try:
        return sqlite3.connect("file:carrier?vfs=memdb", uri=True, check_same_thread=False)
    except sqlite3.OperationalError:  # a SQLite that was built without it
        return sqlite3.connect(":memory:", check_same_thread=False)
