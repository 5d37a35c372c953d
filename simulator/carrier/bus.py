"""Bus: tell listeners what changed, know what is still under way, and keep jobs of one message in order."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from simulator.carrier.records import CarrierEvent
from simulator.clock import Clock

Listener = Callable[[CarrierEvent], None]
Job = Callable[[], None]
#: Requests to one host that may be under way at once; common servers take no more connections either.
PER_HOST = 100


class Bus:
    """Pass every change on to those who asked. Listeners run on the thread of the change and must be quick."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a listener for every change from now on; the answer ends that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not listener)

        return unsubscribe

    def tell(self, kind: str, subject: Any) -> None:
        """Tell every listener of one change."""
        if self._listeners:
            event = CarrierEvent(kind, self._clock.now(), subject)
            for listener in self._listeners:
                listener(event)


class Pending:
    """Count what is under way, so that a test can wait until nothing is."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def begin(self, count: int = 1) -> None:
        """Count more work."""
        with self._changed:
            self._count += count

    def end(self, count: int = 1) -> None:
        """Count work as done."""
        with self._changed:
            self._count -= count
            if self._count == 0:
                self._changed.notify_all()

    @property
    def idle(self) -> bool:
        """Tell whether nothing is under way."""
        return self._count == 0

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is under way; tell whether that came within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, timeout)


class Lanes:
    """Run jobs on the clock's threads: those of one lane one after another, different lanes side by side.

    At most `PER_HOST` of those for one host run at once, so that one that hangs leaves threads for the others.
    """

    def __init__(self, clock: Clock, pending: Pending, running: Pending) -> None:
        self._clock, self._pending, self._running = clock, pending, running
        self._lanes: dict[str, deque[tuple[str, Job]]] = {}
        self._busy: Counter[str] = Counter()
        self._held: dict[str, deque[tuple[str, Job]]] = {}
        self._lock = threading.Lock()

    def submit(self, lane: str, host: str, job: Job) -> None:
        """Run a job as soon as the earlier ones of its lane are done and its host has room."""
        self._pending.begin()
        with self._lock:
            waiting = self._lanes.get(lane)
            if waiting is not None:
                waiting.append((host, job))
                return
            self._lanes[lane] = deque()
        self._start(lane, host, job)

    def _start(self, lane: str, host: str, job: Job) -> None:
        self._clock.after(0, lambda: self._run(lane, host, job))

    def _run(self, lane: str, host: str, job: Job) -> None:
        with self._lock:
            if self._busy[host] >= PER_HOST:
                self._held.setdefault(host, deque()).append((lane, job))
                return
            self._busy[host] += 1
        self._running.begin()
        try:
            job()
        finally:
            following, held = self._done(lane, host)
            if following is not None:
                self._start(lane, *following)
            if held is not None:
                self._start(held[0], host, held[1])
            self._pending.end()
            self._running.end()

    def _done(self, lane: str, host: str) -> tuple[tuple[str, Job] | None, tuple[str, Job] | None]:
        """Give what is next in the lane, and which lane has its turn at the host, each None where nothing waits."""
        with self._lock:
            waiting = self._lanes[lane]
            following = waiting.popleft() if waiting else None
            if following is None:
                del self._lanes[lane]
            self._busy[host] -= 1
            if not self._busy[host]:
                del self._busy[host]
            queue = self._held.get(host)
            held = queue.popleft() if queue else None
            if not queue:
                self._held.pop(host, None)
        return following, held
