"""Campaign starts: runs that begin inside the transaction of what set them off, once per trigger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.campaign_records import REPLY_WINDOW, Campaign, SegmentTrigger
from inbound_core.campaign_triggers import Earlier, message_stops, person_stops
from inbound_core.consent import ConsentState
from inbound_core.evaluation import Catalogue, Facts
from inbound_core.events import AnonymousEvent, Event
from inbound_core.explanation import CampaignOutcome, Explanation
from inbound_core.membership import catalogue_of
from inbound_core.messages import InboundMessage
from inbound_core.quiet_hours import put_off
from inbound_core.segment_records import Move
from inbound_core.storage import campaigns, history, people, replies, segments
from inbound_core.storage.campaigns import Run
from inbound_core.storage.facts import Needs, facts_of


class CampaignStarts:
    """Start runs of campaigns for messages and for entries into segments.

    `sender_for` names the sender of a campaign that says none and was not replied to.
    """

    def __init__(self, now: Callable[[], datetime], sender_for: Callable[[Connection], str | None]) -> None:
        self._now = now
        self._sender_for = sender_for

    def message(
        self,
        connection: Connection,
        message: InboundMessage,
        phone: str,
        told: Explanation,
        event: Event | AnonymousEvent,
    ) -> Explanation:
        """Start the campaigns that a message sets off, count it as a reply, and complete its explanation."""
        opted_out = told.consent_after != told.consent_before and told.consent_after == ConsentState.OPTED_OUT
        self._count_reply(connection, message, phone, opted_out)
        known = [c for c in campaigns.all_campaigns(connection) if not isinstance(c.trigger, SegmentTrigger)]
        if not known:
            return told
        outcomes = [self._message_outcome(connection, campaign, message, told, event) for campaign in known]
        told = replace(told, campaigns=tuple(outcomes))
        history.put_explanation(connection, event.id, told.to_dict())
        return told

    def _message_outcome(
        self,
        connection: Connection,
        campaign: Campaign,
        message: InboundMessage,
        told: Explanation,
        event: Event | AnonymousEvent,
    ) -> CampaignOutcome:
        stops = message_stops(campaign, told, message.to_phone)
        if stops is None and told.attributed_to is not None:
            run = Run(
                campaign.name,
                told.attributed_to,
                f"message {message.message_sid}",
                None,
                campaign.sender or message.sender,
                self._now(),
                event.data,
            )
            cause = f"{told.from_phone} wrote {told.body!r}"
            stops = self._start(connection, campaign, run, cause, message.message_sid)
        return CampaignOutcome(campaign.name, stops is None, stops or self._fired(connection, campaign, told))

    def _fired(self, connection: Connection, campaign: Campaign, told: Explanation) -> str:
        """Say that a campaign fired, and what of it is due at once and waits for the end of quiet hours."""
        text = f"it fired for {told.attributed_to}."
        steps = [str(number + 1) for number, step in enumerate(campaign.follow_ups) if not step.after]
        if campaign.quiet_hours is None or not steps:
            return text
        profile = people.by_id(connection, told.attributed_to or "")
        off = put_off(self._now(), campaign.quiet_hours, profile.attributes) if profile else None
        return f"{text} Follow-up {' and '.join(steps)}: {off.why}" if off else text

    def moved(self, connection: Connection, moves: Sequence[Move]) -> None:
        """Start the campaigns on segments that somebody entered."""
        entered: dict[str, list[Move]] = {}
        for move in moves:
            if move.entered:
                entered.setdefault(move.segment, []).append(move)
        if not entered:
            return
        for campaign in campaigns.all_campaigns(connection):
            trigger = campaign.trigger
            if campaign.active and isinstance(trigger, SegmentTrigger) and trigger.segment in entered:
                for move in entered[trigger.segment]:
                    self._entered(connection, campaign, move)

    def _entered(self, connection: Connection, campaign: Campaign, move: Move) -> None:
        before, _ = campaigns.runs_of(connection, campaign.name, move.profile_id)
        sender = campaign.sender or self._sender_for(connection)
        event = {"segment": move.segment, "cause": move.cause}
        # Counted, because the same profile may enter twice within one tick of a stopped clock.
        trigger = f"entry {before + 1} into {move.segment} at {move.at.isoformat()}"
        run = Run(campaign.name, move.profile_id, trigger, None, sender or "", self._now(), event)
        cause = f"{move.profile_id} entered {move.segment}"
        stops = self._start(connection, campaign, run, cause, move.message_sid)
        if stops is not None:
            text = f"{campaign.name} did not start for {move.profile_id}: {stops}"
            data = {"campaign": campaign.name, "why": stops}
            kind = ActivityKind.CAMPAIGN_HELD_BACK
            entry = Activity(kind, self._now(), text, move.profile_id, move.phone, sender, move.message_sid, data)
            history.add_activities(connection, [entry])

    def _start(
        self, connection: Connection, campaign: Campaign, run: Run, cause: str, message_sid: str | None
    ) -> str | None:
        """Start a run unless something about the person stops it; give what does."""
        facts, catalogue = self._facts(connection, campaign, run.profile_id)
        if facts is None:
            return f"{run.profile_id} is no profile any more."
        phone = facts.profile.phone_e164
        stops = person_stops(campaign, facts, catalogue, self._earlier(connection, campaign, run.profile_id, phone))
        if stops is not None:
            return stops
        run = replace(run, phone=phone)
        delays = [run.at + follow_up.after for follow_up in campaign.follow_ups]
        if not campaigns.start(connection, run, delays):
            return "this trigger had started it already."
        text = f"{campaign.name} started for {run.profile_id}: {cause}."
        data: Mapping[str, Any] = {"campaign": campaign.name, "trigger": run.trigger}
        kind = ActivityKind.CAMPAIGN_TRIGGERED
        history.add_activities(
            connection, [Activity(kind, run.at, text, run.profile_id, phone, run.sender, message_sid, data)]
        )
        return None

    def _facts(self, connection: Connection, campaign: Campaign, profile_id: str) -> tuple[Facts | None, Catalogue]:
        found = people.by_ids(connection, [profile_id])
        catalogue = catalogue_of(segments.all_segments(connection)) if campaign.filter else {}
        now = self._now()
        needs = Needs.of([campaign.filter] if campaign.filter else [], catalogue, now, whole_history=True)
        return next(facts_of(connection, found, needs, now), None), catalogue

    def _earlier(self, connection: Connection, campaign: Campaign, profile_id: str, phone: str | None) -> Earlier:
        _, last = campaigns.runs_of(connection, campaign.name, profile_id)
        if not campaign.once_per_number or phone is None:
            return Earlier(last)
        return Earlier(
            last,
            campaigns.last_run_to(connection, campaign.name, phone),
            campaigns.other_run_to(connection, campaign.name, phone, profile_id),
        )

    def _count_reply(self, connection: Connection, message: InboundMessage, phone: str, opted_out: bool) -> None:
        """Count a message for the last one sent to its author from that sender within 72 hours."""
        since = message.received_at - REPLY_WINDOW
        answered = replies.answered(connection, phone, message.sender, since, message.received_at)
        if answered is not None:
            replies.add(connection, message.message_sid, answered, message.received_at, opted_out)
