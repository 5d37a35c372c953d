"""Changes: a number that grows with every change of either side, and a way to wait until it has grown.

Live pages hang on it. A page that was away asks with the last number it saw and misses nothing, because what it
then fetches is the state itself. Waiting holds a thread of the server, so only a few may wait at a time; the others
are told to ask again soon.
"""

import secrets
import threading
import time
from dataclasses import dataclass

from sqlalchemy import func, select

from inbound_core.storage.tables import activities
from inbound_core.workspace import Workspace
from simulator.carrier import Carrier, CarrierEvent

#: How many may wait at a time; the server has four times as many threads.
WAITERS = 8
#: How often the platform's store is asked while somebody waits: other processes write to it too.
ASKED_EVERY = 0.1
#: Those who may not wait ask again after this.
ASK_AGAIN = 0.5


@dataclass(frozen=True, slots=True)
class Revision:
    """Say where both sides stand, and after how many seconds to ask again."""

    number: str
    ask_again: float


class Changes:
    """Count the changes of a carrier and a workspace."""

    def __init__(self, workspace: Workspace, carrier: Carrier) -> None:
        self._workspace = workspace
        # A page that outlived a restart finds another start, and so a change.
        self._start = secrets.token_hex(4)
        self._count = 0
        self._waiting = 0
        self._changed = threading.Condition()
        self._closed = False
        self._asked_at, self._platform = 0.0, 0
        self._unsubscribe = carrier.subscribe(self._heard)

    def _heard(self, _event: CarrierEvent) -> None:
        self.touch()

    def touch(self) -> None:
        """Count one more change."""
        with self._changed:
            self._count += 1
            if self._waiting:
                self._changed.notify_all()

    def now(self) -> str:
        """Give the revision."""
        return f"{self._start}-{self._count}-{self._platform_number()}"

    def wait(self, after: str, timeout: float) -> Revision:
        """Give the revision as soon as it is not `after`, at the latest after `timeout` seconds.

        When too many wait already, give it at once with a time to ask again.
        """
        with self._changed:
            may_wait = self._waiting < WAITERS and not self._closed
            self._waiting += may_wait
        if not may_wait:
            return Revision(self.now(), ASK_AGAIN)
        try:
            return Revision(self._wait(after, time.monotonic() + timeout), 0.0)
        finally:
            with self._changed:
                self._waiting -= 1

    def _wait(self, after: str, deadline: float) -> str:
        while True:
            with self._changed:
                seen = self._count
            found = self.now()
            left = deadline - time.monotonic()
            if found != after or left <= 0 or self._closed:
                return found
            with self._changed:
                self._changed.wait_for(lambda seen=seen: self._count != seen or self._closed, min(left, ASKED_EVERY))  # type: ignore[misc]

    def _platform_number(self) -> int:
        """Give the number of the log's last entry, asked for at most every `ASKED_EVERY` seconds."""
        with self._changed:
            fresh = time.monotonic() - self._asked_at < ASKED_EVERY / 2
            if fresh:
                return self._platform
            self._asked_at = time.monotonic()
        with self._workspace.store.read() as connection:
            number = int(connection.scalar(select(func.max(activities.c.number))) or 0)
        with self._changed:
            self._platform = number
        return number

    def close(self) -> None:
        """Let everybody go who waits."""
        self._unsubscribe()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
