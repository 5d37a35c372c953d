"""Opening a store: the engine for a URL, its schema, and clear words for what can be wrong with it."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, make_url, select
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from inbound_core.errors import SetupError
from inbound_core.storage.migration import migrate
from inbound_core.storage.prepared import driver_of
from inbound_core.storage.remembered import remember
from inbound_core.storage.tables import SCHEMA_VERSION, settings
from inbound_core.texts import json_text

#: The URL of a database in memory.
IN_MEMORY = "sqlite://"
#: How long a writer waits for another one before it gives up.
BUSY_SECONDS = 30.0
_DRIVERS_QUESTION = "Is the server running on that host and accepting TCP/IP connections?"


class StoreError(SetupError, OSError):
    """Report a store that cannot be opened, read or written, with the cause and the remedy."""


def open_engine(url: str) -> Engine:
    """Open the database of a URL, make its tables if they are not there, and check its version.

    Raise `StoreError` for an unknown URL, a file that is no database, read-only, locked or of a newer
    version, and for a server that does not answer.
    """
    parsed = _parse(url)
    engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    try:
        _prepare(engine)
        if isinstance(engine.pool, StaticPool):
            with engine.connect() as connection:
                remember(driver_of(connection), connection.info)
    except StoreError:
        engine.dispose()
        raise
    except DBAPIError as error:
        engine.dispose()
        raise explained(error, str(parsed)) from error
    return engine


def explained(error: DBAPIError | sqlite3.Error, where: str = "the store") -> StoreError:
    """Turn a driver's error into one that names the cause and the remedy."""
    # The driver asks the same as the remedy does, and its name in the URL is none of the person's words.
    text = str(error.orig if isinstance(error, DBAPIError) else error).replace(_DRIVERS_QUESTION, "")
    where = where.replace("postgresql+psycopg://", "postgresql://")
    remedies = {
        "readonly": "It is read-only: change its permissions, or name another file.",
        "unable to open": "Its folder does not exist or may not be written to: make it, or name another place.",
        "locked": "Another program holds it locked: end that program, or wait and try again.",
        "not a database": "That file is no database: name another file, or move it away.",
        "disk is full": "The disk is full: free some space and try again; nothing was half-written.",
        "disk i/o": "The disk may be full or failing: free some space and try again; nothing was half-written.",
        "connection failed": "The server did not answer: is it running, and are host, port and user right?",
        "refused": "The server did not answer: is it running, and are host, port and user right?",
        "resolve host": "No server has that name: check the host in the URL.",
        "malformed": "The file is damaged: put back a copy of it, or move it away to begin anew.",
        "permission denied": "That user may not do this there: name another user, or let the owner grant it.",
    }
    if where == IN_MEMORY:
        remedies["disk is full"] = (
            "A workspace in memory holds up to 1 GB: keep it in a folder instead (--workspace FOLDER) "
            "or in a file (sqlite:///file.db); nothing was half-written."
        )
    remedy = next((words for sign, words in remedies.items() if sign in text.lower()), "Mend that and try again.")
    return StoreError(f"Could not use {where}: {' '.join(text.split()).rstrip('.')}. {remedy}")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            f"{url!r} is no database URL. Write sqlite:///file.db, sqlite:// (in memory) or postgresql://..."
        ) from error
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"{parsed.get_backend_name()} is not supported. Use sqlite:/// or postgresql://.")
    return parsed


def _sqlite(url: URL) -> Engine:
    arguments: dict[str, Any] = {
        "connect_args": {"check_same_thread": False, "timeout": BUSY_SECONDS},
        "json_serializer": json_text,
    }
    if in_memory(url):
        arguments["poolclass"] = StaticPool
        # The one connection is lent out again and again; whoever had it has ended what was begun.
        arguments["pool_reset_on_return"] = None
        if str(url) == IN_MEMORY:
            arguments["creator"] = _in_memory
    elif not Path(str(url.database)).parent.is_dir():
        raise StoreError(f"The folder {Path(str(url.database)).parent} does not exist: make it, or name another.")
    engine = create_engine(url, **arguments)

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy begins transactions below; the driver's own way begins them too late to be exclusive.
        connection.isolation_level = None
        connection.execute(f"PRAGMA journal_mode={'MEMORY' if in_memory(url) else 'WAL'}")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if driver_of(connection).in_transaction:
            return  # the store has begun it already
        # A writer takes its lock first, so two never read the same state and then both write.
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def in_memory(url: URL) -> bool:
    """Tell whether a SQLite URL names a database in memory.

    `sqlite://` holds up to 1 GB, and a transaction takes the same time however much is in it; `sqlite:///:memory:` is
    as large as the memory and ever slower.
    """
    return not url.database or url.database == ":memory:"


def _in_memory() -> sqlite3.Connection:
    """Connect to a database of its own in memory.

    SQLite keeps every page of `:memory:` in its cache, and a commit takes longer the more of them there are: with
    20,000 messages a third of all that a message costs. Its memory file system knows no such thing.
    """
    try:
        return sqlite3.connect("file:inbound?vfs=memdb", uri=True, check_same_thread=False)
    except sqlite3.OperationalError:  # a SQLite that was built without it
        return sqlite3.connect(":memory:", check_same_thread=False)


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(url, pool_size=20, max_overflow=40, pool_pre_ping=True, json_serializer=json_text)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            "PostgreSQL needs its driver: pip install 'inbound-workbench[postgres]', then try again."
        ) from error


def _prepare(engine: Engine) -> None:
    found = _stored_version(engine)
    if found is not None and found > SCHEMA_VERSION:
        raise StoreError(
            f"The store {engine.url} is of version {found}, newer than this program's {SCHEMA_VERSION}: "
            "update inbound-workbench, or name another store. Nothing was changed."
        )
    if found == SCHEMA_VERSION:
        return
    try:
        with engine.begin() as connection:
            migrate(connection, _version_in(connection))
    except DatabaseError:
        # Another process made the same tables at the same moment; anything else shows again here.
        if _stored_version(engine) != SCHEMA_VERSION:
            raise


def _stored_version(engine: Engine) -> int | None:
    with engine.connect().execution_options(writes=False) as connection:
        return _version_in(connection)


def _version_in(connection: Connection) -> int | None:
    if not inspect(connection).has_table("settings"):
        return None
    value = connection.scalar(select(settings.c.value).where(settings.c.name == "schema_version"))
    return None if value is None else int(value)
