"""Wall clock: real time, and worker threads on which what is due runs."""

import heapq
import itertools
import queue
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from simulator.clock import Action, ClockError, Entry, Timer

#: Threads that a wall clock starts at most; each may be held by one webhook for as long as its timeout.
MAX_WORKERS = 512
#: Threads for what is quick, which must not wait behind those that are held.
QUICK_WORKERS = 2
#: Seconds after which a worker with nothing to do ends.
IDLE_SECONDS = 5.0


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
        self._heap: list[Entry] = []
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
        entry = Entry(time.monotonic() + seconds / self.scale, next(self._order), action, quick)
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

    def _put_off(self, entry: Entry) -> None:
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

    def _hand_over(self, entry: Entry) -> None:
        (self._quick if entry.quick else self._workers).submit(lambda: self._run(entry))

    def _run(self, entry: Entry) -> None:
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
