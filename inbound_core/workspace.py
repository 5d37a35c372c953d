"""Workspace: what a person holds in a notebook. It loads, lets the rules decide, and saves."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity
from inbound_core.campaign_questions import unknown_message
from inbound_core.campaign_starts import CampaignStarts
from inbound_core.campaigns import Campaigns
from inbound_core.consent import ConsentLedger
from inbound_core.events import AnonymousEvent, Event
from inbound_core.explanation import Explanation, UnknownMessage
from inbound_core.follow_ups import FollowUps
from inbound_core.many_phones import many_phones
from inbound_core.membership import Membership
from inbound_core.messages import InboundMessage
from inbound_core.outgoing import Outgoing
from inbound_core.people import People
from inbound_core.policy import Policy
from inbound_core.profiles import Profile
from inbound_core.receiving import Received, Receiving
from inbound_core.regions import PlatformRegion
from inbound_core.segments import Segments
from inbound_core.senders import Sender
from inbound_core.sending import SentMessage, Transport
from inbound_core.setup import SetupReport, check_setup
from inbound_core.storage import Store, history, open_store, people, sending
from inbound_core.workspace_settings import WorkspaceSettings

__all__ = ["Received", "UnknownMessage", "Workspace"]


def _only_sender(connection: Connection) -> str | None:
    keys = {sender.key for sender in sending.all_senders(connection)}
    return keys.pop() if len(keys) == 1 else None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Workspace:
    """Hold profiles, consent and history of one workspace and apply the rules to what arrives.

    Safe to use from many threads; several processes may share one store.
    """

    def __init__(
        self, store: Store, now: Callable[[], datetime] = _utc_now, transport: Transport | None = None
    ) -> None:
        self.store = store
        self.now = now
        self._settings = settings = WorkspaceSettings(store)
        membership = Membership(now)
        starts = CampaignStarts(now, _only_sender)
        membership.listeners.append(starts.moved)
        self.people = People(store, now, settings, membership)
        self.segments = Segments(store, now, membership)
        self.receiving = Receiving(store, now, settings.follow, membership, starts)
        self.outgoing = Outgoing(store, now, lambda: settings.policy, transport, uuid4().hex)
        follow_ups = FollowUps(store, now, self.outgoing.handing_over, membership)
        self.campaigns = Campaigns(store, now, lambda: settings.policy, follow_ups)
        self.segments.campaigns_on = self.campaigns.on_segment
        self.segments.campaigns_asking = self.campaigns.asking

    @classmethod
    def open(
        cls,
        url: str = "sqlite://",
        *,
        now: Callable[[], datetime] = _utc_now,
        transport: Transport | None = None,
    ) -> "Workspace":
        """Open the workspace at a database URL, made on first use; `sqlite://` lives in memory.

        `now` gives the aware time of everything that is written; `transport` hands messages to the carrier.
        Raise `StoreError` when the database cannot be used.

        >>> ws = Workspace.open()
        >>> _ = ws.identify("ana", {"phone": "+12025550101"})
        """
        return cls(open_store(url), now, transport)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- settings ---------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the settings from the store, after it was filled in another way than through here."""
        self._settings.reload()

    @property
    def policy(self) -> Policy:
        """Give the switches in force."""
        return self._settings.policy

    def set_policy(self, **switches: Any) -> Policy:
        """Set switches of the policy; stored phones are read anew where a switch bears on that."""
        reads_anew = bool({"default_region", "region_attribute"} & switches.keys())
        if reads_anew:
            with self.store.read() as connection:
                rows = people.counts(connection)[0]
            many_phones.get_ready(rows)
        with self._settings.kept_with(), self.people.writing() as connection:
            policy = self._settings.set_policy(connection, switches)
            if reads_anew:
                self.people.read_all_phones(connection)
        return policy

    @property
    def region(self) -> PlatformRegion:
        """Give the region the workspace lives in (R4)."""
        return self._settings.region

    def set_region(self, region: PlatformRegion | str) -> None:
        """Move the workspace to region `us` or `eu`; raise `SetupError` for another."""
        with self._settings.kept_with(), self.store.write() as connection:
            self._settings.set_region(connection, region)

    def add_sender(self, sender: Sender) -> None:
        """Tell the workspace of one of its own numbers, or correct what it knew."""
        with self.store.write() as connection:
            sending.put_sender(connection, sender)

    def senders(self) -> tuple[Sender, ...]:
        """Give the workspace's own numbers."""
        with self.store.read() as connection:
            return sending.all_senders(connection)

    # -- people -----------------------------------------------------------------------------------------

    def identify(
        self, profile_id: str, attributes: Mapping[str, Any] | None = None, created_at: datetime | None = None
    ) -> Profile:
        """Create a profile or update its attributes; see `People.identify`."""
        return self.people.identify(profile_id, attributes or {}, created_at)

    def delete(self, profile_id: str) -> bool:
        """Delete a profile; what it did stays in the history. Tell whether it was there."""
        return self.people.delete(profile_id)

    def profiles(self, limit: int | None = None) -> list[Profile]:
        """Give the profiles in the order in which they were first stored."""
        with self.store.read() as connection:
            if limit is not None:
                return list(people.page(connection, 0, limit))
            return list(people.every(connection))

    def profile(self, profile_id: str) -> Profile | None:
        """Give one profile, or None."""
        with self.store.read() as connection:
            return people.by_id(connection, profile_id)

    def track(
        self,
        profile_id: str,
        name: str,
        data: Mapping[str, Any] | None = None,
        event_id: str | None = None,
        at: datetime | None = None,
    ) -> bool:
        """Write down a custom event of a profile; False means that its id had been counted before."""
        return self.people.track(profile_id, name, data or {}, event_id, at)

    # -- what arrives -----------------------------------------------------------------------------------

    def receive(self, message: InboundMessage) -> Received:
        """Take in one inbound message; see `Receiving.receive` (R7-R24)."""
        return self.receiving.receive(message)

    # -- what goes out ----------------------------------------------------------------------------------

    def send(self, to: Profile | AnonymousEvent | str, body: str, sender: str | None = None) -> SentMessage:
        """Send one message to a profile, a profile's id or a number; see `Outgoing.send` (R16, R21)."""
        return self.outgoing.send(to, body, sender)

    def send_queued(self) -> list[SentMessage]:
        """Hand over what waited in the outbox for a carrier; see `Outgoing.send_queued`."""
        return self.outgoing.send_queued()

    # -- what is told -----------------------------------------------------------------------------------

    def activity(self, limit: int = 100, after: int = 0, **equal: str | None) -> list[Activity]:
        """Give the newest entries of the activity log, oldest first.

        Narrow by kind, profile_id, phone, sender or message_sid.
        """
        with self.store.read() as connection:
            return list(history.log(connection, after, limit, **equal))

    def explain(self, message_sid: str) -> Explanation:
        """Explain what a message did and why; raise `UnknownMessage` for one that never arrived."""
        with self.store.read() as connection:
            stored = history.explanation_of(connection, message_sid)
            if stored is None:
                raise unknown_message(connection, message_sid)
        return Explanation.from_dict(stored)

    def consent(self, phone: str | None = None) -> ConsentLedger:
        """Give the consent ledger of one number (E.164), or of all."""
        with self.store.read() as connection:
            return history.consent_of(connection, phone)

    def anonymous_events(self, phone: str | None = None, limit: int = 1000) -> list[AnonymousEvent]:
        """Give the newest `limit` messages that nobody owned when they came, oldest first (R15)."""
        with self.store.read() as connection:
            return list(history.anonymous_events(connection, phone, limit))

    def events(self, profile_id: str, limit: int = 1000) -> list[Event]:
        """Give the newest `limit` events of a profile, oldest first."""
        with self.store.read() as connection:
            return list(history.events_of(connection, profile_id, limit))

    def shared_numbers(self, limit: int = 1000) -> list[tuple[str, int]]:
        """Give the `limit` numbers that most profiles have, with how many have them (R11)."""
        with self.store.read() as connection:
            return list(people.shared_numbers(connection, limit))

    def setup_report(self) -> SetupReport:
        """Check the prerequisites of inbound messages and say what is missing (R3-R6)."""
        with self.store.read() as connection:
            return check_setup(
                self.region,
                sending.all_senders(connection),
                people.count_by_status(connection),
                history.message_count(connection),
            )

    def opted_out_profiles(self, sender: str) -> list[Profile]:
        """Give the profiles whose number is opted out of a sender, whichever got the number when (R14)."""
        with self.store.read() as connection:
            ledger = history.consent_of(connection)
            phones = dict.fromkeys(change.phone for change in ledger.changes)
            out = [phone for phone in phones if sender in ledger.opted_out_senders(phone)]
            return [profile for phone in out for profile in people.by_number(connection, phone)]
