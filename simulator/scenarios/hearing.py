"""Hearing: which messages reached which handset, and which of them no step has expected yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.carrier import CarrierMessage

if TYPE_CHECKING:
    from simulator.scenarios.world import World

_BY = {"api": "platform", "reply": "application", "twilio": "twilio", "network": "twilio"}


@dataclass(slots=True)
class Heard:
    """Be one message that reached a handset. `expected_at` is the place of the step that expected it."""

    sid: str
    handset: str
    number: str
    body: str
    by: str
    at: datetime
    status: str
    segments: int
    expected_at: str | None = None


class Ears:
    """Keep what every handset heard, in order."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._by_sid: dict[str, Heard] = {}
        #: False forgets what was heard once the listener was told, for populations.
        self.keeps = True
        self.listener: Callable[[Heard], None] = lambda _heard: None
        #: Outbound messages that never reached their handset, by sid, in their last status.
        self.unheard: dict[str, CarrierMessage] = {}

    def on_message(self, message: CarrierMessage) -> None:
        """Take in a new or changed message of the carrier."""
        if message.direction == "inbound":
            return
        known = self._by_sid.get(message.sid)
        if known is not None:
            known.status = message.status
            return
        without_receipt = (
            message.status == "sent" and self._world.carrier.progress.reach(message.handset).value == "no_receipt"
        )
        if message.status != "delivered" and not without_receipt:
            if self.keeps:
                self.unheard[message.sid] = message
            return
        self._hear(message)

    def receipt_is_late(self, sid: str) -> CarrierMessage | None:
        """Note that a message is on its handset although its receipt is late or never comes, and give it."""
        message = self.unheard.get(sid)
        if message is not None:
            self._hear(message)
        return message

    def _hear(self, message: CarrierMessage) -> None:
        self.unheard.pop(message.sid, None)
        heard = Heard(
            message.sid,
            message.handset,
            message.number or "",
            message.body,
            _BY.get(str(message.origin), "platform"),
            self._world.clock.now(),
            message.status,
            message.num_segments,
        )
        if self.keeps:
            self._by_sid[message.sid] = heard
        self.listener(heard)

    def has_heard(self, sid: str) -> bool:
        """Tell whether a message reached its handset."""
        return sid in self._by_sid

    def heard_before(self, sid: str) -> bool:
        """Tell whether a message reached its handset at an earlier time, so that what comes now is its receipt."""
        heard = self._by_sid.get(sid)
        return heard is not None and heard.at < self._world.clock.now()

    def all(self) -> list[Heard]:
        """Give everything that was heard, by anybody, in order."""
        return list(self._by_sid.values())

    def open(self, handset: str | None = None) -> list[Heard]:
        """Give what no step has expected yet, of one handset or of all."""
        return [heard for heard in self._by_sid.values() if not heard.expected_at and handset in (None, heard.handset)]
