"""Clock: the one source of time and of "later" in the simulator, and the one that stands still."""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

Action = Callable[[], None]


class ClockError(ValueError):
    """Report a time that cannot be reached, or actions that never come to rest."""


class Timer(Protocol):
    """Stand for one action that was put off."""

    def cancel(self) -> bool:
        """Take the action back; tell whether it had not begun."""


class Clock(Protocol):
    """Tell the time and run actions later; every timer of the simulator hangs on one clock.

    `grain` is how many seconds apart actions that come in floods may be gathered, so that they share their work.
    """

    grain: float

    def now(self) -> datetime:
        """Give the aware UTC time."""

    def after(self, seconds: float, action: Action, quick: bool = False) -> Timer:
        """Run an action once, `seconds` from now (0: as soon as possible), on another thread or when moved.

        A `quick` action waits for nobody outside, and so never waits behind one that does.
        """

    def sleep(self, seconds: float) -> None:
        """Let time pass here and now; a virtual clock runs what falls due meanwhile."""

    def close(self) -> None:
        """Drop what was put off and end the clock's threads; nothing runs afterwards."""


class Entry:
    """Hold one put-off action in a heap, ordered by its time and then by the order of asking."""

    __slots__ = ("_state", "action", "due", "order", "quick")

    def __init__(self, due: float, order: int, action: Action, quick: bool = False) -> None:
        self.due, self.order, self.action, self.quick = due, order, action, quick
        self._state = threading.Lock()

    def claim(self) -> bool:
        """Tell the first who asks that the action is theirs, to run or to cancel."""
        return self._state.acquire(blocking=False)

    def cancel(self) -> bool:
        """Take the action back; tell whether it had not begun."""
        return self.claim()

    def __lt__(self, other: "Entry") -> bool:
        return (self.due, self.order) < (other.due, other.order)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(at: datetime) -> float:
    """Give whole microseconds since 1970, which a float holds exactly: a due time is always one that can be reached."""
    return float((at - _EPOCH) // timedelta(microseconds=1))


def _moment(micros: float) -> datetime:
    return _EPOCH + timedelta(microseconds=int(micros))


class VirtualClock:
    """Stand still until moved; due actions run by (time, order of asking) on the thread that moves it.

    >>> clock = VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    >>> _ = clock.after(60, lambda: print("a minute later"))
    >>> clock.advance(59)
    >>> clock.advance(1)
    a minute later
    """

    grain = 0.0

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ClockError(f"{start} has no time zone. Give an aware time, such as datetime(..., tzinfo=UTC).")
        self._now = start.astimezone(UTC)
        self._heap: list[Entry] = []
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._moving = threading.RLock()
        self._closed = False

    def now(self) -> datetime:
        """Give the aware UTC time at which the clock stands."""
        return self._now

    def after(self, seconds: float, action: Action, quick: bool = False) -> Timer:
        """Run an action when the clock is moved to `seconds` from now; see `Clock.after`."""
        with self._lock:
            due = _micros(self._now + timedelta(seconds=max(0.0, seconds)))
            entry = Entry(due, next(self._order), action)
            if self._closed:
                entry.claim()
            else:
                heapq.heappush(self._heap, entry)
        return entry

    def advance(self, seconds: float) -> None:
        """Move forward and run what falls due on the way; raise `ClockError` for going back."""
        self.set(self._now + timedelta(seconds=seconds))

    def sleep(self, seconds: float) -> None:
        """Move forward as `advance` does, also from within an action; other actions run meanwhile.

        A thread that moves the clock may be waiting for this one, as for an API that hangs: then time only passes,
        and that thread runs what fell due.
        """
        if self._moving.acquire(blocking=False):
            try:
                self.advance(seconds)
            finally:
                self._moving.release()
            return
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def set(self, at: datetime) -> None:
        """Move to a time and run what falls due on the way; raise `ClockError` when it is past or naive."""
        if at.tzinfo is None or at < self._now:
            raise ClockError(f"The clock stands at {self._now} and cannot go to {at}: time only moves forward.")
        with self._moving:
            while (entry := self._due(max(_micros(at), _micros(self._now)))) is not None:
                entry.action()
            with self._lock:
                self._now = max(self._now, at.astimezone(UTC))

    def run_until_idle(self, limit: int = 100_000) -> int:
        """Move from action to action until none is left; give how many ran.

        Raise `ClockError` after `limit` actions: then something keeps asking for more.
        """
        with self._moving:
            for done in range(limit):
                entry = self._due(float("inf"))
                if entry is None:
                    return done
                entry.action()
        raise ClockError(f"{limit} actions ran and more wait: something asks for another each time it runs.")

    def next_due(self) -> datetime | None:
        """Give the time of the next action, or None when nothing waits."""
        with self._lock:
            return _moment(self._heap[0].due) if self._heap else None

    def _due(self, limit: float) -> Entry | None:
        with self._lock:
            while self._heap and self._heap[0].due <= limit:
                entry = heapq.heappop(self._heap)
                if entry.claim():
                    self._now = max(self._now, _moment(entry.due))
                    return entry
        return None

    def close(self) -> None:
        """Drop what was put off."""
        with self._lock:
            self._closed = True
            self._heap.clear()
