"""Queries about replies: which message of the outbox an inbound message answers."""

from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from inbound_core.storage.campaign_tables import replies
from inbound_core.storage.history import add_unless_present
from inbound_core.storage.outbox import NOT_ARRIVED, SENT
from inbound_core.storage.prepared import Prepared
from inbound_core.storage.tables import outbox

_ANSWERED = Prepared(
    select(outbox.c.number)
    .where(
        outbox.c.to_phone == bindparam("phone"),
        outbox.c.sender == bindparam("by"),
        outbox.c.status == SENT,
        outbox.c.settled_at >= bindparam("since"),
        outbox.c.settled_at <= bindparam("until"),
        # Nobody answers what did not arrive.
        *(func.coalesce(outbox.c.carrier_status, "") != status for status in NOT_ARRIVED),
    )
    .order_by(outbox.c.number.desc())
    .limit(1)
)


def answered(connection: Connection, phone: str, sender: str, since: datetime, until: datetime) -> int | None:
    """Give the last message that was sent to a number from a sender between two times and not lost, or None."""
    asked = {"phone": phone, "by": sender, "since": since, "until": until}
    return next((int(number) for (number,) in _ANSWERED.rows(connection, asked)), None)


def add(connection: Connection, message_sid: str, number: int, at: datetime, opted_out: bool) -> None:
    """Count an inbound message as a reply to a message of the outbox."""
    values = {"message_sid": message_sid, "outbox_number": number, "at": at, "opted_out": int(opted_out)}
    add_unless_present(connection, replies, values)
