"""Queries about handing over: who has a message of the outbox in hand, what became of it, and replies to it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from inbound_core.messages import OutboundMessage
from inbound_core.storage.campaign_tables import replies
from inbound_core.storage.history import add_unless_present
from inbound_core.storage.tables import outbox

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
FAILED = "failed"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Handover:
    """Hold a message of the outbox with how often it was tried, since when, and what it is part of."""

    number: int
    message: OutboundMessage
    attempts: int
    claimed_at: datetime | None
    campaign: str | None


def queue_follow_up(
    connection: Connection, message: OutboundMessage, at: datetime, campaign: str, run: int, step: int
) -> int:
    """Put one step of a campaign's run into the outbox and give its number there."""
    values = {
        "at": at,
        "to_phone": message.to_phone,
        "sender": message.sender,
        "body": message.body,
        "profile_id": message.profile_id,
        "status": QUEUED,
        "campaign": campaign,
        "run": run,
        "step": step,
    }
    key = connection.execute(insert(outbox).values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def ready(connection: Connection, limit: int) -> tuple[Handover, ...]:
    """Give the messages of campaigns that wait to be handed over, oldest first."""
    query = select(outbox).where(outbox.c.status == QUEUED, outbox.c.campaign.is_not(None))
    return tuple(_handover(row) for row in connection.execute(query.order_by(outbox.c.number).limit(limit)))


def in_doubt(connection: Connection, before: datetime, mine: Collection[int]) -> tuple[Handover, ...]:
    """Give the messages that somebody took in hand before a time and of which nothing was heard since."""
    query = select(outbox).where(outbox.c.status == SENDING, outbox.c.claimed_at < before)
    found = (_handover(row) for row in connection.execute(query.order_by(outbox.c.number)))
    return tuple(handover for handover in found if handover.number not in mine)


def claim(connection: Connection, number: int, owner: str, at: datetime) -> bool:
    """Take a waiting message in hand; False means that somebody else has it."""
    waiting = update(outbox).where(outbox.c.number == number, outbox.c.status == QUEUED)
    tried = func.coalesce(outbox.c.attempts, 0) + 1
    values: dict[str, Any] = {"status": SENDING, "claimed_by": owner, "claimed_at": at, "attempts": tried}
    return connection.execute(waiting.values(**values)).rowcount == 1


def settle(
    connection: Connection,
    number: int,
    status: str,
    at: datetime,
    message_sid: str | None = None,
    error: str | None = None,
    error_code: int | None = None,
) -> bool:
    """Write down what became of a message that was in hand; False means that it had been settled."""
    open_still = update(outbox).where(outbox.c.number == number, outbox.c.status.in_((QUEUED, SENDING)))
    values = {"status": status, "settled_at": at, "message_sid": message_sid, "error": error, "error_code": error_code}
    return connection.execute(open_still.values(**values)).rowcount == 1


def put_back(connection: Connection, number: int, error: str) -> None:
    """Let a message wait again that was surely not sent; it keeps the count of its attempts."""
    query = update(outbox).where(outbox.c.number == number, outbox.c.status == SENDING)
    connection.execute(query.values(status=QUEUED, error=error))


def known_sids(connection: Connection, message_sids: Collection[str]) -> set[str]:
    """Give those of some MessageSids that belong to messages of the outbox."""
    query = select(outbox.c.message_sid).where(outbox.c.message_sid.in_(message_sids))
    return set(connection.scalars(query))


#: In this order; a later report of an earlier one changes nothing.
_CARRIER = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "read")


def note_status(connection: Connection, message_sid: str, status: str, error_code: int | None) -> bool:
    """Write down what the carrier reports of a message; False means that it is none of ours or old news."""
    row = connection.execute(select(outbox).where(outbox.c.message_sid == message_sid)).first()
    if row is None or status not in _CARRIER:
        return False
    if row.carrier_status is not None and _CARRIER.index(status) <= _CARRIER.index(row.carrier_status):
        return False
    changed = update(outbox).where(outbox.c.number == row.number)
    connection.execute(changed.values(carrier_status=status, error_code=error_code))
    return True


def answered(connection: Connection, phone: str, sender: str, since: datetime, until: datetime) -> int | None:
    """Give the last message that was sent to a number from a sender between two times, or None."""
    pair = (outbox.c.to_phone == phone, outbox.c.sender == sender, outbox.c.status == SENT)
    query = select(outbox.c.number).where(*pair, outbox.c.settled_at >= since, outbox.c.settled_at <= until)
    found: int | None = connection.scalar(query.order_by(outbox.c.number.desc()).limit(1))
    return found


def add_reply(connection: Connection, message_sid: str, number: int, at: datetime, opted_out: bool) -> None:
    """Count an inbound message as a reply to a message of the outbox."""
    values = {"message_sid": message_sid, "outbox_number": number, "at": at, "opted_out": int(opted_out)}
    add_unless_present(connection, replies, values)


def by_run(connection: Connection, run: int) -> tuple[Any, ...]:
    """Give the messages of a run in the order of its steps."""
    return tuple(connection.execute(select(outbox).where(outbox.c.run == run).order_by(outbox.c.step)))


def _handover(row: Any) -> Handover:
    message = OutboundMessage(row.to_phone, row.sender, row.body, row.profile_id)
    return Handover(row.number, message, row.attempts or 0, row.claimed_at, row.campaign)
