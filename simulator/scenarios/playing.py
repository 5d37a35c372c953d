"""Playing: carry a scenario out step by step, on a clock that stands still, up to a verdict."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from inbound_core.errors import InboundError
from simulator.carrier import CarrierError
from simulator.scenarios.acting import ACTS, ActFailed
from simulator.scenarios.errors import Place, number_of
from simulator.scenarios.expectations import MESSAGE_CHECKS, Unmet, refuse_unexpected
from simulator.scenarios.records import Scenario, Step
from simulator.scenarios.state_expectations import STATE_CHECKS
from simulator.scenarios.timeline import Entry
from simulator.scenarios.world import World, WorldConfig

CHECKS = MESSAGE_CHECKS | STATE_CHECKS

#: Real seconds that an application under test may take to do on its own what is expected.
LONGEST_REAL_WAIT = 5.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Say which step failed, where it stands, and why."""

    place: Place
    step: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.step} failed.\n{self.text}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what a story came to: `passed`, the failure if any, and everything that happened."""

    scenario: Scenario
    failure: Failure | None
    transcript: tuple[str, ...]
    trace: str
    checks: int
    messages: int
    seconds: float

    @property
    def passed(self) -> bool:
        """Tell whether every step went as expected."""
        return self.failure is None

    def failed(self) -> str:
        """Give the failure, and what the story is about: that often says why it should not happen; empty if passed."""
        if self.failure is None:
            return ""
        about = self.scenario.about.strip()
        return f"{self.failure}\nAbout this story: {about}" if about else str(self.failure)

    def report(self) -> str:
        """Give the failure with the transcript up to it, and how to play it again; or the verdict in a line."""
        if self.failure is None:
            counts = f"{number_of(self.checks, 'check')}, {number_of(self.messages, 'message')}"
            return f"{self.scenario.name}: passed, {counts}."
        lines = [self.failed(), "", "What happened up to there:", *(f"  {line}" for line in self.transcript)]
        return "\n".join([*lines, "", f"Play it again: inbound play {self.scenario.file}"])

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        failure = None
        if self.failure is not None:
            failure = {
                "file": self.failure.place.file,
                "line": self.failure.place.line,
                "step": self.failure.step,
                "text": self.failure.text,
            }
        return {
            "name": self.scenario.name,
            "file": self.scenario.file,
            "passed": self.passed,
            "rules": list(self.scenario.rules),
            "checks": self.checks,
            "messages": self.messages,
            "failure": failure,
            "transcript": list(self.transcript),
        }

    def _repr_html_(self) -> str:
        from html import escape

        mark = "passed" if self.passed else "failed"
        body = "\n".join(self.transcript) if self.passed else self.report()
        return f"<p><b>{escape(self.scenario.name)}: {mark}</b></p><pre>{escape(body)}</pre>"


class Player:
    """Play the steps of one story in a world; with `refuses` off, what the platform refuses to send fails no step."""

    def __init__(self, world: World, refuses: bool = True) -> None:
        self.refuses = refuses
        self.world = world
        self.scenario = world.scenario
        self.cause_at = world.clock.now().timestamp()
        self.checks = 0

    def play(self) -> Failure | None:
        """Play all steps; give the first failure, or None."""
        for step in self.scenario.steps:
            failure = self.step(step)
            if failure is not None:
                return failure
        if self.scenario.unexpected == "allow":
            return None
        return self._guarded(
            Step("the end", None, self.scenario.steps[-1].place), lambda _p, _s: refuse_unexpected(self)
        )

    def step(self, step: Step) -> Failure | None:
        """Play one step; give its failure, or None."""
        if step.kind in CHECKS:
            self.checks += 1
            return self._guarded(step, CHECKS[step.kind])
        return self._guarded(step, ACTS[step.kind])

    def _guarded(self, step: Step, play: Callable[["Player", Step], Any]) -> Failure | None:
        try:
            told = play(self, step)
        except Unmet as error:
            return self._failed(step, str(error))
        except (ActFailed, InboundError, CarrierError) as error:
            return self._failed(step, f"{error}")
        if step.kind in CHECKS:
            self.world.timeline.tell("check", f"ok  {told}", {"place": _place(step.place)})
        return None

    def _failed(self, step: Step, text: str) -> Failure:
        first = text.splitlines()[0] if text else "failed"
        self.world.timeline.tell("check", f"FAILED  {first}", {"place": _place(step.place)})
        return Failure(step.place, str(step), text)

    def caused(self) -> None:
        """Note that what comes now is caused by this step: `within` counts from here."""
        self.cause_at = self.world.clock.now().timestamp()

    def wait_until(self, done: Callable[[], bool], deadline: float | None, hurry: bool = False) -> None:
        """Move the clock on up to a deadline (none: not at all) until something is so.

        An application under test, which knows nothing of our clock, gets some real seconds besides.
        """
        real_deadline = time.monotonic() + (0.3 if hurry else LONGEST_REAL_WAIT)
        clock = self.world.clock
        while not done():
            due = clock.next_due()
            if deadline is not None and due is not None and due.timestamp() <= deadline:
                self.world.advance_to(due)
            elif self.world.application_url is not None and time.monotonic() < real_deadline:
                time.sleep(0.01)
                self.world.settle()
            else:
                break
        if deadline is not None and hurry:
            self.world.advance_to(datetime.fromtimestamp(deadline, clock.now().tzinfo))


def _place(place: Place) -> str:
    """Name a place without its folder, so that the trace is the same wherever the file lies."""
    return f"{place.file.replace(chr(92), '/').rpartition('/')[2]}:{place.line}"


def play(
    scenario: Scenario, config: WorldConfig | None = None, listener: Callable[[Entry], None] | None = None
) -> Verdict:
    """Play one story in a world of its own and give the verdict; `listener` gets each entry as it happens."""
    if config is None or config.application_url is None:
        config = _with_application(scenario, config or WorldConfig())
    started = time.perf_counter()
    with World(scenario, config, listener) as world:
        player = Player(world)
        failure = player.play()
        return Verdict(
            scenario,
            failure,
            tuple(world.timeline.transcript()),
            world.timeline.trace(),
            player.checks,
            len(world.ears.all()) + world.messages_said,
            time.perf_counter() - started,
        )


def _with_application(scenario: Scenario, config: WorldConfig) -> WorldConfig:
    """Play over real HTTP where the scenario names an application, which has to reach us too."""
    if scenario.application is None:
        return config
    application = scenario.application
    return replace(
        config, over_http=True, application_url=application.url, application_fallback_url=application.fallback_url
    )


__all__ = ["Failure", "Player", "Verdict", "WorldConfig", "play"]
