"""Queries about handing over: who has a message of the outbox in hand, and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from inbound_core.messages import OutboundMessage
from inbound_core.storage.campaign_tables import carrier_reports
from inbound_core.storage.history import add_unless_present
from inbound_core.storage.prepared import Prepared
from inbound_core.storage.tables import outbox

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
FAILED = "failed"
REFUSED = "refused"
#: Not sent, because its time became one of quiet hours: the follow-up waits again and makes a new message.
PUT_OFF = "put_off"


#: What waits and is handed over without anybody asking for it.
_OF_CAMPAIGNS = (outbox.c.status == QUEUED, outbox.c.campaign.is_not(None))


@dataclass(frozen=True, slots=True)
class Handover:
    """Hold a message of the outbox with how often it was tried, since when, and what it is part of."""

    number: int
    message: OutboundMessage
    attempts: int
    claimed_at: datetime | None
    campaign: str | None
    run: int | None = None
    step: int | None = None


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


def ready(connection: Connection, after: int, limit: int) -> tuple[Handover, ...]:
    """Give `limit` messages of campaigns behind number `after` that wait to be handed over, oldest first."""
    query = select(outbox).where(*_OF_CAMPAIGNS, outbox.c.number > after)
    return tuple(_handover(row) for row in connection.execute(query.order_by(outbox.c.number).limit(limit)))


def in_doubt(connection: Connection, before: datetime, mine: Collection[int]) -> tuple[Handover, ...]:
    """Give the messages that somebody took in hand before a time and of which nothing was heard since."""
    query = select(outbox).where(outbox.c.status == SENDING, outbox.c.claimed_at < before)
    found = (_handover(row) for row in connection.execute(query.order_by(outbox.c.number)))
    return tuple(handover for handover in found if handover.number not in mine)


def attempted(connection: Connection, after: datetime) -> tuple[tuple[str, int, datetime], ...]:
    """Give by status and number of attempts when an unsettled message was first in hand, those before a time aside."""
    attempts = func.coalesce(outbox.c.attempts, 0)
    query = select(outbox.c.status, attempts, func.min(outbox.c.claimed_at)).where(
        or_(outbox.c.status == SENDING, and_(*_OF_CAMPAIGNS)), outbox.c.claimed_at > after
    )
    rows = connection.execute(query.group_by(outbox.c.status, attempts))
    return tuple((row[0], int(row[1]), row[2]) for row in rows)


def untried(connection: Connection) -> bool:
    """Tell whether a message of a campaign waits that nobody has had in hand yet."""
    query = select(outbox.c.number).where(*_OF_CAMPAIGNS, outbox.c.claimed_at.is_(None))
    return connection.execute(query.limit(1)).first() is not None


_CLAIM = Prepared(
    update(outbox)
    .where(outbox.c.number == bindparam("which"), outbox.c.status == QUEUED)
    .values(
        status=SENDING,
        claimed_by=bindparam("owner"),
        claimed_at=bindparam("since"),
        attempts=func.coalesce(outbox.c.attempts, 0) + 1,
    )
    .returning(outbox.c.attempts)
)


def claim(connection: Connection, number: int, owner: str, at: datetime) -> int | None:
    """Take a waiting message in hand and give which attempt this is; None means that somebody else has it."""
    rows = _CLAIM.rows(connection, {"which": number, "owner": owner, "since": at})
    return int(rows[0][0]) if rows else None


_SETTLED = ("status", "settled_at", "message_sid", "error", "error_code")
_SETTLE = Prepared(
    update(outbox)
    .where(outbox.c.number == bindparam("which"), or_(outbox.c.status == QUEUED, outbox.c.status == SENDING))
    .values({name: bindparam(f"new_{name}") for name in _SETTLED})
)
_EARLY = Prepared(
    select(carrier_reports.c.status, carrier_reports.c.error_code).where(
        carrier_reports.c.message_sid == bindparam("of_message")
    )
)


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
    new = dict(zip(_SETTLED, (status, at, message_sid, error, error_code), strict=True))
    values = {"which": number, **{f"new_{name}": value for name, value in new.items()}}
    settled = _SETTLE.run(connection, values) == 1
    if settled and message_sid is not None:
        _catch_up(connection, message_sid)
    return settled


def _catch_up(connection: Connection, message_sid: str) -> None:
    """Take over what the carrier reported of a message before its MessageSid was stored."""
    for status, error_code in _EARLY.rows(connection, {"of_message": message_sid}):
        connection.execute(delete(carrier_reports).where(carrier_reports.c.message_sid == message_sid))
        note_status(connection, message_sid, status, error_code)


def put_back(connection: Connection, number: int, attempt: int, error: str) -> bool:
    """Let a message wait again that an attempt surely did not send; it keeps the count of its attempts.

    False means that the attempt is over: somebody else settled the message, or has it in hand since.
    """
    in_hand = (outbox.c.number == number, outbox.c.status == SENDING, outbox.c.attempts == attempt)
    return connection.execute(update(outbox).where(*in_hand).values(status=QUEUED, error=error)).rowcount == 1


def take_back(connection: Connection, number: int, at: datetime, why: str) -> bool:
    """Take a waiting message out for good, as another is made later; False means that somebody else has it."""
    waiting = update(outbox).where(outbox.c.number == number, outbox.c.status == QUEUED)
    return connection.execute(waiting.values(status=PUT_OFF, settled_at=at, error=why)).rowcount == 1


def refuse_of_campaign(connection: Connection, campaign: str, at: datetime, why: str) -> tuple[Handover, ...]:
    """Refuse the messages of a campaign that wait for the carrier, and give them."""
    return _refuse(connection, outbox.c.campaign == campaign, at, why)


def refuse_of_profile(connection: Connection, profile_id: str, at: datetime, why: str) -> tuple[Handover, ...]:
    """Refuse the messages to a profile that wait for the carrier, and give them."""
    return _refuse(connection, outbox.c.profile_id == profile_id, at, why)


def _refuse(connection: Connection, which: ColumnElement[bool], at: datetime, why: str) -> tuple[Handover, ...]:
    waiting = update(outbox).where(which, outbox.c.status == QUEUED)
    refused = waiting.values(status=REFUSED, settled_at=at, error=why).returning(*outbox.c)
    return tuple(sorted((_handover(row) for row in connection.execute(refused)), key=attrgetter("number")))


def known_sids(connection: Connection, message_sids: Collection[str]) -> set[str]:
    """Give those of some MessageSids that belong to messages of the outbox."""
    query = select(outbox.c.message_sid).where(outbox.c.message_sid.in_(message_sids))
    return set(connection.scalars(query))


#: In this order; a later report of an earlier one changes nothing.
_CARRIER = (
    "accepted",
    "scheduled",
    "queued",
    "sending",
    "sent",
    "delivered",
    "canceled",
    "undelivered",
    "failed",
    "read",
)

#: What the carrier says of a message that it took and that nobody got.
NOT_ARRIVED = ("canceled", "undelivered", "failed")


def note_status(connection: Connection, message_sid: str, status: str, error_code: int | None) -> bool:
    """Write down what the carrier reports of a message; False means that it is old news or no status.

    A report of a message that is not known yet is kept until it is.
    """
    if status not in _CARRIER:
        return False
    row = connection.execute(select(outbox).where(outbox.c.message_sid == message_sid)).first()
    if row is None:
        return _keep_early(connection, message_sid, status, error_code)
    if _is_old(status, row.carrier_status):
        return False
    changed = update(outbox).where(outbox.c.number == row.number)
    connection.execute(changed.values(carrier_status=status, error_code=error_code))
    return True


_NOT_ARRIVED = Prepared(
    select(*(outbox.c[name] for name in ("to_phone", "sender", "body", "profile_id", "carrier_status", "error_code")))
    .where(
        outbox.c.message_sid == bindparam("of_message"),
        or_(*(outbox.c.carrier_status == status for status in NOT_ARRIVED)),
    )
    .limit(1)
)


def not_arrived(connection: Connection, message_sid: str) -> tuple[OutboundMessage, str, int | None] | None:
    """Give a message of which the carrier reports that it did not arrive, what it says, and its code."""
    for *message, status, error_code in _NOT_ARRIVED.rows(connection, {"of_message": message_sid}):
        return OutboundMessage(*message), status, error_code
    return None


def _keep_early(connection: Connection, message_sid: str, status: str, error_code: int | None) -> bool:
    early = carrier_reports.c.message_sid == message_sid
    kept = connection.scalar(select(carrier_reports.c.status).where(early))
    if _is_old(status, kept):
        return False
    connection.execute(delete(carrier_reports).where(early))
    values = {"message_sid": message_sid, "status": status, "error_code": error_code}
    return add_unless_present(connection, carrier_reports, values)


def _is_old(status: str, before: str | None) -> bool:
    return before is not None and _CARRIER.index(status) <= _CARRIER.index(before)


def by_run(connection: Connection, run: int) -> tuple[Any, ...]:
    """Give the messages of a run in the order of its steps."""
    return tuple(connection.execute(select(outbox).where(outbox.c.run == run).order_by(outbox.c.step)))


def _handover(row: Any) -> Handover:
    message = OutboundMessage(row.to_phone, row.sender, row.body, row.profile_id)
    return Handover(row.number, message, row.attempts or 0, row.claimed_at, row.campaign, row.run, row.step)
