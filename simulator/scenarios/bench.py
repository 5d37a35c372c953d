"""Bench: a simulator to hold in a test or a notebook, with handsets that say and expect."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from inbound_core.errors import InboundError
from inbound_core.profiles import Profile
from simulator.clock import VirtualClock
from simulator.scenarios.expectations import Unmet, check_messages, refuse_unexpected
from simulator.scenarios.given import GivenError, given_expectation, given_fault
from simulator.scenarios.loading import USUAL_SENDERS
from simulator.scenarios.playing import Player
from simulator.scenarios.records import USUAL_START, PersonPlan, Scenario, SenderPlan
from simulator.scenarios.world import World, WorldConfig
from simulator.whole_files import write_whole

#: What to do in a test about a message that nothing expects.
REMEDY = "Expect it with `.expects(...)` on its handset, or take what has come with `simulator.allow_unexpected()`."


class WaitedInVain(InboundError, TimeoutError):
    """Report that something did not come about in time."""


class Bench:
    """Hold a whole simulator on a clock that stands still, with nobody in it yet.

    Give `application_url` to send the webhooks to an application under test. `url`, `account_sid` and
    `auth_token` are what that application needs in order to send; they follow from the seed.

    >>> with Bench() as bench:
    ...     _ = bench.identify("ana", "+12025550101")
    ...     _ = bench.handset("+12025550101").says("STOP").expects("/unsubscribed/")
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
        """Put a profile into the platform; its number goes by its id, unless a handset has a name."""
        profile = self.workspace.identify(profile_id, {"phone": phone, **attributes})
        number = profile.phone_e164
        if number is not None:
            with_profile = [person for person in self._people_on(number) if person.has_profile]
            name = self._free_name(profile_id, number)
            named = any(not person.has_profile and person.name != number for person in self._people_on(number))
            if not named and name not in [person.name for person in with_profile]:
                self.world.meet(number, *with_profile, PersonPlan(name, number, phone))
        return profile

    def handset(self, number: str, name: str | None = None) -> "Handset":
        """Give the handset of a number, called in transcripts by its first name, or else by the profile on it."""
        people = self._people_on(number)
        unnamed = all(person.has_profile or person.name == number for person in people)
        if not people or (name is not None and unnamed):
            called = number if name is None else self._free_name(name, number)
            self.world.meet(number, PersonPlan(called, number, has_profile=False))
        return Handset(self, number)

    def _people_on(self, number: str) -> list[PersonPlan]:
        return [person for person in self.world.scenario.people if person.number == number]

    def _free_name(self, name: str, number: str) -> str:
        """Give a name as it is, or with the number when somebody with another one has it."""
        taken = any(person.name == name and person.number != number for person in self.world.scenario.people)
        return f"{name} ({number})" if taken else name

    def send(self, to: str, body: str, sender: str = "news") -> None:
        """Let the platform send to a profile or number, from the sender of a name."""
        key = self.world.sender_keys[self.world.scenario.sender(sender).name]
        self.player.caused()
        self.workspace.send(to, body, key)
        self.world.settle()

    def send_webhooks_to(self, url: str, fallback_url: str | None = None) -> None:
        """Send the webhooks to an application from now on."""
        self.world.lead_to(url, fallback_url)

    def fault(self, hop: str, kind: str, **more: Any) -> None:
        """Arm a fault; `more` as in a scenario's `fault`, or see `FaultPlan`. Raise `GivenError`."""
        given = {"hop": hop, "kind": kind, **more}
        self.world.faults.arm(given_fault(self.world.scenario, self.clock.now(), given))

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
        refuse_unexpected(self.player, remedy=REMEDY)

    def allow_unexpected(self) -> None:
        """Take every message that has come so far as expected."""
        self.world.settle()
        for heard in self.world.ears.open():
            heard.expected_at = "allowed"

    def save(self, path: str | Path, name: str | None = None) -> Path:
        """Save what happened so far as a scenario file, its expectations filled in; see `recorded`."""
        from simulator.scenarios.recording import record_world

        target = Path(path)
        write_whole(target, record_world(self.world, name or target.name.split(".")[0]))
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

    def __init__(self, bench: Bench, number: str) -> None:
        self._bench, self.number = bench, number

    @property
    def name(self) -> str:
        """Name whose it is: as it was called, or the profile on its number, or the number."""
        return next(person.name for person in self._bench.world.scenario.people if person.number == self.number)

    def says(self, body: str, to: str = "news") -> "Handset":
        """Text a sender of the platform, by its name, and wait until it is answered."""
        world = self._bench.world
        number = world.scenario.sender(to).numbers[0]
        self._bench.player.caused()
        message = world.carrier.text(self.number, number, body)
        world.on_said(self.name, message.sid)
        world.settle()
        return self

    def expects(self, match: str | None = None, **more: Any) -> "Handset":
        """Expect a message: its whole text, or `/a regular expression/`.

        `more` is as in a scenario's `expect`: `sender` (there `from`), `by`, `count`, `within`, `status`, `segments`.
        Messages are used up in order. Raise `Unmet` with the near misses, and `GivenError` for what can never be met.
        """
        given = more if match is None else {**more, "match": match}
        check_messages(self._bench.player, given_expectation(self._bench.world.scenario, self.name, given))
        return self

    def expects_nothing(self) -> "Handset":
        """Expect that nothing has come beyond what was expected. Raise `Unmet`."""
        self._bench.world.settle()
        refuse_unexpected(self._bench.player, self.number, REMEDY)
        return self

    def messages(self) -> list[str]:
        """Give the texts that have come, oldest first."""
        return [heard.body for heard in self._bench.world.ears.all() if heard.handset == self.number]


__all__ = ["Bench", "GivenError", "Handset", "Unmet", "WaitedInVain"]
