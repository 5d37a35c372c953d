"""Handing over: give messages of the outbox to the carrier, each once, also when something dies on the way.

A message is taken in hand in one transaction and settled in another. What was in hand when a process died may or
may not have gone out: the carrier is asked before it is sent again, and without an answer it is not sent again.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.messages import OutboundMessage
from inbound_core.sending import SentMessage, Transport, TransportError
from inbound_core.storage import Store, history, outbox
from inbound_core.storage.outbox import Handover

#: How a transport that can look up what it took is asked: a message and a time, answered by MessageSids.
Find = Callable[[OutboundMessage, datetime], tuple[str, ...]]

#: Longer than any request may take: who has had a message in hand for so long has died.
LEASE = timedelta(minutes=2)

#: The waits between attempts grow from the first; after the last attempt the message has failed.
FIRST_WAIT = timedelta(seconds=10)
MOST_ATTEMPTS = 6

#: Either its holder died or no answer came back; asked later, the carrier did not have it.
_NOT_TAKEN = (
    "It was not heard whether the carrier took it; asked, the carrier did not have it, so it waits to be sent again."
)

#: Twilio's code for a number that is on its own opt-out list.
_UNSUBSCRIBED = 21610

#: What nothing could be found out about for so long is asked about only when something else is done.
LONGEST_DOUBT = timedelta(days=1)


class HandingOver:
    """Hand messages of one store over to the carrier. `owner` names this holder among several processes."""

    def __init__(self, store: Store, now: Callable[[], datetime], owner: str, transport: Transport | None) -> None:
        self._store = store
        self._now = now
        self._owner = owner
        self.transport = transport
        self._mine: set[int] = set()
        self._turn = threading.Lock()

    def hand_over(self, number: int, message: OutboundMessage, retry: bool) -> SentMessage:
        """Hand one message over and write down what became of it.

        Raise `TransportError` where the carrier refuses; with `retry`, a carrier that did not take the message
        is tried again later instead, and one that may have taken it is asked later.
        """
        if self.transport is None:
            return SentMessage(number, message, outbox.QUEUED)
        with self._turn:
            self._mine.add(number)
        try:
            with self._store.write() as connection:
                attempt = outbox.claim(connection, number, self._owner, self._now())
            if attempt is None:
                return SentMessage(number, message, outbox.SENDING)
            return self._attempt(number, message, attempt, self.transport, retry)
        finally:
            with self._turn:
                self._mine.discard(number)

    def try_to_hand_over(self, number: int, message: OutboundMessage) -> SentMessage:
        """Hand one message of several over, to be tried again or asked about later where that helps; never raise.

        What the carrier refuses is settled as failed, in the outbox and in the activity log, and given as that.
        """
        try:
            return self.hand_over(number, message, retry=True)
        except TransportError as error:
            return SentMessage(number, message, outbox.FAILED, error=str(error))

    def _attempt(
        self, number: int, message: OutboundMessage, attempt: int, transport: Transport, retry: bool
    ) -> SentMessage:
        try:
            message_sid = transport(message)
        except TransportError as error:
            if retry and error.uncertain:
                return SentMessage(number, message, outbox.SENDING)
            if retry and error.passing:
                with self._store.write() as connection:
                    outbox.put_back(connection, number, attempt, str(error))
                return SentMessage(number, message, outbox.QUEUED)
            self.settle(number, message, outbox.FAILED, str(error), error_code=error.code)
            raise
        self.settle(number, message, outbox.SENT, _sent(message), message_sid)
        return SentMessage(number, message, outbox.SENT, message_sid)

    def settle(
        self,
        number: int,
        message: OutboundMessage,
        status: str,
        text: str,
        message_sid: str | None = None,
        error_code: int | None = None,
    ) -> None:
        """Write down what became of a message, once, in the outbox and in the activity log."""
        at = self._now()
        data = {"body": message.body} if error_code is None else {"body": message.body, "error_code": error_code}
        entry = Activity(
            _KINDS[status], at, text, message.profile_id, message.to_phone, message.sender, message_sid, data
        )
        error = None if status == outbox.SENT else text
        # In turn with a report about the message, which may come before the answer that it was taken.
        with self._store.write(lock=message_sid) as connection:
            if outbox.settle(connection, number, status, at, message_sid, error, error_code):
                history.add_activities(connection, [entry])
                if message_sid is not None:
                    self._tell_not_arrived(connection, message_sid)

    def note_status(self, message_sid: str, status: str, error_code: int | None) -> bool:
        """Write down what the carrier reports of a message, and in the activity log when it did not arrive."""
        with self._store.write(lock=message_sid) as connection:
            noted = outbox.note_status(connection, message_sid, status, error_code)
            if noted and status in outbox.NOT_ARRIVED:
                self._tell_not_arrived(connection, message_sid)
        return noted

    def _tell_not_arrived(self, connection: Connection, message_sid: str) -> None:
        found = outbox.not_arrived(connection, message_sid)
        if found is None:
            return
        message, status, code = found
        why = f" ({code})" if code else ""
        if code == _UNSUBSCRIBED:
            why = f" ({code}: the number is opted out at Twilio, which this platform did not know)"
        text = f"Twilio took {message.body!r} to {message.to_phone} and reports it as {status}{why}."
        data = {"body": message.body, "carrier_status": status, "error_code": code}
        kind, profile = ActivityKind.SEND_FAILED, message.profile_id
        entry = Activity(kind, self._now(), text, profile, message.to_phone, message.sender, message_sid, data)
        history.add_activities(connection, [entry])

    def recover(self, now: datetime) -> int:
        """Find out about messages whose holder died or got no answer; give how many there were.

        One that the carrier has is settled as sent; one that it surely does not have waits again; where the
        carrier cannot be asked it has failed, because sending it again could send it twice.
        """
        with self._turn:
            mine = set(self._mine)
        with self._store.read() as connection:
            doubtful = outbox.in_doubt(connection, now - LEASE, mine)
        for handover in doubtful:
            try:
                self._find_out(handover)
            except TransportError:
                # The carrier does not answer: the message stays in doubt and is asked about the next time.
                break
        return len(doubtful)

    def _find_out(self, handover: Handover) -> None:
        number, message = handover.number, handover.message
        find: Find | None = getattr(self.transport, "find", None)
        if find is None or handover.claimed_at is None:
            text = (
                f"It is not known whether the carrier took {message.body!r} to {message.to_phone}, and it cannot be "
                "asked; it is not sent again, so that nobody gets it twice."
            )
            self.settle(number, message, outbox.FAILED, text)
            return
        found = find(message, handover.claimed_at - LEASE)
        with self._store.read() as connection:
            known = outbox.known_sids(connection, found)
        unclaimed = [message_sid for message_sid in found if message_sid not in known]
        if unclaimed:
            self.settle(number, message, outbox.SENT, f"{_sent(message)} (found at the carrier)", unclaimed[0])
            return
        with self._store.write() as connection:
            outbox.put_back(connection, number, handover.attempts, _NOT_TAKEN)

    def may_try(self, handover: Handover, now: datetime) -> bool:
        """Tell whether the wait after the last attempt is over."""
        if handover.claimed_at is None or not handover.attempts:
            return True
        return now >= handover.claimed_at + _wait(handover.attempts)

    def next_try(self, connection: Connection, now: datetime) -> datetime | None:
        """Give the time at which a message is to be tried, for the first time or again, or asked about, or None."""
        if self.transport is None:
            return None
        if outbox.untried(connection):
            # It was queued by one that died before it came to this message.
            return now
        tries = []
        for status, attempts, claimed_at in outbox.attempted(connection, now - LONGEST_DOUBT):
            wait = _wait(attempts) if status == outbox.QUEUED else LEASE + timedelta(microseconds=1)
            due = claimed_at + wait
            # What could not be decided now is looked at again ever more seldom.
            tries.append(due if due > now else now + max(FIRST_WAIT, now - claimed_at))
        return min(tries, default=None)

    def give_up(self, handover: Handover) -> bool:
        """Settle a message that was tried often enough as failed; tell whether it was."""
        if handover.attempts < MOST_ATTEMPTS:
            return False
        text = f"The carrier did not take {handover.message.body!r} in {handover.attempts} attempts."
        self.settle(handover.number, handover.message, outbox.FAILED, text)
        return True


def _wait(attempts: int) -> timedelta:
    doublings = max(0, attempts - 1)
    return FIRST_WAIT * (1 << doublings)


_KINDS = {
    outbox.SENT: ActivityKind.MESSAGE_SENT,
    outbox.FAILED: ActivityKind.SEND_FAILED,
    outbox.REFUSED: ActivityKind.SEND_REFUSED,
}


def _sent(message: OutboundMessage) -> str:
    return f"Sent {message.body!r} to {message.to_phone} from {message.sender}."
