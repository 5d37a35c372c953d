"""Given: what a Python test says in the place of a step, held to the checks of scenario files, in Python's words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inbound_core.errors import InboundError
from simulator.durations import LONGEST, seconds_of, words_of
from simulator.fault_plans import FaultPlan
from simulator.scenarios.documents import Document
from simulator.scenarios.errors import Place
from simulator.scenarios.meaning import meaning_faults
from simulator.scenarios.records import Scenario, Step
from simulator.scenarios.shape import shape_faults

_TEST = Place("this test", 0)


class GivenError(InboundError, ValueError):
    """Report what a test gives and nothing can have: a misspelt key, a name that nobody has, a value of no form."""


def given_expectation(scenario: Scenario, person: str, given: Mapping[str, Any]) -> Step:
    """Make the `expect` of a person's handset; `sender` stands for `from`, which Python keeps for itself.

    Raise `GivenError`.
    """
    more = {key: value for key, value in given.items() if value is not None}
    if "to" in more:
        raise GivenError("A handset expects what comes to itself: leave `to` out, or ask the other handset.")
    if "sender" in more:
        if "from" in more:
            raise GivenError("`sender` and `from` mean the same: give one of them.")
        more["from"] = more.pop("sender")
    return _checked(scenario, "expect", {"to": person, **more}, "expects")


def given_fault(scenario: Scenario, now: datetime, given: Mapping[str, Any]) -> FaultPlan:
    """Make a fault from the keys of a scenario's `fault`, or of a `FaultPlan`; raise `GivenError`.

    `delay` may be seconds, `person` a handset's number, and `until` a time in the place of `within`.
    """
    plan = {key: value for key, value in given.items() if value is not None}
    written = dict(plan)
    until = written.pop("until", None)
    if until is not None and (not isinstance(until, datetime) or until.tzinfo is None):
        raise GivenError(
            f"until should be a time with a zone, such as clock.now() + timedelta(hours=1), not {until!r}."
        )
    if until is not None and "within" in plan:
        raise GivenError("`within` and `until` both say when a fault ends: give one of them.")
    if str(written.get("person", "")).startswith("+"):
        del written["person"]
    delay = written.get("delay")
    if isinstance(delay, (int, float)) and not isinstance(delay, bool):
        written["delay"] = words_of(delay) if 0 <= delay <= LONGEST else f"{delay:g}s"
    checked = _checked(scenario, "fault", written, "fault").value
    if "person" in checked:
        plan["person"] = scenario.person(checked["person"]).number
    if isinstance(delay, str):
        plan["delay"] = seconds_of(delay)
    if "within" in plan:
        plan["until"] = now + timedelta(seconds=seconds_of(plan.pop("within")))
    return FaultPlan.from_dict(plan)


def _checked(scenario: Scenario, kind: str, value: dict[str, Any], called: str) -> Step:
    """Give the step of a value that a scenario file may have too; raise `GivenError` with all that is wrong."""
    document = Document(_TEST.file, [{kind: value}])
    faults = list(shape_faults(document, steps_only=True))
    step = Step(kind, value, _TEST)
    if not faults:
        # In a test anything may have gone before, also what no step of a scenario could bring about.
        before = Step("wait_until_idle", True, _TEST)
        story = scenario.changed(steps=(before, step))
        settings = Place("the settings", 0)
        faults = [fault for fault in meaning_faults(story, lambda _path: settings) if fault.place == _TEST]
    if faults:
        raise GivenError("\n".join(_in_python(fault.text, kind, called) for fault in faults))
    return step


def _in_python(text: str, kind: str, called: str) -> str:
    return text.replace(f"[1].{kind}", called).replace("Did you mean from?", "Did you mean sender?")
