"""Follow-up runner: let campaigns send what is due, at once after a reply and whenever a delay is over."""

import threading
from collections.abc import Callable
from datetime import datetime

from inbound_core.workspace import Workspace
from simulator.carrier import Carrier, CarrierEvent
from simulator.clock import Clock, Timer
from simulator.wall_clock import WallClock

#: How often a running simulator looks for what other processes have put in, in seconds.
BEAT = 1.0


class FollowUpRunner:
    """Run the campaigns of a workspace on the clock that drives its carrier."""

    def __init__(self, workspace: Workspace, carrier: Carrier, clock: Clock) -> None:
        self._workspace, self._clock = workspace, clock
        # The same thread may come back: while a message goes out an API that hangs lets time pass, and more fall due.
        self._turn = threading.RLock()
        self._planned: tuple[datetime, Timer] | None = None
        self._closed = False
        self._unsubscribe: Callable[[], None] = carrier.subscribe(self._heard)
        # On a clock that stands still a beat would never end; there every change asks for a look.
        self._beats = isinstance(clock, WallClock)
        if self._beats:
            clock.after(BEAT, self._beat)

    def _heard(self, event: CarrierEvent) -> None:
        """Look for what is due after each webhook, which is when a campaign starts."""
        if event.kind == "attempt" and event.subject.kind == "inbound":
            self._clock.after(0, self.run)

    def _beat(self) -> None:
        try:
            self.run()
        finally:
            # A look that failed, such as at a locked store, is no reason to look no more.
            if not self._closed:
                self._clock.after(BEAT, self._beat)

    def run(self) -> None:
        """Send what is due now, and plan the next look."""
        with self._turn:
            if self._closed:  # perhaps while this look waited for its turn
                return
            if self._workspace.campaigns.all():
                self._workspace.campaigns.run_due()
            elif not self._beats:
                self._workspace.segments.expire()
            self._plan(self._next())

    def _next(self) -> datetime | None:
        """Give the time of the next look for campaigns, without beats also of the next end of any window."""
        look = self._workspace.campaigns.next_look()
        end = None if self._beats else self._workspace.segments.next_end()
        return min((at for at in (look, end) if at is not None), default=None)

    def _plan(self, due: datetime | None) -> None:
        """Look again when there is something to do; a look that is planned for then already is enough."""
        if due is None or (self._planned is not None and self._planned[0] == due):
            return
        if self._planned is not None:
            self._planned[1].cancel()
        seconds = max(0.0, (due - self._clock.now()).total_seconds())
        self._planned = (due, self._clock.after(seconds, self._look))

    def _look(self) -> None:
        with self._turn:
            self._planned = None
        self.run()

    def close(self) -> None:
        """Look no more, and let a look under way end."""
        self._unsubscribe()
        self._closed = True
        with self._turn:
            if self._planned is not None:
                self._planned[1].cancel()
