"""Queries about campaigns: their definitions, their runs, and the follow-ups that wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from inbound_core.campaign_json import campaign_from_text, campaign_to_text
from inbound_core.campaign_records import Campaign
from inbound_core.storage.campaign_tables import campaign_runs, campaigns, follow_ups
from inbound_core.storage.history import add_unless_present
from inbound_core.storage.remembered import remembered

WAITING = "waiting"
QUEUED = "queued"
REFUSED = "refused"
FAILED = "failed"

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Run:
    """Hold one going of one profile through a campaign: what set it off, and the event that templates see."""

    campaign: str
    profile_id: str
    trigger: str
    phone: str | None
    sender: str
    at: datetime
    event: Mapping[str, Any]
    number: int = 0


@dataclass(frozen=True, slots=True)
class DueFollowUp:
    """Name a follow-up whose time has come, with its run, and why it came later than its delay, if it did."""

    number: int
    step: int
    run: Run
    put_off: str | None = None


_DEFINITIONS = select(campaigns.c.definition).order_by(campaigns.c.name)


def all_campaigns(connection: Connection) -> tuple[Campaign, ...]:
    """Give the campaigns by name."""
    return remembered(connection, "campaigns", _read_campaigns)


def _read_campaigns(connection: Connection) -> tuple[Campaign, ...]:
    return tuple(campaign_from_text(text) for text in connection.scalars(_DEFINITIONS))


def created_at(connection: Connection, name: str) -> datetime | None:
    """Give the time a campaign was first saved, or None."""
    found: datetime | None = connection.scalar(select(campaigns.c.created_at).where(campaigns.c.name == name))
    return found


def put(connection: Connection, campaign: Campaign, now: datetime) -> None:
    """Store a campaign, or change the one of its name."""
    first = created_at(connection, campaign.name) or now
    connection.execute(delete(campaigns).where(campaigns.c.name == campaign.name))
    values = {
        "name": campaign.name,
        "definition": campaign_to_text(campaign),
        "active": int(campaign.active),
        "created_at": first,
    }
    connection.execute(insert(campaigns).values(**values))


def remove(connection: Connection, name: str) -> None:
    """Take a campaign away; its runs and what it sent stay."""
    connection.execute(delete(campaigns).where(campaigns.c.name == name))


def start(connection: Connection, run: Run, delays: list[datetime]) -> bool:
    """Store a run with its follow-ups; False means that this trigger had started it before."""
    values = {
        "campaign": run.campaign,
        "profile_id": run.profile_id,
        "trigger": run.trigger,
        "phone": run.phone,
        "sender": run.sender,
        "at": run.at,
        "event": dict(run.event),
    }
    if not add_unless_present(connection, campaign_runs, values):
        return False
    same = [campaign_runs.c[name] == values[name] for name in ("campaign", "profile_id", "trigger")]
    number = connection.scalar(select(campaign_runs.c.number).where(*same))
    rows = [
        {"run": number, "step": step, "campaign": run.campaign, "due_at": due_at, "status": WAITING}
        for step, due_at in enumerate(delays)
    ]
    connection.execute(insert(follow_ups), rows)
    return True


def runs_of(connection: Connection, campaign: str, profile_id: str) -> tuple[int, datetime | None]:
    """Count the runs of a profile through a campaign, and give the time of the last."""
    query = select(func.count(), func.max(campaign_runs.c.at))
    query = query.where(campaign_runs.c.campaign == campaign, campaign_runs.c.profile_id == profile_id)
    row = connection.execute(query).one()
    return int(row[0]), row[1]


def last_run_to(connection: Connection, campaign: str, phone: str) -> tuple[str, datetime] | None:
    """Give who was the last on a number to go through a campaign, and when, or None."""
    query = select(campaign_runs.c.profile_id, campaign_runs.c.at)
    query = query.where(campaign_runs.c.campaign == campaign, campaign_runs.c.phone == phone)
    row = connection.execute(query.order_by(campaign_runs.c.at.desc(), campaign_runs.c.number.desc()).limit(1)).first()
    return None if row is None else (row[0], row[1])


def other_run_to(connection: Connection, campaign: str, phone: str, profile_id: str) -> str | None:
    """Name another profile with the number that went through a campaign, or None."""
    query = select(campaign_runs.c.profile_id).where(
        campaign_runs.c.campaign == campaign, campaign_runs.c.phone == phone, campaign_runs.c.profile_id != profile_id
    )
    found: str | None = connection.scalar(query.limit(1))
    return found


def due(connection: Connection, now: datetime, limit: int) -> tuple[DueFollowUp, ...]:
    """Give the follow-ups whose time has come, in the order of their times."""
    query = (
        select(follow_ups.c.number.label("follow_up"), follow_ups.c.step, follow_ups.c.reason, campaign_runs)
        .join(campaign_runs, campaign_runs.c.number == follow_ups.c.run)
        .where(follow_ups.c.status == WAITING, follow_ups.c.due_at <= now)
        .order_by(follow_ups.c.due_at, follow_ups.c.number)
        .limit(limit)
    )
    return tuple(DueFollowUp(row.follow_up, row.step, _run(row), row.reason) for row in connection.execute(query))


def next_due(connection: Connection) -> datetime | None:
    """Give the time of the next follow-up that waits, or None."""
    query = select(func.min(follow_ups.c.due_at)).where(follow_ups.c.status == WAITING)
    found: datetime | None = connection.scalar(query)
    return found


def decide(
    connection: Connection, number: int, status: str, outbox_number: int | None = None, reason: str | None = None
) -> bool:
    """Write down what becomes of a waiting follow-up; False means that somebody else did."""
    waiting = update(follow_ups).where(follow_ups.c.number == number, follow_ups.c.status == WAITING)
    values = {"status": status, "outbox_number": outbox_number, "reason": reason}
    return connection.execute(waiting.values(**values)).rowcount == 1


def put_off(connection: Connection, number: int, until: datetime, reason: str) -> bool:
    """Let a follow-up that is due wait on until a time; False means that somebody else did."""
    due_before = (follow_ups.c.number == number, follow_ups.c.status == WAITING, follow_ups.c.due_at < until)
    return connection.execute(update(follow_ups).where(*due_before).values(due_at=until, reason=reason)).rowcount == 1


def take_back(connection: Connection, run: int, step: int, until: datetime, reason: str) -> None:
    """Let a follow-up wait again until a time whose message was taken back from the outbox."""
    queued = (follow_ups.c.run == run, follow_ups.c.step == step, follow_ups.c.status == QUEUED)
    values = {"status": WAITING, "outbox_number": None, "due_at": until, "reason": reason}
    connection.execute(update(follow_ups).where(*queued).values(**values))


def look_anew(connection: Connection, campaign: str, now: datetime) -> None:
    """Let what was put off be due now: the quiet hours that it waits for are others by now."""
    waiting = (follow_ups.c.campaign == campaign, follow_ups.c.status == WAITING, follow_ups.c.reason.is_not(None))
    connection.execute(update(follow_ups).where(*waiting).values(due_at=now, reason=None))


def refuse_of_campaign(connection: Connection, campaign: str, reason: str) -> list[tuple[Run, int]]:
    """Refuse what waits of a campaign; give the run and the step of each."""
    return _refuse(connection, follow_ups.c.campaign == campaign, reason)


def refuse_of_profile(connection: Connection, profile_id: str, reason: str) -> list[tuple[Run, int]]:
    """Refuse what waits for a profile; give the run and the step of each."""
    # By the names of all campaigns, because that is how the index on runs begins.
    of_profile = (campaign_runs.c.campaign.in_(select(campaigns.c.name)), campaign_runs.c.profile_id == profile_id)
    return _refuse(connection, follow_ups.c.run.in_(select(campaign_runs.c.number).where(*of_profile)), reason)


def _refuse(connection: Connection, which: ColumnElement[bool], reason: str) -> list[tuple[Run, int]]:
    refused = update(follow_ups).where(which, follow_ups.c.status == WAITING).values(status=REFUSED, reason=reason)
    steps = [(row[0], row[1]) for row in connection.execute(refused.returning(follow_ups.c.run, follow_ups.c.step))]
    numbers = sorted({run for run, _ in steps})
    runs: dict[int, Run] = {}
    for start in range(0, len(numbers), _CHUNK):
        some = select(campaign_runs).where(campaign_runs.c.number.in_(numbers[start : start + _CHUNK]))
        runs.update((row.number, _run(row)) for row in connection.execute(some))
    return [(runs[run], step) for run, step in sorted(steps)]


def run_by_trigger(connection: Connection, campaign: str, trigger: str) -> tuple[Run, ...]:
    """Give the runs of a campaign that a trigger started."""
    query = select(campaign_runs).where(campaign_runs.c.campaign == campaign, campaign_runs.c.trigger == trigger)
    return tuple(_run(row) for row in connection.execute(query))


def follow_ups_of(connection: Connection, run: int) -> tuple[Any, ...]:
    """Give the follow-ups of a run in order."""
    query = select(follow_ups).where(follow_ups.c.run == run).order_by(follow_ups.c.step)
    return tuple(connection.execute(query))


def _run(row: Any) -> Run:
    return Run(row.campaign, row.profile_id, row.trigger, row.phone, row.sender, row.at, row.event, row.number)
