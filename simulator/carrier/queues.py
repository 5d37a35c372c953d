"""Queues: how long a sender's messages wait their turn, and when a queue is full."""

import threading

from simulator.carrier.records import CarrierMessage

#: Seconds of waiting messages above which a sender takes no more (21611).
FULL = 4 * 3600.0


class Queues:
    """Count the segments that wait for each sender. Thread-safe; without a rate nothing ever waits."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, sender: str, now: float) -> float:
        """Give the seconds that a new message of a sender would wait."""
        return max(0.0, self._free_at.get(sender, now) - now)

    def is_full(self, sender: str, now: float) -> bool:
        """Tell whether a sender takes no more."""
        return self._rate is not None and self.wait(sender, now) > FULL

    def take_turn(self, message: CarrierMessage, now: float) -> float | None:
        """Queue a message; give its wait in seconds, or None when it waits too long."""
        if self._rate is None:
            return 0.0
        sender = message.number or ""
        with self._lock:
            wait = self.wait(sender, now)
            if wait > min(message.validity_period, FULL):
                return None
            self._free_at[sender] = now + wait + max(1, message.num_segments) / self._rate
        return wait
