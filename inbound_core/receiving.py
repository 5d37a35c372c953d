"""Receiving: take in one message. It loads, lets the rules decide, and saves everything in one transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.campaign_starts import CampaignStarts
from inbound_core.events import Event
from inbound_core.explanation import Explanation
from inbound_core.inbound import Context, Decision, decide, number_of
from inbound_core.membership import Membership, consent_touch
from inbound_core.messages import InboundMessage
from inbound_core.near_misses import explain_near_misses
from inbound_core.outgoing import UnknownSenderError
from inbound_core.policy import Policy
from inbound_core.segment_records import Touch
from inbound_core.senders import Sender
from inbound_core.storage import Store, history, people, sending
from inbound_core.texts import storable


@dataclass(frozen=True, slots=True)
class Received:
    """Say what a delivery of a message came to: its explanation, and whether it had been counted before."""

    explanation: Explanation
    duplicate: bool


class Receiving:
    """Take in messages for one store."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        policy: Callable[[Connection], Policy],
        membership: Membership,
        starts: CampaignStarts,
    ) -> None:
        self._store = store
        self._now = now
        self._policy = policy
        self._membership = membership
        self._starts = starts

    def receive(self, message: InboundMessage) -> Received:
        """Take in one inbound message: decide, save all of it in one transaction, and explain (R7-R24).

        The same MessageSid again changes nothing and gives the first explanation. When this returns, the
        message is durable. Raise `UnknownSenderError` when `to_phone` is none of the workspace's numbers.
        """
        phone = number_of(message)
        with self._store.write(lock=phone) as connection:
            message = _from_known_sender(connection, message, sending.all_senders(connection))
            if not history.add_message(connection, message, phone):
                return self._again(connection, message, phone)
            decision = decide(message, self._context(connection, phone))
            self._save(connection, decision, phone)
            told = self._starts.message(connection, message, phone, decision.explanation, decision.event)
        return Received(told, duplicate=False)

    def _again(self, connection: Connection, message: InboundMessage, phone: str) -> Received:
        stored = history.explanation_of(connection, message.message_sid)
        entry = Activity(
            ActivityKind.DUPLICATE_WEBHOOK,
            self._now(),
            f"{message.message_sid} was delivered again; it counts once.",
            phone=phone,
            sender=message.sender,
            message_sid=message.message_sid,
        )
        history.add_activities(connection, [entry])
        return Received(Explanation.from_dict(stored or {}), duplicate=True)

    def _context(self, connection: Connection, phone: str) -> Context:
        owners = people.by_number(connection, phone)
        misses = () if owners else explain_near_misses(phone, people.resembling(connection, phone))
        return Context(owners, misses, history.consent_of(connection, phone), self._policy(connection))

    def _save(self, connection: Connection, decision: Decision, phone: str) -> None:
        history.add_event(connection, decision.event, decision.explanation.to_dict())
        history.add_consent(connection, decision.consent_changes)
        history.add_activities(connection, decision.activities)
        self._membership.follow(connection, _touches(decision, phone))


def _touches(decision: Decision, phone: str) -> Iterator[Touch]:
    """Say whom a message may move: who wrote it, and on an opt-out or opt-in all who have the number (R14)."""
    told = decision.explanation
    cause = f"{told.from_phone} wrote {told.body!r}"
    for _ in decision.consent_changes:
        yield consent_touch(phone, cause, told.message_sid)
    if isinstance(decision.event, Event):
        yield Touch(cause, (decision.event.profile_id,), event=decision.event, message_sid=told.message_sid)


def _from_known_sender(connection: Connection, message: InboundMessage, senders: tuple[Sender, ...]) -> InboundMessage:
    body = storable(message.body)
    if body != message.body:
        message = replace(message, body=body)
    known = next((sender for sender in senders if sender.phone == message.to_phone), None)
    if known is not None and message.messaging_service_sid is None:
        return replace(message, messaging_service_sid=known.messaging_service_sid)
    if known is not None and message.messaging_service_sid not in (None, known.messaging_service_sid):
        # The carrier knows best what the number belongs to; an opt-out must hold where we send from too (R20).
        sending.learn_service(connection, known.phone, str(message.messaging_service_sid))
    in_service = message.messaging_service_sid in {s.messaging_service_sid for s in senders if s.messaging_service_sid}
    if senders and known is None and not in_service:
        own = ", ".join(sender.phone for sender in senders[:5])
        raise UnknownSenderError(
            f"{message.to_phone} is none of this workspace's numbers ({own}). "
            "Was the webhook meant for another workspace? Else add the number as a sender."
        )
    return message
