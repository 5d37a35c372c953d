"""Waiting: until a message has come that somebody waits for, or a reason with the near misses why none did."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inbound_core.errors import InboundError
from simulator.carrier import Carrier, CarrierMessage, MessageFilter
from simulator.carrier.statuses import FOLLOWERS
from simulator.changes import Changes
from simulator.clock import VirtualClock
from simulator.matching import closest, text_test
from simulator.scenarios.errors import nearest

#: How many of the newest messages are looked at.
MOST = 1000
#: Messages in these statuses have come to where they were sent: to a handset, or from one to a sender.
ARRIVED = ("delivered", "received")
_STATUSES = {*FOLLOWERS, *(status for later in FOLLOWERS.values() for status in later), *ARRIVED}


class WantedError(InboundError, ValueError):
    """Report something that cannot be waited for, and what can."""


class NoSuchMessage(InboundError, TimeoutError):
    """Report that no such message has come in time, what has come instead, and what came closest."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say which messages are waited for; None means any.

    `to` and `sender` are numbers; `match` is the whole text, or a `/regular expression/`. Those with a sequence up to
    `after` do not count, so that the next wait finds the next message. `status` is delivered or received unless given.
    """

    to: str | None = None
    sender: str | None = None
    match: str | None = None
    status: str | None = None
    after: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        """Refuse what can never come; raise `WantedError`."""
        if self.count < 1:
            raise WantedError("Wait for one message or more; `count` is at least 1.")
        if self.status and self.status not in _STATUSES:
            raise WantedError(f"No message is ever {self.status!r}. {nearest(self.status, _STATUSES)}")
        try:
            text_test(self.match or "")
        except re.error as error:
            raise WantedError(f"{self.match} is no regular expression: {error}.") from error

    def __str__(self) -> str:
        parts = [f"{self.count} messages" if self.count > 1 else "message"]
        parts += [f"to {self.to}"] if self.to else []
        parts += [f"from {self.sender}"] if self.sender else []
        parts += [f"with status {self.status}"] if self.status else []
        return " ".join([*parts, *([f"that is {self.match!r}"] if self.match else [])])

    def among(self, messages: Sequence[CarrierMessage]) -> list[CarrierMessage]:
        """Give those that are wanted, oldest first."""
        test = text_test(self.match) if self.match is not None else None
        found = [
            message
            for message in messages
            if message.sequence > self.after
            and self.to in (None, message.to_phone)
            and self.sender in (None, message.from_phone)
            and (message.status == self.status if self.status else message.status in ARRIVED)
            and (test is None or test(message.body))
        ]
        return sorted(found, key=lambda message: message.sequence)


def wait_for(
    carrier: Carrier, changes: Changes, wanted: Wanted, seconds: float, moves_clock: bool = True
) -> list[CarrierMessage]:
    """Wait really until the wanted messages have come, and give them; raise `NoSuchMessage` when they do not.

    A clock that stands still is moved as far as takes what is under way, if that is allowed.
    """
    deadline = time.monotonic() + seconds
    while True:
        if moves_clock and isinstance(carrier.clock, VirtualClock):
            carrier.clock.set(carrier.clock.now())
            carrier.wait_idle()
        revision = changes.now()
        messages = carrier.messages(MOST, MessageFilter(listed_only=False))
        found = wanted.among(messages)
        if len(found) >= wanted.count:
            return found
        left = deadline - time.monotonic()
        if left <= 0:
            raise NoSuchMessage(_why_not(wanted, messages, len(found), seconds))
        # When too many wait already, this one looks again soon instead of being woken.
        time.sleep(min(changes.wait(revision, left).ask_again, left))


def _why_not(wanted: Wanted, messages: Sequence[CarrierMessage], found: int, seconds: float) -> str:
    short = f" (but {found})" if found else ""
    lines = [f"No {wanted} came within {seconds:g} s{short}."]
    later = [message for message in messages if message.sequence > wanted.after]
    counts = Counter(message.to_phone for message in later)
    seen = ", ".join(f"{count} to {number}" for number, count in sorted(counts.items())) or "none at all"
    lines.append(f"Messages seen{f' after {wanted.after}' if wanted.after else ''}: {seen}.")
    # Those to the right number first: most often it is the text that is otherwise.
    right = [message for message in later if wanted.to in (None, message.to_phone)] or later
    for message in closest(wanted.match or "", right, lambda one: one.body):
        error = f" (error {message.error_code})" if message.error_code else ""
        where = f"{message.from_phone} -> {message.to_phone}"
        lines.append(f"Closest: {where}: {message.body!r}, {message.status}{error}")
    return "\n".join(lines)
