"""Queries that count what a campaign did: started, sent, delivered, failed and why, replied, opted out after."""

from datetime import datetime

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.engine import Connection

from inbound_core.campaign_records import LONGEST_PERIOD, Campaign
from inbound_core.storage.campaign_tables import campaign_runs, follow_ups, replies
from inbound_core.storage.tables import outbox, profiles


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


def went_through(campaign: Campaign, now: datetime) -> ColumnElement[bool]:
    """Say of profiles that they, or their number, went through a campaign so that it does not start for them now.

    It asks what `campaign_triggers.person_stops` asks, of many at once.
    """
    found = [campaign_runs.c.campaign == campaign.name]
    of_profile, on_number = campaign_runs.c.profile_id == profiles.c.id, campaign_runs.c.phone == profiles.c.phone_e164
    if campaign.frequency.kind == "every_time":
        if not campaign.once_per_number:
            return false()
        found += [on_number, ~of_profile]
    else:
        found.append(or_(of_profile, on_number) if campaign.once_per_number else of_profile)
    period = campaign.frequency.period
    if period is not None and period <= LONGEST_PERIOD:
        found.append(campaign_runs.c.at > now - period)
    return select(campaign_runs.c.number).where(*found).correlate(profiles).exists()


def several_to_one_number(connection: Connection, campaign: str, limit: int = 20) -> tuple[tuple[str, int, int], ...]:
    """Give numbers that several profiles shared: number, messages sent to it, and for how many profiles."""
    people: ColumnElement[int] = func.count(outbox.c.profile_id.distinct())
    query = select(outbox.c.to_phone, func.count(), people).where(
        outbox.c.campaign == campaign, outbox.c.status == "sent"
    )
    query = query.group_by(outbox.c.to_phone).having(people > 1).order_by(func.count().desc(), outbox.c.to_phone)
    return tuple((row[0], int(row[1]), int(row[2])) for row in connection.execute(query.limit(limit)))
