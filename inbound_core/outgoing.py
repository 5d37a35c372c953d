"""Outgoing: what the platform sends. It asks the rules first, writes the outbox, then hands over to the carrier."""

from collections.abc import Callable
from datetime import datetime

from inbound_core.activity import Activity, ActivityKind
from inbound_core.errors import SetupError
from inbound_core.events import AnonymousEvent
from inbound_core.handing_over import HandingOver
from inbound_core.messages import OutboundMessage
from inbound_core.phones import read_phone
from inbound_core.policy import Policy
from inbound_core.profiles import Profile
from inbound_core.senders import Sender
from inbound_core.sending import (
    SentMessage,
    Transport,
    UnreadablePhoneError,
    refusal,
)
from inbound_core.storage import Store, history, outbox, people, sending
from inbound_core.texts import storable

#: Waiting messages looked at in one go.
_CHUNK = 500


class UnknownSenderError(SetupError, LookupError):
    """Report a number that is none of the workspace's own."""


class Outgoing:
    """Send for one store. `transport` may be set later: until then messages wait in the outbox."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        policy: Callable[[], Policy],
        transport: Transport | None = None,
        owner: str = "",
    ) -> None:
        self.store = store
        self.now = now
        self.handing_over = HandingOver(store, now, owner, transport)
        self._policy = policy

    @property
    def transport(self) -> Transport | None:
        """Give what hands messages to the carrier, if there is one."""
        return self.handing_over.transport

    @transport.setter
    def transport(self, transport: Transport | None) -> None:
        self.handing_over.transport = transport

    def send(self, to: Profile | AnonymousEvent | str, body: str, sender: str | None = None) -> SentMessage:
        """Send one message to a profile, a profile's id or a number, unless a rule forbids it (R16, R21).

        `sender` is a messaging service or number; the only one if there is one. Raise `AnonymousRecipientError`,
        `OptedOutError` or `UnreadablePhoneError`, each also an entry of the activity log, and `TransportError`
        when the carrier refuses.
        """
        key = self.sender_key(sender)
        phone, profile_id, known = self._recipient(to)
        with self.store.write(lock=phone) as connection:
            owners = () if known else [profile.id for profile in people.by_number(connection, phone)]
            refused = refusal(phone, key, known, history.consent_of(connection, phone), owners)
            if refused is not None:
                entry = Activity(
                    ActivityKind.SEND_REFUSED,
                    self.now(),
                    str(refused),
                    profile_id,
                    phone,
                    key,
                    data={"body": body},
                )
                history.add_activities(connection, [entry])
            else:
                message = OutboundMessage(phone, key, storable(body), profile_id)
                number = sending.queue(connection, message, self.now())
        if refused is not None:
            raise refused
        return self.handing_over.hand_over(number, message, retry=False)

    def send_queued(self) -> list[SentMessage]:
        """Hand over all that waited in the outbox for a carrier; an opt-out since then still holds it back.

        Give what became of each: what the carrier refuses has failed with its reason; what it surely did not take
        waits for the next call; what it may have taken is asked about by `campaigns.run_due`.
        """
        sent = []
        after = 0
        while waiting := self._waiting(after):
            found = (self._hand_over(number, message) for number, message in waiting)
            sent += [message for message in found if message is not None]
            after = waiting[-1][0]
        return sent

    def _waiting(self, after: int) -> tuple[tuple[int, OutboundMessage], ...]:
        with self.store.read() as connection:
            return sending.queued(connection, after, _CHUNK)

    def _hand_over(self, number: int, message: OutboundMessage) -> SentMessage | None:
        """Hand one message over that waited; None means that an opt-out holds it back."""
        with self.store.read() as connection:
            sender = sending.key_of(connection, message.sender)
            refused = refusal(message.to_phone, sender, True, history.consent_of(connection, message.to_phone))
        if refused is None:
            return self.handing_over.try_to_hand_over(number, message)
        self.handing_over.settle(number, message, outbox.REFUSED, str(refused))
        return None

    def note_status(self, message_sid: str, status: str, error_code: int | None = None) -> bool:
        """Write down what the carrier reports of a message it took, such as delivered or undelivered.

        A report may come before the carrier's answer to the sending itself; it is kept until then. False means
        that it is older than the last, or no status that a message can have.
        """
        return self.handing_over.note_status(message_sid, status, error_code)

    def sender_key(self, sender: str | None) -> str:
        """Give the key of a sender, or of the only one; raise `UnknownSenderError`."""
        senders = self._senders()
        keys = dict.fromkeys(s.key for s in senders)
        if sender is None:
            if len(keys) == 1:
                return next(iter(keys))
            choices = ", ".join(keys) or "none yet: add one"
            raise UnknownSenderError(f"Say from which sender: this workspace has {choices}.")
        for known in senders:
            if sender in (known.key, known.phone):
                return known.key
        if not senders:
            return sender
        raise UnknownSenderError(f"{sender} is none of this workspace's senders: {', '.join(keys)}.")

    def _recipient(self, to: Profile | AnonymousEvent | str) -> tuple[str, str | None, bool]:
        """Give the number, the profile and whether somebody known has it."""
        if isinstance(to, AnonymousEvent):
            return to.phone, None, False
        profile = self._profile(to.id if isinstance(to, Profile) else to)
        if profile is not None:
            if profile.phone_e164 is None:
                raise UnreadablePhoneError(
                    f"{profile.id} has the phone {profile.phone!r}, which cannot be read as a number. "
                    "Store it in E.164, such as +15551234567, then send again."
                )
            return profile.phone_e164, profile.id, True
        if isinstance(to, Profile):
            raise UnreadablePhoneError(f"{to.id} is no profile of this workspace any more.")
        reading = read_phone(to, default_region=self._policy().default_region)
        if reading.e164 is None:
            raise UnreadablePhoneError(f"{to!r} is neither a profile's id nor a number: write it in E.164.")
        with self.store.read() as connection:
            owners = people.by_number(connection, reading.e164)
        return reading.e164, owners[0].id if len(owners) == 1 else None, bool(owners)

    def _senders(self) -> tuple[Sender, ...]:
        with self.store.read() as connection:
            return sending.all_senders(connection)

    def _profile(self, profile_id: str) -> Profile | None:
        with self.store.read() as connection:
            return people.by_id(connection, profile_id)
