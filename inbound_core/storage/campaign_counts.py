"""Queries that count what a campaign did: started, sent, delivered, failed and why, replied, opted out after."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from inbound_core.storage.campaign_tables import campaign_runs, follow_ups, replies
from inbound_core.storage.tables import outbox


def runs(connection: Connection, campaign: str) -> int:
    """Count the runs."""
    query = select(func.count()).select_from(campaign_runs).where(campaign_runs.c.campaign == campaign)
    return int(connection.scalar(query) or 0)


def held_back(connection: Connection, campaign: str) -> dict[tuple[str, str], int]:
    """Count the follow-ups that wait or were held back, by status and reason."""
    reason = func.coalesce(follow_ups.c.reason, "")
    query = select(follow_ups.c.status, reason, func.count()).where(
        follow_ups.c.campaign == campaign, follow_ups.c.status != "queued"
    )
    return {(row[0], row[1]): int(row[2]) for row in connection.execute(query.group_by(follow_ups.c.status, reason))}


def messages(connection: Connection, campaign: str) -> dict[tuple[str, str, str], int]:
    """Count the messages by status, by what the carrier reported last, and by error."""
    carrier, error = func.coalesce(outbox.c.carrier_status, ""), func.coalesce(outbox.c.error, "")
    query = select(outbox.c.status, carrier, error, func.count()).where(outbox.c.campaign == campaign)
    rows = connection.execute(query.group_by(outbox.c.status, carrier, error))
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


def replied(connection: Connection, campaign: str, opted_out: bool = False) -> int:
    """Count the messages that were answered in time, or whose answer opted out."""
    query = select(func.count(replies.c.outbox_number.distinct())).join(
        outbox, outbox.c.number == replies.c.outbox_number
    )
    query = query.where(outbox.c.campaign == campaign)
    if opted_out:
        query = query.where(replies.c.opted_out == 1)
    return int(connection.scalar(query) or 0)


def several_to_one_number(connection: Connection, campaign: str, limit: int = 20) -> tuple[tuple[str, int, int], ...]:
    """Give numbers that several profiles shared: number, messages sent to it, and for how many profiles."""
    profiles: ColumnElement[int] = func.count(outbox.c.profile_id.distinct())
    query = select(outbox.c.to_phone, func.count(), profiles).where(
        outbox.c.campaign == campaign, outbox.c.status == "sent"
    )
    query = query.group_by(outbox.c.to_phone).having(profiles > 1).order_by(func.count().desc(), outbox.c.to_phone)
    return tuple((row[0], int(row[1]), int(row[2])) for row in connection.execute(query.limit(limit)))
