"""Message store: write, move on and find messages. A page costs the same however deep it lies."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects import sqlite

from simulator.carrier.records import CarrierMessage, Media, Origin
from simulator.carrier.statuses import UNFINISHED
from simulator.carrier.store import Statement, from_micros, to_micros
from simulator.carrier.tables import media, messages, removed_messages
from simulator.carrier.windows import END, window

_TIMES = ("created_at", "updated_at", "sent_at", "send_at")
#: The one statement that every message costs, compiled once: handing it to the driver takes half the time.
_INSERT_FIELDS = tuple(column.name for column in messages.c if column.name != "sequence")
_INSERT_TIMES = tuple(_INSERT_FIELDS.index(name) for name in _TIMES)
_VALUES = attrgetter(*_INSERT_FIELDS)
ADD = str(insert(messages).compile(dialect=sqlite.dialect(), column_keys=list(_INSERT_FIELDS)))
_INSERT_PLAIN = tuple(
    (_INSERT_FIELDS.index(name), plain) for name, plain in (("origin", str), ("listed", int), ("provide_feedback", int))
)
_BY_SID = select(messages).where(messages.c.sid == bindparam("sid"))
# The steps of a flood are written in the driver's own words, for the same reason.
_STEP = """
UPDATE messages SET status = :status, error_code = :error_code, updated_at = :at
WHERE sequence IN (SELECT value FROM json_each(:rows)) AND status = :old_status
"""
_STEP_SENT = _STEP.replace("updated_at = :at", "updated_at = :at, sent_at = :at")
_PICK = """
UPDATE messages SET from_phone = :from_phone, number = :number, num_segments = :num_segments
WHERE sequence = :row AND status = 'accepted'
"""


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Narrow a list of messages; None means any. Times bound `sent_at`, both ends inclusive."""

    to_phone: str | None = None
    from_phone: str | None = None
    sent_from: datetime | None = None
    sent_until: datetime | None = None
    listed_only: bool = True

    def conditions(self) -> list[ColumnElement[bool]]:
        """Give the filter as SQL."""
        sent = messages.c.sent_at
        found: list[ColumnElement[bool]] = [messages.c.listed.is_(True)] if self.listed_only else []
        if self.to_phone is not None:
            found.append(messages.c.to_phone == self.to_phone)
        if self.from_phone is not None:
            found.append(messages.c.from_phone == self.from_phone)
        if self.sent_from is not None:
            found.append(sent >= to_micros(self.sent_from))
        if self.sent_until is not None:
            found.append(sent <= to_micros(self.sent_until))
        return found


def row_of(message: CarrierMessage) -> tuple[Any, ...]:
    """Give a new message as the row that the statement `ADD` writes."""
    row = list(_VALUES(message))
    for index in _INSERT_TIMES:
        if row[index] is not None:
            row[index] = to_micros(row[index])
    # The driver looks for an adapter of every value that is not exactly a str or an int.
    for index, plain in _INSERT_PLAIN:
        row[index] = plain(row[index])
    return tuple(row)


def add(connection: Connection, message: CarrierMessage) -> int:
    """Write a new message; give its place in the order of writing."""
    return int(connection.exec_driver_sql(ADD, row_of(message)).lastrowid)


def add_media(connection: Connection, message_sid: str, items: Sequence[Media], at: datetime) -> None:
    """Write the attachments of a message."""
    rows = [
        {
            "sid": item.sid,
            "message_sid": message_sid,
            "content_type": item.content_type,
            "url": item.url,
            "content": item.content,
            "created_at": to_micros(at),
        }
        for item in items
    ]
    if rows:
        connection.execute(insert(media), rows)


def moves(steps: Iterable[tuple[CarrierMessage, CarrierMessage]]) -> list[Statement]:
    """Give what writes the new state of messages, each given as (before, after); one that has moved since stays.

    Those that take the same step at the same time are written by one statement.
    """
    groups: defaultdict[tuple[str, str, int | None, datetime], list[int]] = defaultdict(list)
    statements: list[Statement] = []
    for before, after in steps:
        groups[before.status, after.status, after.error_code, after.updated_at].append(before.sequence)
        if before.number != after.number:
            new = {"from_phone": after.from_phone, "number": after.number, "num_segments": after.num_segments}
            statements.append((_PICK, {"row": before.sequence, **new}))
    for (old_status, status, error_code, at), rows in groups.items():
        values = {"old_status": old_status, "status": status, "error_code": error_code, "at": to_micros(at)}
        statements.append((_STEP_SENT if status == "sent" else _STEP, {"rows": json.dumps(rows), **values}))
    return statements


def by_sid(connection: Connection, sid: str) -> CarrierMessage | None:
    """Give one message, or None."""
    row = connection.execute(_BY_SID, {"sid": sid}).first()
    return None if row is None else as_message(row)


def redact(connection: Connection, sid: str, at: datetime) -> None:
    """Empty the body of a message, for ever."""
    connection.execute(update(messages).where(messages.c.sid == sid).values(body="", updated_at=to_micros(at)))


def remove(connection: Connection, sid: str) -> None:
    """Delete a message and its attachments."""
    place = select(messages.c.sid, messages.c.sequence).where(messages.c.sid == sid)
    connection.execute(insert(removed_messages).from_select(["sid", "sequence"], place))
    connection.execute(delete(media).where(media.c.message_sid == sid))
    connection.execute(delete(messages).where(messages.c.sid == sid))


def place_of(connection: Connection, sid: str) -> int | None:
    """Give the place of a message in the order of writing, also of a deleted one; None for an unknown sid."""
    for table in (messages, removed_messages):
        found = connection.scalar(select(table.c.sequence).where(table.c.sid == sid))
        if found is not None:
            return int(found)
    return None


def page(
    connection: Connection,
    wanted: MessageFilter,
    size: int,
    behind: int | None = None,
    ahead: int | None = None,
    newest_first: bool = True,
) -> list[CarrierMessage]:
    """Give up to `size` messages of the list: those behind a place in it, or the nearest ones ahead of one."""
    query = select(messages).where(*wanted.conditions())
    return [
        as_message(row) for row in window(connection, query, messages.c.sequence, size, behind, ahead, newest_first)
    ]


def skip(connection: Connection, wanted: MessageFilter, rows: int, newest_first: bool = True) -> int | None:
    """Give the place behind which page n begins when only its number is known; None for the first."""
    if rows == 0:
        return None
    place = messages.c.sequence
    query = select(place).where(*wanted.conditions()).order_by(place.desc() if newest_first else place)
    found = connection.scalar(query.offset(rows - 1).limit(1))
    if found is None:
        return 0 if newest_first else END
    return int(found)


def of_handset(connection: Connection, handset: str, number: str | None) -> list[CarrierMessage]:
    """Give everything between a handset and the account (or one of its numbers), oldest first."""
    query = select(messages).where(messages.c.handset == handset)
    if number is not None:
        query = query.where(messages.c.number == number)
    return [as_message(row) for row in connection.execute(query.order_by(messages.c.sequence))]


def handsets(connection: Connection) -> tuple[str, ...]:
    """Give every handset that wrote or was written to, sorted."""
    return tuple(connection.scalars(select(messages.c.handset).distinct().order_by(messages.c.handset)))


def unfinished(connection: Connection) -> list[CarrierMessage]:
    """Give the messages that were on their way when the store was last closed, oldest first."""
    query = select(messages).where(messages.c.status.in_(UNFINISHED)).order_by(messages.c.sequence)
    return [as_message(row) for row in connection.execute(query)]


#: As each message of a service asks for it, it is written out, which SQLAlchemy would do anew each time.
_LAST_NUMBER = (
    "SELECT number FROM messages WHERE handset = ? AND number IN (SELECT value FROM json_each(?)) "
    "ORDER BY sequence DESC LIMIT 1"
)


def last_number_for(connection: Connection, handset: str, numbers: Sequence[str]) -> str | None:
    """Give the number of a pool that last wrote to a handset or heard from it, for a sticky sender."""
    found = connection.exec_driver_sql(_LAST_NUMBER, (handset, json.dumps(numbers))).first()
    return None if found is None else str(found[0])


def media_of(connection: Connection, message_sid: str) -> list[tuple[Media, datetime]]:
    """Give the attachments of a message with the times they were made, in order."""
    query = select(media).where(media.c.message_sid == message_sid).order_by(media.c.sequence)
    return [
        (Media(row.content_type, row.content, row.url, row.sid), from_micros(row.created_at))
        for row in connection.execute(query)
    ]


def remove_media(connection: Connection, message_sid: str, sid: str) -> bool:
    """Delete one attachment; tell whether it was there."""
    gone = connection.execute(delete(media).where(media.c.message_sid == message_sid, media.c.sid == sid))
    if gone.rowcount:
        left = messages.c.num_media - 1
        connection.execute(update(messages).where(messages.c.sid == message_sid).values(num_media=left))
    return bool(gone.rowcount)


def as_message(row: Row[Any]) -> CarrierMessage:
    """Give a row as the message that it holds."""
    values = row._asdict()
    for name in _TIMES:
        if values[name] is not None:
            values[name] = from_micros(values[name])
    values["origin"] = Origin(values["origin"])
    return CarrierMessage(**values)
