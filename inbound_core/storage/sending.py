"""Queries about what is sent and from where: the outbox, the senders, the settings of a workspace."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from inbound_core.messages import OutboundMessage
from inbound_core.senders import Sender
from inbound_core.storage.prepared import Prepared
from inbound_core.storage.remembered import remembered
from inbound_core.storage.tables import outbox, senders, settings

_QUEUE = Prepared(
    insert(outbox).returning(outbox.c.number), ("at", "to_phone", "sender", "body", "profile_id", "status")
)


def queue(connection: Connection, message: OutboundMessage, at: datetime) -> int:
    """Put a message into the outbox and give its number there."""
    values = {
        "at": at,
        "to_phone": message.to_phone,
        "sender": message.sender,
        "body": message.body,
        "profile_id": message.profile_id,
        "status": "queued",
    }
    return int(_QUEUE.rows(connection, values)[0][0])


def queued(connection: Connection, after: int, limit: int) -> tuple[tuple[int, OutboundMessage], ...]:
    """Give `limit` messages behind number `after` that wait in the outbox and are no campaign's, oldest first."""
    query = (
        select(outbox)
        .where(outbox.c.status == "queued", outbox.c.campaign.is_(None), outbox.c.number > after)
        .order_by(outbox.c.number)
        .limit(limit)
    )
    return tuple(
        (row.number, OutboundMessage(row.to_phone, row.sender, row.body, row.profile_id))
        for row in connection.execute(query)
    )


_SENDERS = select(senders).order_by(senders.c.phone)


def put_sender(connection: Connection, sender: Sender) -> None:
    """Store a sender, or replace what was known of its number."""
    connection.execute(delete(senders).where(senders.c.phone == sender.phone))
    values = {
        "phone": sender.phone,
        "messaging_service_sid": sender.messaging_service_sid,
        "inbound_url": sender.inbound_url,
        "managed": int(sender.managed),
    }
    connection.execute(insert(senders).values(**values))


def all_senders(connection: Connection) -> tuple[Sender, ...]:
    """Give the platform's numbers."""
    return remembered(connection, "senders", _read_senders)


def _read_senders(connection: Connection) -> tuple[Sender, ...]:
    return tuple(
        Sender(row.phone, row.messaging_service_sid, row.inbound_url, bool(row.managed))
        for row in connection.execute(_SENDERS)
    )


def key_of(connection: Connection, sender: str) -> str:
    """Give what a sender is called in consent by now: its messaging service, for a number that came into one (R20)."""
    return next((known.key for known in all_senders(connection) if known.phone == sender), sender)


def setting(connection: Connection, name: str) -> Any:
    """Give a setting, or None."""
    return connection.scalar(select(settings.c.value).where(settings.c.name == name))


_SETTINGS = select(settings.c.name, settings.c.value).where(settings.c.name.in_(bindparam("names", expanding=True)))


def settings_of(connection: Connection, *names: str) -> tuple[Any, ...]:
    """Give some settings in the order asked for, None for those that are not stored."""
    found = {row[0]: row[1] for row in connection.execute(_SETTINGS, {"names": names})}
    return tuple(found.get(name) for name in names)


def learn_service(connection: Connection, phone: str, messaging_service_sid: str) -> None:
    """Note that one of the platform's numbers is in a messaging service by now."""
    of_number = update(senders).where(senders.c.phone == phone)
    connection.execute(of_number.values(messaging_service_sid=messaging_service_sid))


def put_setting(connection: Connection, name: str, value: Any) -> None:
    """Store a setting in place of the one before."""
    connection.execute(delete(settings).where(settings.c.name == name))
    connection.execute(insert(settings).values(name=name, value=value))
