"""Questions about campaigns: who would be written to, what happened, and why not. Nothing is changed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.campaign_checks import checked_campaign, sender_of
from inbound_core.campaign_json import campaign_from_json, campaign_from_text
from inbound_core.campaign_previews import preview_of
from inbound_core.campaign_records import Campaign, SegmentTrigger
from inbound_core.campaign_reports import CampaignPreview, CampaignReport, WhyNot, common_reason
from inbound_core.campaign_triggers import Conflict, conflict
from inbound_core.errors import InboundError
from inbound_core.explanation import Explanation, UnknownMessage
from inbound_core.policy import Policy
from inbound_core.storage import Store, campaign_counts, campaigns, history, outbox
from inbound_core.storage.campaigns import Run

#: A campaign in any of its forms.
AnyCampaign = Campaign | Mapping[str, Any] | str


class UnknownCampaign(InboundError, LookupError):
    """Report a campaign that does not exist."""


class CampaignQuestions:
    """Ask about the campaigns of one store, and about one before it is saved."""

    def __init__(self, store: Store, now: Callable[[], datetime], policy: Callable[[], Policy]) -> None:
        self._store = store
        self._now = now
        self._policy = policy

    def conflicts(self) -> list[Conflict]:
        """Give the pairs of active campaigns that one message would both set off."""
        with self._store.read() as connection:
            known = campaigns.all_campaigns(connection)
            senders = sender_of(connection)
        pairs = ((one, two) for n, one in enumerate(known) for two in known[n + 1 :])
        return [found for one, two in pairs if (found := conflict(one, two, senders)) is not None]

    def preview(self, campaign: AnyCampaign, allow_unknown: bool = False, sample: int = 5) -> CampaignPreview:
        """Say whom a campaign, saved or not, would write to, what, and which numbers get it more than once (R13)."""
        with self._store.read() as connection:
            if isinstance(campaign, str) and not campaign.lstrip().startswith("{"):
                checked = self._get(connection, campaign)
            else:
                checked = checked_campaign(connection, read_campaign(campaign), self._policy(), allow_unknown)
            return preview_of(connection, checked, self._now(), self._conflicts_of(connection, checked), sample)

    def report(self, name: str) -> CampaignReport:
        """Count what a campaign did so far; raise `UnknownCampaign` for one that never was."""
        with self._store.read() as connection:
            started = campaign_counts.runs(connection, name)
            if not started:
                self._get(connection, name)
            held = campaign_counts.held_back(connection, name)
            messages = campaign_counts.messages(connection, name)
            failed, refused = _by_reason(held, messages, "failed"), _by_reason(held, messages, "refused")
            lost = {key: n for key, n in messages.items() if key[0] == outbox.SENT and key[1] in outbox.NOT_ARRIVED}
            for (_, carrier, _), number in lost.items():
                failed[f"the carrier reports {carrier}"] += number
            return CampaignReport(
                campaign=name,
                started=started,
                waiting=sum(n for (status, _), n in held.items() if status == campaigns.WAITING),
                queued=sum(n for (status, _, _), n in messages.items() if status in (outbox.QUEUED, outbox.SENDING)),
                sent=sum(n for (status, _, _), n in messages.items() if status == outbox.SENT),
                delivered=sum(n for (_, carrier, _), n in messages.items() if carrier in ("delivered", "read")),
                failed=dict(failed),
                refused=dict(refused),
                replied=campaign_counts.replied(connection, name),
                opted_out_after=campaign_counts.replied(connection, name, opted_out=True),
                several=campaign_counts.several_to_one_number(connection, name),
            )

    def why_not(self, message_sid: str, name: str) -> WhyNot:
        """Say what stopped a campaign for a message, or what became of its follow-ups when it was set off.

        Raise `UnknownCampaign`, `UnknownMessage`.
        """
        with self._store.read() as connection:
            stored = history.explanation_of(connection, message_sid)
            if stored is None:
                self._get(connection, name)
                raise unknown_message(connection, message_sid)
            told = Explanation.from_dict(stored)
            outcome = next((item for item in told.campaigns if item.campaign == name), None)
            if outcome is not None:
                runs = campaigns.run_by_trigger(connection, name, f"message {message_sid}")
                lines = tuple(line for run in runs for line in _follow_up_lines(connection, run))
                return WhyNot(message_sid, name, outcome.fired, outcome.why, lines)
            entries = history.log(connection, limit=1000, message_sid=message_sid)
            return _why_entered(connection, message_sid, name, entries) or WhyNot(
                message_sid, name, False, self._why_untold(connection, told, self._get(connection, name), entries)
            )

    def _why_untold(
        self, connection: Connection, told: Explanation, campaign: Campaign, entries: Sequence[Activity]
    ) -> str:
        """Say why nothing was written down of a campaign when a message came."""
        if not isinstance(campaign.trigger, SegmentTrigger):
            made = campaigns.created_at(connection, campaign.name)
            if made is not None and entries and made < entries[0].at:
                when = f"when {campaign.trigger}"
                return f"it fired on something else then; it was changed after the message came, to {when}."
            return "the campaign was saved after the message came."
        if told.attributed_to is None:
            return "the message is an anonymous event, which enters no segment (R15)."
        segment = campaign.trigger.segment
        entered = [e for e in entries if e.kind == ActivityKind.ENTERED_SEGMENT and e.data.get("segment") == segment]
        if entered:
            return f"{entered[0].profile_id} entered {segment} by it, but the campaign was paused or not there then."
        return f"it fires when {campaign.trigger}, and the message made nobody enter it."

    def _get(self, connection: Connection, name: str) -> Campaign:
        known = campaigns.all_campaigns(connection)
        found = next((campaign for campaign in known if campaign.name == name), None)
        if found is None:
            names = ", ".join(campaign.name for campaign in known) or "none yet"
            raise UnknownCampaign(f"There is no campaign {name!r}. There are: {names}.")
        return found

    def _conflicts_of(self, connection: Connection, campaign: Campaign) -> tuple[Conflict, ...]:
        others = (other for other in campaigns.all_campaigns(connection) if other.name != campaign.name)
        senders = sender_of(connection)
        return tuple(found for other in others if (found := conflict(campaign, other, senders)) is not None)


def _why_entered(connection: Connection, message_sid: str, name: str, entries: Sequence[Activity]) -> WhyNot | None:
    """Say for each who entered a campaign's segment by a message what came of it; None when nobody did."""
    kinds = (ActivityKind.CAMPAIGN_TRIGGERED, ActivityKind.CAMPAIGN_HELD_BACK)
    told = [entry for entry in entries if entry.kind in kinds and entry.data.get("campaign") == name]
    started = [entry for entry in told if entry.kind == ActivityKind.CAMPAIGN_TRIGGERED]
    lines = []
    for entry in started:
        runs = campaigns.run_by_trigger(connection, name, str(entry.data.get("trigger")))
        whose = f"{entry.profile_id}, " if len(told) > 1 else ""
        own = (run for run in runs if run.profile_id == entry.profile_id)
        lines += [f"{whose}{line}" for run in own for line in _follow_up_lines(connection, run)]
    why = " ".join(entry.text for entry in told)
    return WhyNot(message_sid, name, bool(started), why, tuple(lines)) if told else None


def unknown_message(connection: Connection, message_sid: str) -> UnknownMessage:
    """Make the error about a message that did not arrive: perhaps it was sent from here."""
    if outbox.known_sids(connection, [message_sid]):
        text = f"The message {message_sid} was sent, not received; only what arrives here is explained."
        return UnknownMessage(f"{text} `inbound campaigns report NAME` tells what became of a campaign's messages.")
    return UnknownMessage(f"No message {message_sid} arrived here. The activity log lists those that did.")


def read_campaign(campaign: AnyCampaign) -> Campaign:
    """Read a campaign in any of its forms: as it is, a mapping, or JSON text."""
    if isinstance(campaign, Campaign):
        return campaign
    return campaign_from_text(campaign) if isinstance(campaign, str) else campaign_from_json(campaign)


def _by_reason(
    held: Mapping[tuple[str, str], int], messages: Mapping[tuple[str, str, str], int], status: str
) -> Counter[str]:
    found: Counter[str] = Counter()
    for (state, reason), number in held.items():
        if state == status:
            found[common_reason(reason)] += number
    for (state, _, reason), number in messages.items():
        if state == status:
            found[common_reason(reason)] += number
    return found


def _follow_up_lines(connection: Connection, run: Run) -> list[str]:
    lines = []
    for row in campaigns.follow_ups_of(connection, run.number):
        told = f"follow-up {row.step + 1}: {row.status}"
        if row.status == campaigns.WAITING:
            told += f" until {row.due_at:%Y-%m-%d %H:%M:%S}"
        put_off = row.reason and row.status in (campaigns.WAITING, campaigns.QUEUED)
        lines.append(f"{told}, {row.reason}" if put_off else f"{told}. {row.reason}" if row.reason else told)
    for row in outbox.by_run(connection, run.number):
        lines.append(f"message {row.step + 1}: {row.status}{f'. {row.error}' if row.error else ''}")
    return lines
