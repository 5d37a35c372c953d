"""Clock: the one source of time and of "later" in the simulator, real or frozen."""

import heapq
import itertools
import queue
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

Action = Callable[[], None]

#: Threads that a wall clock starts at most; each may be held by one webhook for as long as its timeout.
MAX_WORKERS = 512
#: Threads for what is quick, which must not wait behind those that are held.
QUICK_WORKERS = 2
#: Seconds after which a worker with nothing to do ends.
IDLE_SECONDS = 5.0


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


class _Entry:
    """Hold one put-off action in a heap, ordered by its time and then by the order of asking."""

    __slots__ = ("_state", "action", "due", "order", "quick")

    def __init__(self, due: float, order: int, action: Action, quick: bool = False) -> None:
        self.due, self.order, self.action, self.quick = due, order, action, quick
        self._state = threading.Lock()

    def claim(self) -> bool:
        """Tell the first who asks that the action is theirs, to run or to cancel."""
        return self._state.acquire(blocking=False)

    def cancel(self) -> bool:
        return self.claim()

    def __lt__(self, other: "_Entry") -> bool:
        return (self.due, self.order) < (other.due, other.order)


class _Workers:
    """Run actions on daemon threads that are started when needed and end when idle."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: queue.SimpleQueue[Action | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._idle = self._pending = 0

    def submit(self, action: Action) -> None:
        with self._lock:
            self._pending += 1
            if self._pending > self._idle and self._threads < self._limit:
                self._threads += 1
                threading.Thread(target=self._work, name="simulator-worker", daemon=True).start()
            self._queue.put(action)

    def _work(self) -> None:
        while (action := self._next()) is not None:
            _run_visibly(action)

    def _next(self) -> Action | None:
        with self._lock:
            self._idle += 1
        while True:
            try:
                action = self._queue.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                action = None
            with self._lock:
                if action is None and self._pending > 0 and self._limit > 0:
                    continue  # an action was put just now
                self._idle -= 1
                if action is None:
                    self._threads -= 1
                else:
                    self._pending -= 1
                return action

    def close(self) -> None:
        with self._lock:
            self._limit = 0
            for _ in range(self._threads):
                self._queue.put(None)


def _run_visibly(action: Action) -> None:
    """Run an action; a failure goes to the hook for failures of threads, so it is seen and the thread lives."""
    try:
        action()
    except Exception:  # noqa: BLE001 - handed on to the hook, not swallowed
        kind, value, trace = sys.exc_info()
        threading.excepthook(threading.ExceptHookArgs((kind, value, trace, threading.current_thread())))


class WallClock:
    """Go with real time: actions run on a pool of worker threads, so one that waits for I/O holds up no other.

    With a `scale` of 60 each real second is a minute of this clock. Raise `ClockError` unless it is above 0.
    """

    def __init__(self, workers: int = MAX_WORKERS, scale: float = 1.0) -> None:
        if not scale > 0:
            raise ClockError(f"A clock cannot run {scale} times as fast as time. Give a scale above 0.")
        self.scale = scale
        self._started = datetime.now(UTC), time.monotonic()
        self.grain = 0.05 * scale
        self._workers, self._quick = _Workers(workers), _Workers(QUICK_WORKERS)
        self._order = itertools.count()
        self._heap: list[_Entry] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def now(self) -> datetime:
        """Give the aware UTC time."""
        if self.scale == 1.0:
            return datetime.now(UTC)  # follows corrections of the system's time
        at, monotonic = self._started
        return at + timedelta(seconds=(time.monotonic() - monotonic) * self.scale)

    def after(self, seconds: float, action: Action, quick: bool = False) -> Timer:
        """Run an action on a worker thread, `seconds` from now; see `Clock.after`."""
        entry = _Entry(time.monotonic() + seconds / self.scale, next(self._order), action, quick)
        with self._changed:
            if self._closed:
                entry.claim()
            elif seconds <= 0:
                self._hand_over(entry)
            else:
                self._put_off(entry)
        return entry

    def sleep(self, seconds: float) -> None:
        """Wait on this thread."""
        time.sleep(seconds / self.scale)

    def _put_off(self, entry: _Entry) -> None:
        heapq.heappush(self._heap, entry)
        if self._thread is None:
            self._thread = threading.Thread(target=self._wait, name="simulator-clock", daemon=True)
            self._thread.start()
        elif self._heap[0] is entry:
            self._changed.notify()

    def _wait(self) -> None:
        with self._changed:
            while not self._closed:
                if not self._heap:
                    self._changed.wait()
                    continue
                left = self._heap[0].due - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                self._hand_over(heapq.heappop(self._heap))

    def _hand_over(self, entry: _Entry) -> None:
        (self._quick if entry.quick else self._workers).submit(lambda: self._run(entry))

    def _run(self, entry: _Entry) -> None:
        if not self._closed and entry.claim():
            entry.action()

    def close(self) -> None:
        """Drop what was put off and let the threads end."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify()
        self._workers.close()
        self._quick.close()


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
        self._heap: list[_Entry] = []
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
            entry = _Entry(due, next(self._order), action)
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

    def _due(self, limit: float) -> _Entry | None:
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
