"""Progress: move messages through their statuses on the clock, many of them in one transaction."""

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from simulator.carrier import message_store
from simulator.carrier.account import Account
from simulator.carrier.directory import scope_of
from simulator.carrier.queues import Queues
from simulator.carrier.records import CarrierMessage, moved
from simulator.carrier.senders import Senders
from simulator.carrier.status_callbacks import StatusCallbacks
from simulator.carrier.statuses import REPORTED, Reach, Step, next_step
from simulator.clock import Timer

#: Clocks and heaps count in floating seconds; what is due within this is due now.
_TOLERANCE = 0.001
#: A wait longer than this (a phone that is off, a scheduled message) does not keep `wait_idle` waiting.
_LONG = 5.0


class Progress:
    """Hold the messages that are on their way, and take each step when it is due."""

    def __init__(self, account: Account, senders: Senders, callbacks: StatusCallbacks) -> None:
        self._account, self._senders, self._callbacks = account, senders, callbacks
        self._order = itertools.count()
        self._heap: list[tuple[float, int, CarrierMessage, Step, bool]] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._timer: tuple[float, Timer] | None = None
        self._last_run = 0.0
        self.queues = Queues(account.config.sending_rate)
        self._reach: dict[str, Reach] = {}

    def set_reach(self, handset: str, reach: Reach) -> None:
        """Say how a handset can be reached from now on; a phone switched on gets what waited for it."""
        self._reach[handset] = reach
        if reach is not Reach.ON:
            return
        with self._lock:
            waiting = [entry for entry in self._heap if entry[2].handset == handset and entry[2].status == "sent"]
            self._heap = [entry for entry in self._heap if entry not in waiting]
            heapq.heapify(self._heap)
        for entry in waiting:
            self.start(entry[2])
        # Only now, so that who waits for rest does not take the moment between for it.
        self._account.pending.end(sum(entry[4] for entry in waiting))

    def reach(self, handset: str) -> Reach:
        """Tell how a handset can be reached."""
        return self._reach.get(handset, Reach.ON)

    def _reach_for(self, message: CarrierMessage) -> Reach:
        """Give the reach of a message's handset, which the toll-free network may block for this sender."""
        account = self._account
        if account.blocked_by_network(message.number or ""):
            number = account.directory.find_number(message.number or "")
            if number is not None and (message.handset, scope_of(number)) in account.opt_outs:
                return Reach.BLOCKED
        return self.reach(message.handset)

    def start(self, message: CarrierMessage) -> None:
        """Put a message on its way from the status it has."""
        step = next_step(message.status, self._reach_for(message), self._account.config)
        if step is not None and message.status == "queued":
            step = self._in_turn(message, step)
        if step is not None:
            step = self._account.interference.step(message, step)
        if step is not None:
            self.plan(message, step)

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Take no step while a block changes what the store holds, and go on from what it then holds.

        A block that fails has changed nothing: then what was under way stays so.
        """
        with self._turn:
            yield
            self._drop_all()
            self.take_up()

    def _drop_all(self) -> None:
        with self._lock:
            dropped, self._heap = self._heap, []
            if self._timer is not None:
                self._timer[1].cancel()
                self._timer = None
        self.queues = Queues(self._account.config.sending_rate)
        self._account.pending.end(sum(entry[4] for entry in dropped))

    def take_up(self) -> None:
        """Put on their way the messages that the store holds unfinished."""
        with self._account.store.read() as connection:
            unfinished = message_store.unfinished(connection)
        for message in unfinished:
            self.resume(message)

    def resume(self, message: CarrierMessage) -> None:
        """Put a message on its way again after the store was closed."""
        if message.status == "scheduled" and message.send_at is not None:
            self.plan(message, Step("accepted", (message.send_at - self._account.clock.now()).total_seconds()))
        else:
            self.start(message)

    def _in_turn(self, message: CarrierMessage, step: Step) -> Step:
        wait = self.queues.take_turn(message, self._account.clock.now().timestamp())
        if wait is None:
            return self._too_late(message)
        return step if wait == 0 else replace(step, after=step.after + wait)

    def _too_late(self, message: CarrierMessage) -> Step:
        """Give the end of a message whose turn would not come: the queue is full, or its validity runs out in it."""
        if self.queues.is_full(message.number or "", self._account.clock.now().timestamp()):
            return Step("failed", 0, 30001)
        return Step("failed", message.validity_period, 30036)

    def cancel(self, sid: str) -> CarrierMessage | None:
        """Take a scheduled message off its way; None when it is scheduled no more."""
        with self._turn:
            with self._lock:
                found = [entry for entry in self._heap if entry[2].sid == sid and entry[2].status == "scheduled"]
                self._heap = [entry for entry in self._heap if entry not in found]
                heapq.heapify(self._heap)
            if not found:
                return None
            self._account.pending.end(sum(entry[4] for entry in found))
            message = found[0][2]
            canceled = replace(message, status="canceled", updated_at=self._account.clock.now())
            self._account.move([(message, canceled)])
        self._callbacks.tell(canceled)
        return canceled

    def plan(self, message: CarrierMessage, step: Step) -> None:
        """Take a step after its time."""
        due = self._account.clock.now().timestamp() + step.after
        counted = step.after <= _LONG
        if counted:
            self._account.pending.begin()
        with self._lock:
            heapq.heappush(self._heap, (due, next(self._order), message, step, counted))
            self._arm()

    def _arm(self) -> None:
        """Keep one timer on the clock, for the step that is due first. Needs the lock."""
        if not self._heap:
            return
        due = self._heap[0][0]
        if self._timer is not None:
            if self._timer[0] <= due:
                return
            self._timer[1].cancel()
        # In a flood of messages a run every few milliseconds would take the processor from those who send.
        now = self._account.clock.now().timestamp()
        grain = self._account.clock.grain
        delay = max(0.0, due - now, min(grain, self._last_run + grain - now))
        self._timer = (due, self._account.clock.after(delay, self._run, quick=True))

    def _run(self) -> None:
        self._account.running.begin()
        try:
            with self._turn:
                self._take_due()
        finally:
            self._account.running.end()

    def _take_due(self) -> None:
        now = self._account.clock.now().timestamp() + _TOLERANCE
        self._last_run = now
        due = []
        with self._lock:
            self._timer = None
            while self._heap and self._heap[0][0] <= now:
                due.append(heapq.heappop(self._heap))
        try:
            self._take([(message, step) for _, _, message, step, _ in due])
        finally:
            self._account.pending.end(sum(counted for *_, counted in due))
            with self._lock:
                self._arm()

    def _take(self, due: list[tuple[CarrierMessage, Step]]) -> None:
        at = self._account.clock.now()
        steps = [(message, self._after(message, step, at)) for message, step in due]
        self._account.move(steps)
        for _, after in steps:
            if after.status in REPORTED:
                self._callbacks.tell(after)
            self.start(after)

    def _after(self, message: CarrierMessage, step: Step, at: datetime) -> CarrierMessage:
        if message.status == "accepted":
            return replace(self._senders.picked(message), updated_at=at)
        sent_at = at if step.status == "sent" else message.sent_at
        return moved(message, step.status, step.error_code, at, sent_at)
