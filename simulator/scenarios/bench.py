"""Bench: a simulator to hold in a test or a notebook, with handsets that say and expect."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from inbound_core.errors import InboundError
from inbound_core.profiles import Profile
from simulator.clock import VirtualClock
from simulator.fault_plans import FaultPlan
from simulator.scenarios.errors import Place
from simulator.scenarios.expectations import Unmet, check_messages, refuse_unexpected
from simulator.scenarios.loading import USUAL_SENDERS
from simulator.scenarios.playing import Player
from simulator.scenarios.records import USUAL_START, PersonPlan, Scenario, SenderPlan, Step
from simulator.scenarios.world import World, WorldConfig


class WaitedInVain(InboundError, TimeoutError):
    """Report that something did not come about in time."""


class Bench:
    """Hold a whole simulator on a clock that stands still, with nobody in it yet.

    Give `application_url` to send the webhooks to an application under test. `url`, `account_sid` and
    `auth_token` are what that application needs in order to send; they follow from the seed.

    >>> with Bench() as bench:
    ...     _ = bench.identify("ana", "+12025550101")
    ...     bench.handset("+12025550101").says("STOP")
    ...     bench.handset("+12025550101").expects("/unsubscribed/")
    """

    def __init__(
        self,
        seed: str = "bench",
        senders: tuple[SenderPlan, ...] = USUAL_SENDERS,
        application_url: str | None = None,
        over_http: bool = True,
        start: datetime = USUAL_START,
    ) -> None:
        scenario = Scenario("bench", "bench", seed, start, senders, (), ())
        self.world = World(scenario, WorldConfig(over_http=over_http, application_url=application_url))
        self.player = Player(self.world)
        self.clock: VirtualClock = self.world.clock
        self.workspace = self.world.workspace
        self.carrier = self.world.carrier
        self.url = self.world.url
        self.account_sid = self.world.account.account_sid
        self.auth_token = self.world.account.auth_token

    def identify(self, profile_id: str, phone: str, **attributes: Any) -> Profile:
        """Put a profile into the platform."""
        return self.workspace.identify(profile_id, {"phone": phone, **attributes})

    def handset(self, number: str, name: str | None = None) -> "Handset":
        """Give the handset of a number, called by a name in transcripts."""
        known = next((person for person in self.world.scenario.people if person.number == number), None)
        if known is None:
            known = PersonPlan(name or number, number, has_profile=False)
            self.world.meet(known)
        return Handset(self, known.name, number)

    def send(self, to: str, body: str, sender: str = "news") -> None:
        """Let the platform send to a profile or number, from the sender of a name."""
        self.player.caused()
        self.workspace.send(to, body, self.world.sender_keys[sender])
        self.world.settle()

    def send_webhooks_to(self, url: str, fallback_url: str | None = None) -> None:
        """Send the webhooks to an application from now on."""
        self.world.lead_to(url, fallback_url)

    def fault(self, hop: str, kind: str, **more: Any) -> None:
        """Arm a fault; see `FaultPlan`."""
        self.world.faults.arm(FaultPlan(hop, kind, **more))

    def advance(self, seconds: float) -> None:
        """Move the clock on, and let happen what falls due."""
        self.world.advance_to(self.clock.now() + timedelta(seconds=seconds))
        self.player.caused()

    def wait_for(self, done: Callable[[], Any], seconds: float = 5.0, what: str = "it") -> Any:
        """Wait really, for an application in another process, until something is true, and give it.

        The simulator's clock moves as far as what is under way takes. Raise `WaitedInVain`.
        """
        deadline = time.monotonic() + seconds
        while True:
            self.world.settle()
            found = done()
            if found:
                return found
            if time.monotonic() >= deadline:
                told = "\n".join(self.transcript())
                raise WaitedInVain(f"{what} did not come about within {seconds:g} s. What happened:\n{told}")
            time.sleep(0.01)

    def transcript(self) -> list[str]:
        """Give what has happened, line by line."""
        return self.world.timeline.transcript()

    def refuse_unexpected(self) -> None:
        """Raise `Unmet` when a handset got a message that nothing has expected."""
        self.world.settle()
        refuse_unexpected(self.player)

    def allow_unexpected(self) -> None:
        """Take every message that has come so far as expected."""
        self.world.settle()
        for heard in self.world.ears.open():
            heard.expected_at = "allowed"

    def save(self, path: str | Path, name: str | None = None) -> Path:
        """Save what happened so far as a scenario file, its expectations filled in; see `recorded`."""
        from simulator.scenarios.recording import record_world

        target = Path(path)
        target.write_text(record_world(self.world, name or target.name.split(".")[0]), encoding="utf-8")
        return target

    def close(self) -> None:
        """End the simulator."""
        self.world.close()

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Handset:
    """Be one person's phone."""

    def __init__(self, bench: Bench, name: str, number: str) -> None:
        self._bench = bench
        self.name, self.number = name, number

    def says(self, body: str, to: str = "news") -> "Handset":
        """Text a sender of the platform, by its name, and wait until it is answered."""
        world = self._bench.world
        self._bench.player.caused()
        message = world.carrier.text(self.number, world.scenario.sender(to).numbers[0], body)
        world.on_said(self.name, message.sid)
        world.settle()
        return self

    def expects(self, match: str | None = None, **more: Any) -> "Handset":
        """Expect a message: its whole text, or `/a regular expression/`; `more` as in a scenario's `expect`.

        Messages are used up in order. Raise `Unmet` with the near misses.
        """
        value = {"to": self.name, **more, **({} if match is None else {"match": match})}
        check_messages(self._bench.player, Step("expect", value, Place("this test", 0)))
        return self

    def expects_nothing(self) -> "Handset":
        """Expect that nothing has come beyond what was expected. Raise `Unmet`."""
        self._bench.world.settle()
        refuse_unexpected(self._bench.player, self.number)
        return self

    def messages(self) -> list[str]:
        """Give the texts that have come, oldest first."""
        return [heard.body for heard in self._bench.world.ears.all() if heard.handset == self.number]


__all__ = ["Bench", "Handset", "Unmet", "WaitedInVain"]
