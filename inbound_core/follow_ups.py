"""Follow-ups: what a run sends when its time has come, each step once, and never against a rule (R16, R21).

What falls due in a person's quiet hours waits for their end and is then decided about as if it were due only then.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.campaign_records import Campaign, SegmentTrigger
from inbound_core.endings import NO_CAMPAIGN, held_back
from inbound_core.handing_over import HandingOver
from inbound_core.membership import Membership
from inbound_core.messages import OutboundMessage
from inbound_core.profiles import Profile
from inbound_core.quiet_hours import PutOff, put_off
from inbound_core.sending import SentMessage, refusal
from inbound_core.storage import Store, campaigns, history, outbox, people, sending
from inbound_core.storage.campaigns import DueFollowUp
from inbound_core.storage.outbox import Handover
from inbound_core.template_checks import TemplateFailure
from inbound_core.templates import render

#: Follow-ups and messages looked at in one go.
_CHUNK = 500


class FollowUps:
    """Send the follow-ups of one store when they are due."""

    def __init__(
        self, store: Store, now: Callable[[], datetime], handing_over: HandingOver, membership: Membership
    ) -> None:
        self._store = store
        self._now = now
        self._handing_over = handing_over
        self._membership = membership

    def run_due(self, now: datetime | None = None) -> list[SentMessage]:
        """Do everything that is due: windows that ended, messages in doubt, follow-ups, and what waits to go out.

        Give what went out. Several processes may call this at once and each message still goes out once. What
        the carrier refuses is in the activity log; without a carrier messages wait in the outbox.
        """
        at = now or self._now()
        with self._store.read() as connection:
            behind = self._membership.behind(connection, at)
        if behind:
            with self._store.write() as connection:
                self._membership.expire(connection, at)
        if self._handing_over.transport is not None:
            self._handing_over.recover(at)
        while due := self._due(at):
            for follow_up in due:
                self._queue(follow_up, at)
        return self._hand_over_all(at)

    def next_due(self) -> datetime | None:
        """Give the time of the next follow-up that waits, or None."""
        with self._store.read() as connection:
            return campaigns.next_due(connection)

    def next_look(self) -> datetime | None:
        """Give the time at which the clock alone gives `run_due` something to do again, or None.

        That is a follow-up that falls due, a message to try again, or a window that ends in a segment which sets
        a campaign off.
        """
        now = self._now()
        with self._store.read() as connection:
            known = campaigns.all_campaigns(connection)
            names = {c.trigger.segment for c in known if c.active and isinstance(c.trigger, SegmentTrigger)}
            looks = (
                campaigns.next_due(connection),
                self._handing_over.next_try(connection, now),
                self._membership.next_run_out(connection, names, now) if names else None,
            )
        return min((look for look in looks if look is not None), default=None)

    def _due(self, at: datetime) -> tuple[DueFollowUp, ...]:
        with self._store.read() as connection:
            return campaigns.due(connection, at, _CHUNK)

    def _queue(self, due: DueFollowUp, at: datetime) -> None:
        """Decide about one follow-up and put it into the outbox, both or neither; in quiet hours it waits on."""
        with self._store.read() as connection:
            found = people.by_id(connection, due.run.profile_id)
        lock = found.phone_e164 if found else None
        with self._store.write(lock=lock) as connection:
            profile = people.by_id(connection, due.run.profile_id)
            campaign = next((c for c in campaigns.all_campaigns(connection) if c.name == due.run.campaign), None)
            stopped = _stopped(campaign, due) or _unreachable(profile, due)
            phone = profile.phone_e164 if profile else None
            sender = sending.key_of(connection, due.run.sender)
            if stopped is None and phone is not None:
                refused = refusal(phone, sender, True, history.consent_of(connection, phone))
                stopped = None if refused is None else str(refused)
            if stopped is not None or campaign is None or profile is None or phone is None:
                self._hold_back(connection, due, campaigns.REFUSED, stopped or "", phone)
                return
            off = put_off(at, campaign.quiet_hours, profile.attributes)
            if off is not None:
                if campaigns.put_off(connection, due.number, off.until, off.why):
                    self._tell_put_off(connection, due.run.campaign, due.step, due.run.sender, profile, off)
                return
            try:
                body = render(campaign.follow_ups[due.step].template, _fields(profile), due.run.event)
            except TemplateFailure as failure:
                self._hold_back(connection, due, campaigns.FAILED, str(failure), phone)
                return
            message = OutboundMessage(phone, sender, body, profile.id)
            number = outbox.queue_follow_up(connection, message, self._now(), campaign.name, due.run.number, due.step)
            if not campaigns.decide(connection, due.number, campaigns.QUEUED, number, due.put_off):
                connection.rollback()  # Another process was quicker, and its message is the one.

    def _tell_put_off(
        self, connection: Connection, campaign: str, step: int, sender: str, profile: Profile, off: PutOff
    ) -> None:
        text = f"{campaign}, follow-up {step + 1} to {profile.id}: {off.why}"
        data = {"campaign": campaign, "step": step, "until": off.until.isoformat(), "why": off.why}
        kind, phone = ActivityKind.FOLLOW_UP_PUT_OFF, profile.phone_e164
        entry = Activity(kind, self._now(), text, profile.id, phone, sender, None, data)
        history.add_activities(connection, [entry])

    def _hold_back(self, connection: Connection, due: DueFollowUp, status: str, reason: str, phone: str | None) -> None:
        if not campaigns.decide(connection, due.number, status, None, reason):
            return
        kind = ActivityKind.SEND_REFUSED if status == campaigns.REFUSED else ActivityKind.SEND_FAILED
        entry = held_back(due.run, due.step, reason, phone, self._now(), kind)
        history.add_activities(connection, [entry])

    def _hand_over_all(self, at: datetime) -> list[SentMessage]:
        """Hand over what waits, in order; what the carrier refuses is settled as failed and the next one tried."""
        sent = []
        after = 0
        while ready := self._ready(after):
            found = (self._hand_over(handover, campaign, at) for handover, campaign in ready)
            sent += [message for message in found if message is not None]
            after = ready[-1][0].number
        return sent

    def _ready(self, after: int) -> list[tuple[Handover, Campaign | None]]:
        """Give the next messages that wait, each with its campaign if that is still there."""
        with self._store.read() as connection:
            ready = outbox.ready(connection, after, _CHUNK)
            known = {one.name: one for one in campaigns.all_campaigns(connection)} if ready else {}
        return [(handover, known.get(handover.campaign or "")) for handover in ready]

    def _hand_over(self, handover: Handover, campaign: Campaign | None, at: datetime) -> SentMessage | None:
        """Hand one message over; None means that it is not to go out, or not yet."""
        if not self._handing_over.may_try(handover, at) or self._handing_over.give_up(handover):
            return None
        refused = _stopped_since(campaign) or self._refused_now(handover.message)
        if refused is not None:
            self._handing_over.settle(handover.number, handover.message, outbox.REFUSED, refused)
            return None
        # The carrier may not have taken it when it was due, or have kept others waiting.
        if self._taken_back(handover, campaign, max(at, self._now())):
            return None
        return self._handing_over.try_to_hand_over(handover.number, handover.message)

    def _taken_back(self, handover: Handover, campaign: Campaign | None, at: datetime) -> bool:
        """Let the follow-up of a message wait again when its person has quiet hours by now; tell whether it does."""
        if campaign is None or campaign.quiet_hours is None or handover.run is None or handover.step is None:
            return False
        message = handover.message
        with self._store.read() as connection:
            profile = people.by_id(connection, message.profile_id or "")
        off = put_off(at, campaign.quiet_hours, profile.attributes) if profile else None
        if profile is None or off is None:
            return False
        with self._store.write(lock=message.to_phone) as connection:
            if outbox.take_back(connection, handover.number, self._now(), off.why):
                campaigns.take_back(connection, handover.run, handover.step, off.until, off.why)
                self._tell_put_off(connection, campaign.name, handover.step, message.sender, profile, off)
        return True

    def _refused_now(self, message: OutboundMessage) -> str | None:
        with self._store.read() as connection:
            ledger = history.consent_of(connection, message.to_phone)
            sender = sending.key_of(connection, message.sender)
        refused = refusal(message.to_phone, sender, True, ledger)
        return None if refused is None else str(refused)


def _stopped(campaign: Campaign | None, due: DueFollowUp) -> str | None:
    if campaign is None:
        return "The campaign was deleted before this follow-up was due."
    if not campaign.active:
        return "The campaign was paused before this follow-up was due."
    if due.step >= len(campaign.follow_ups):
        return "The campaign was changed and has no such follow-up any more."
    if not due.run.sender:
        return "It is not known from which sender to write: the campaign names none, and the workspace has several."
    return None


def _stopped_since(campaign: Campaign | None) -> str | None:
    """Say what stops a message that was due while its campaign ran and that the carrier did not take yet."""
    if campaign is None:
        return NO_CAMPAIGN
    return None if campaign.active else "The campaign was paused before the carrier took this message."


def _unreachable(profile: Profile | None, due: DueFollowUp) -> str | None:
    if profile is None:
        return f"{due.run.profile_id} was deleted before this follow-up was due."
    if profile.phone_e164 is None:
        return f"{profile.id} has the phone {profile.phone!r}, which cannot be read as a number. Store it in E.164."
    return None


def _fields(profile: Profile) -> dict[str, object]:
    return {**profile.attributes, "id": profile.id}
