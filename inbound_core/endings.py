"""Endings: what still waits for a campaign or a profile that is deleted is refused with it, at once.

Not when its time comes: by then another campaign, or another person, may have the same name.
"""

from datetime import datetime

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.storage import campaigns, history, outbox
from inbound_core.storage.campaigns import Run

NO_CAMPAIGN = "The campaign was deleted before the carrier took this message."


def end_campaign(connection: Connection, name: str, now: datetime) -> None:
    """Refuse the follow-ups of a campaign that wait for their time, and its messages that wait for the carrier."""
    reason = "The campaign was deleted before this follow-up was due."
    held = campaigns.refuse_of_campaign(connection, name, reason)
    history.add_activities(connection, [held_back(run, step, reason, run.phone, now) for run, step in held])
    untaken = outbox.refuse_of_campaign(connection, name, now, NO_CAMPAIGN)
    history.add_activities(connection, [_refused(handover, NO_CAMPAIGN, now) for handover in untaken])


def end_profile(connection: Connection, profile_id: str, now: datetime) -> None:
    """Refuse what waits for its time or for the carrier to go to a profile."""
    reason = f"{profile_id} was deleted before this follow-up was due."
    held = campaigns.refuse_of_profile(connection, profile_id, reason)
    history.add_activities(connection, [held_back(run, step, reason, run.phone, now) for run, step in held])
    gone = f"{profile_id} was deleted before the carrier took this message."
    untaken = outbox.refuse_of_profile(connection, profile_id, now, gone)
    history.add_activities(connection, [_refused(handover, gone, now) for handover in untaken])


def held_back(
    run: Run,
    step: int,
    reason: str,
    phone: str | None,
    at: datetime,
    kind: ActivityKind = ActivityKind.SEND_REFUSED,
) -> Activity:
    """Make the entry of the log that says why a follow-up is not sent."""
    text = f"{run.campaign}, follow-up {step + 1} to {run.profile_id}: {reason}"
    data = {"campaign": run.campaign, "step": step, "why": reason}
    return Activity(kind, at, text, run.profile_id, phone, run.sender, None, data)


def _refused(handover: outbox.Handover, reason: str, at: datetime) -> Activity:
    message = handover.message
    kind, data = ActivityKind.SEND_REFUSED, {"body": message.body}
    return Activity(kind, at, reason, message.profile_id, message.to_phone, message.sender, None, data)
