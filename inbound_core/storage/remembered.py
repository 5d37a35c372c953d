"""Remembered: what the few rows of senders, segments and campaigns say, kept while nobody changes them.

Every message asks for all of them. Only a database in memory is remembered: it has one connection and so one writer
at a time. A file or a server may be changed by another process and is asked each time.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

T = TypeVar("T")

#: What is kept of; each is read whole.
TABLES = ("senders", "segments", "campaigns")

_KEY = "inbound_remembered"


def remember(driver: sqlite3.Connection, info: dict[str, Any]) -> None:
    """Begin to remember what is read over a connection, whose `info` goes along with it; its tables must exist."""
    kept: dict[str, Any] = {}
    info[_KEY] = kept
    driver.create_function("inbound_forget", 0, kept.clear)
    # The database itself tells of every change, however it is made; whoever writes need not think of it.
    for table in TABLES:
        for change in ("INSERT", "UPDATE", "DELETE"):
            driver.execute(
                f"CREATE TEMP TRIGGER IF NOT EXISTS inbound_{table}_{change} AFTER {change} ON main.{table} "
                "BEGIN SELECT inbound_forget(); END"
            )


def forget(connection: Connection) -> None:
    """Forget what was read, as a transaction that may have changed it was taken back."""
    kept = connection.info.get(_KEY)
    if kept is not None:
        kept.clear()


def remembered(connection: Connection, what: str, read: Callable[[Connection], T]) -> T:
    """Give what `read` gave when it was last called under this name, or what it gives now."""
    kept = connection.info.get(_KEY)
    if kept is None:
        return read(connection)
    if what not in kept:
        kept[what] = read(connection)
    found: T = kept[what]
    return found
