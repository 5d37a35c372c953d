"""Never: expectations that cannot come true because nothing in the scenario could bring them about."""

from collections.abc import Callable, Iterator
from typing import Any

from simulator.scenarios.errors import Fault
from simulator.scenarios.records import Scenario, Step


def never_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield the expectations of replies, events, faults and members that the steps before them cannot bring about."""
    # Somebody with a persona may write at any time.
    spoke = {person.number for person in scenario.people if person.persona is not None}
    profiles = {person.name for person in scenario.people if person.has_profile}
    armed: set[tuple[str, str]] = set()
    for step in scenario.steps:
        if step.kind == "says":
            spoke |= {person.number for person in scenario.people if person.name == step.actor}
        elif step.kind == "identify":
            profiles.add(step.value["person"])
        elif step.kind == "fault":
            armed.add((step.value["hop"], step.value["kind"]))
        elif step.kind in _NEVER:
            for text in _NEVER[step.kind](scenario, step, spoke, profiles, armed):
                yield Fault(step.place, f"This can never match: {text}")


def _reply(
    scenario: Scenario, step: Step, spoke: set[str], profiles: set[str], _armed: set[tuple[str, str]]
) -> Iterator[str]:
    yield from _silent(scenario, step, spoke)
    for key in ("attributed_to", "affected"):
        yield from _strangers(scenario, step.value.get(key), profiles)


def _of_a_text(
    scenario: Scenario, step: Step, spoke: set[str], _profiles: set[str], _armed: set[tuple[str, str]]
) -> Iterator[str]:
    if step.value.get("count", 1) > 0:
        yield from _silent(scenario, step, spoke)


def _segment(
    scenario: Scenario, step: Step, _spoke: set[str], profiles: set[str], _armed: set[tuple[str, str]]
) -> Iterator[str]:
    for key in ("members", "includes"):
        yield from _strangers(scenario, step.value.get(key), profiles)


def _fault(
    _scenario: Scenario, step: Step, _spoke: set[str], _profiles: set[str], armed: set[tuple[str, str]]
) -> Iterator[str]:
    value = step.value
    fitting = [a for a in armed if value.get("hop") in (None, a[0]) and value.get("kind") in (None, a[1])]
    if not fitting and value.get("count", 1) > 0:
        yield "no step before it arms such a fault."


def _silent(scenario: Scenario, step: Step, spoke: set[str]) -> Iterator[str]:
    name = step.value["of"]
    numbers = {person.number for person in scenario.people if person.name == name}
    if numbers and not numbers & spoke:
        yield f"{name} has said nothing before it."


def _strangers(scenario: Scenario, names: Any, profiles: set[str]) -> Iterator[str]:
    people = {person.name for person in scenario.people}
    for name in [names] if isinstance(names, str) else names or ():
        if name in people and name not in profiles:
            yield f"{name} has no profile (profile: false), and no step before it makes one."


_NEVER: dict[str, Callable[[Scenario, Step, set[str], set[str], set[tuple[str, str]]], Iterator[str]]] = {
    "expect_reply": _reply,
    "expect_anonymous": _of_a_text,
    "expect_webhook": _of_a_text,
    "expect_segment": _segment,
    "expect_fault": _fault,
}
