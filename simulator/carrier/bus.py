"""Bus: tell listeners what changed, know what is still under way, and keep jobs of one message in order."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from simulator.carrier.records import CarrierEvent
from simulator.clock import Clock

Listener = Callable[[CarrierEvent], None]


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
    """Run jobs on the clock's threads: those of one lane one after another, different lanes side by side."""

    def __init__(self, clock: Clock, pending: Pending, running: Pending) -> None:
        self._clock, self._pending, self._running = clock, pending, running
        self._lanes: dict[str, deque[Callable[[], None]]] = {}
        self._lock = threading.Lock()

    def submit(self, lane: str, job: Callable[[], None]) -> None:
        """Run a job as soon as the earlier ones of its lane are done."""
        self._pending.begin()
        with self._lock:
            waiting = self._lanes.get(lane)
            if waiting is not None:
                waiting.append(job)
                return
            self._lanes[lane] = deque()
        self._clock.after(0, lambda: self._run(lane, job))

    def _run(self, lane: str, job: Callable[[], None]) -> None:
        self._running.begin()
        try:
            job()
        finally:
            with self._lock:
                waiting = self._lanes[lane]
                following = waiting.popleft() if waiting else None
                if following is None:
                    del self._lanes[lane]
            if following is not None:
                self._clock.after(0, lambda: self._run(lane, following))
            self._pending.end()
            self._running.end()
