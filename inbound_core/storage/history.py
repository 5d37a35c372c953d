"""Queries about what happened: messages, events, consent and the activity log. History is only added to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from inbound_core.activity import Activity, ActivityKind
from inbound_core.consent import ConsentChange, ConsentLedger, ConsentState
from inbound_core.events import AnonymousEvent, Event
from inbound_core.messages import InboundMessage
from inbound_core.storage.prepared import Prepared
from inbound_core.storage.tables import activities, consent_changes, events, messages

_ACTIVITY = ("kind", "at", "text", "profile_id", "phone", "sender", "message_sid", "data")
_ADD_ACTIVITIES = Prepared(insert(activities), _ACTIVITY)
_ADD_ACTIVITY = Prepared(insert(activities).returning(activities.c.number), _ACTIVITY)
_CONSENT = select(*(consent_changes.c[name] for name in ("phone", "sender", "state", "at", "cause", "message_sid")))
_CONSENT = _CONSENT.order_by(consent_changes.c.number)
_CONSENT_OF = Prepared(_CONSENT.where(consent_changes.c.phone == bindparam("phone")))


def add_unless_present(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key is taken, and tell whether it was inserted.

    On PostgreSQL this waits for another transaction that is inserting the same key, so exactly one wins.
    """
    return bool(_insert_unless_present(table, tuple(values), connection.dialect.name).rows(connection, values))


@lru_cache(maxsize=64)
def _insert_unless_present(table: Table, names: tuple[str, ...], dialect: str) -> Prepared:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    # Row counts are not told for every kind of insert; what comes back is.
    return Prepared(make(table).on_conflict_do_nothing().returning(next(iter(table.primary_key))), names)


def add_message(connection: Connection, message: InboundMessage, phone: str) -> bool:
    """Store an inbound message; False means that its MessageSid was there already."""
    values = {
        "message_sid": message.message_sid,
        "phone": phone,
        "to_phone": message.to_phone,
        "sender": message.sender,
        "body": message.body,
        "received_at": message.received_at,
        "raw": dict(message.raw),
    }
    return add_unless_present(connection, messages, values)


def add_event(
    connection: Connection, event: Event | AnonymousEvent, explanation: Mapping[str, Any] | None = None
) -> bool:
    """Store an event, somebody's or nobody's; False means that its id was there already."""
    profile_id: str | None
    phone: str | None
    cause: str | None
    if isinstance(event, AnonymousEvent):
        profile_id, phone, cause = None, event.phone, event.cause
    else:
        profile_id, phone, cause = event.profile_id, event.data.get("from"), None
    keyword = event.data.get("keyword")
    values = {
        "id": event.id,
        "name": event.name,
        "at": event.at,
        "profile_id": profile_id,
        "phone": phone,
        "cause": cause,
        "message_sid": event.message_sid,
        "keyword": keyword if isinstance(keyword, str) else None,
        "data": dict(event.data),
        "explanation": None if explanation is None else dict(explanation),
    }
    return add_unless_present(connection, events, values)


def add_activities(connection: Connection, entries: Iterable[Activity]) -> None:
    """Write entries behind the others in the activity log."""
    rows = [_activity_row(entry) for entry in entries]
    if rows:
        _ADD_ACTIVITIES.run_many(connection, rows)


def add_activity(connection: Connection, entry: Activity) -> int:
    """Write one entry behind the others in the activity log and give its number there."""
    return int(_ADD_ACTIVITY.rows(connection, _activity_row(entry))[0][0])


def _activity_row(entry: Activity) -> dict[str, Any]:
    return {
        "kind": str(entry.kind),
        "at": entry.at,
        "text": entry.text,
        "profile_id": entry.profile_id,
        "phone": entry.phone,
        "sender": entry.sender,
        "message_sid": entry.message_sid,
        "data": dict(entry.data),
    }


def add_consent(connection: Connection, changes: Iterable[ConsentChange]) -> None:
    """Write entries behind the others in the consent ledger."""
    for change in changes:
        values = {
            "phone": change.phone,
            "sender": change.sender,
            "state": str(change.state),
            "at": change.at,
            "cause": change.cause,
            "message_sid": change.message_sid,
        }
        connection.execute(insert(consent_changes).values(**values))


def consent_of(connection: Connection, phone: str | None = None) -> ConsentLedger:
    """Give the ledger of one number, or of all."""
    found: Iterable[Sequence[Any]]
    found = connection.execute(_CONSENT) if phone is None else _CONSENT_OF.rows(connection, {"phone": phone})
    return ConsentLedger.of(
        ConsentChange(of_phone, sender, ConsentState(state), at, cause, message_sid)
        for of_phone, sender, state, at, cause, message_sid in found
    )


def explanation_of(connection: Connection, message_sid: str) -> dict[str, Any] | None:
    """Give the stored explanation of a message, or None."""
    query = select(events.c.explanation).where(events.c.message_sid == message_sid)
    return connection.scalar(query)


def put_explanation(connection: Connection, event_id: str, explanation: Mapping[str, Any]) -> None:
    """Complete the explanation of a message within the transaction that stored it."""
    connection.execute(update(events).where(events.c.id == event_id).values(explanation=dict(explanation)))


def anonymous_events(connection: Connection, phone: str | None = None, limit: int = 1000) -> tuple[AnonymousEvent, ...]:
    """Give the newest `limit` messages that nobody owned when they came, oldest first."""
    query = select(events).where(events.c.profile_id.is_(None)).order_by(events.c.number.desc()).limit(limit)
    if phone is not None:
        query = query.where(events.c.phone == phone)
    return tuple(
        AnonymousEvent(row.id, row.name, row.at, row.phone, row.cause, row.data, row.message_sid)
        for row in reversed(connection.execute(query).all())
    )


def events_of(connection: Connection, profile_id: str, limit: int = 1000) -> tuple[Event, ...]:
    """Give the newest `limit` events of a profile, oldest first."""
    query = select(events).where(events.c.profile_id == profile_id).order_by(events.c.number.desc()).limit(limit)
    return tuple(
        Event(row.id, row.name, row.at, row.profile_id, row.data, row.message_sid)
        for row in reversed(connection.execute(query).all())
    )


def message_count(connection: Connection) -> tuple[int, datetime | None]:
    """Count inbound messages, and give the time of the last one."""
    row = connection.execute(select(func.count(), func.max(messages.c.received_at))).one()
    return int(row[0]), row[1]


def log(
    connection: Connection,
    after: int = 0,
    limit: int = 100,
    **equal: str | None,
) -> tuple[Activity, ...]:
    """Give the newest `limit` entries of the activity log behind number `after`, oldest first.

    `equal` narrows by column: kind, profile_id, phone, sender, message_sid.
    """
    query = select(activities).where(activities.c.number > after)
    for name, value in equal.items():
        if value is not None:
            query = query.where(activities.c[name] == value)
    rows = connection.execute(query.order_by(activities.c.number.desc()).limit(limit)).all()
    return tuple(as_activity(row) for row in reversed(rows))


def as_activity(row: Row[Any]) -> Activity:
    """Give a row as the entry that it holds."""
    return Activity(
        ActivityKind(row.kind),
        row.at,
        row.text,
        row.profile_id,
        row.phone,
        row.sender,
        row.message_sid,
        row.data,
        row.number,
    )
