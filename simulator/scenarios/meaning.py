"""Meaning: whether the words of a scenario fit together: everybody exists, and what is expected can come."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from inbound_core.activity import ActivityKind
from simulator.durations import LONGEST, seconds_of, time_of
from simulator.fault_plans import DETAILS, KINDS
from simulator.matching import text_test
from simulator.scenarios.documents import Path
from simulator.scenarios.errors import Fault, Place, nearest
from simulator.scenarios.never import never_faults
from simulator.scenarios.records import Scenario, Step
from simulator.scenarios.settings import policy_faults, setting_faults

#: Before one of these, nothing can have come to a handset.
_CAUSES = {"says", "sends", "advance", "at", "wait_until_idle", "identify"}

_HTTP_ERRORS = range(400, 600)
#: What Twilio writes into a message that did not reach the phone.
_MESSAGE_ERRORS = range(30001, 31000)

#: Twilio takes no longer body.
LONGEST_BODY = 1600


def meaning_faults(scenario: Scenario, place: Callable[[Path], Place] | None = None) -> Iterator[Fault]:
    """Yield what cannot be meant: unknown names, expectations that can never match, faults on a wrong hop.

    `place` gives the line of a setting by its path of keys; without it they are told at the first line.
    """
    yield from setting_faults(scenario, place or (lambda _path: Place(scenario.file, 1)))
    yield from never_faults(scenario)
    caused = False
    snapshots: Counter[str] = Counter()
    for step in scenario.steps:
        caused = caused or step.kind in _CAUSES
        yield from _name_faults(scenario, step)
        if isinstance(step.value, dict):
            durations = [step.value[key] for key in ("within", "delay") if key in step.value]
            yield from (Fault(step.place, text) for duration in durations for text in _advance(scenario, duration))
        check = _CHECKS.get(step.kind)
        if check is not None:
            yield from (Fault(step.place, text) for text in check(scenario, step.value))
        if step.kind == "expect" and not caused and step.value.get("count", 1) > 0:
            yield Fault(step.place, "This can never match: nobody has said or sent anything before it.")
        if step.kind == "snapshot":
            snapshots[str(step.value)] += 1
            if snapshots[str(step.value)] > 1:
                yield Fault(step.place, f"A snapshot {step.value} is there already; names are used once.")


def _name_faults(scenario: Scenario, step: Step) -> Iterator[Fault]:
    people = [person.name for person in scenario.people]
    senders = [sender.name for sender in scenario.senders]
    if step.kind == "says":
        yield from _unknown(step.place, [step.actor], people, "person")
        if isinstance(step.value, dict):
            yield from _unknown(step.place, [step.value.get("to")], senders, "sender")
    elif step.kind == "sends":
        yield from _unknown(step.place, [step.actor], senders, "sender")
        to = step.value["to"]
        if isinstance(to, dict):
            yield from _unknown(step.place, [to["segment"]], scenario.segments, "segment")
        else:
            yield from _unknown(step.place, to if isinstance(to, list) else [to], [*people, "everyone"], "person")
    elif step.kind == "delete":
        yield from _unknown(step.place, [step.value], people, "person")
    elif isinstance(step.value, dict):
        yield from _names_in(scenario, step, people, senders)


def _names_in(scenario: Scenario, step: Step, people: list[str], senders: list[str]) -> Iterator[Fault]:
    value = step.value
    for key in ("of", "person", "to", "near_miss"):
        yield from _unknown(step.place, [value.get(key)], people, "person")
    if step.kind == "expect_reply":
        yield from _unknown(step.place, [value.get("attributed_to"), *value.get("affected", ())], people, "person")
    for key in ("from", "sender"):
        yield from _unknown(step.place, [value.get(key)], senders, "sender")
    if step.kind == "expect_segment":
        yield from _unknown(step.place, [value["name"]], scenario.segments, "segment")
        for key in ("members", "includes", "excludes"):
            yield from _unknown(step.place, listed(value.get(key, [])), people, "person")


def listed(value: Any) -> list[Any]:
    """Give a value that may be one or several as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _unknown(place: Place, names: Iterable[str | None], known: Iterable[str], what: str) -> Iterator[Fault]:
    known = list(known)
    for name in names:
        if name is not None and name not in known:
            yield Fault(place, f"No {what} is named {name}. {nearest(name, known)}")


def _expect(_scenario: Scenario, value: Any) -> Iterator[str]:
    yield from _pattern(value.get("match"))
    match = value.get("match", "")
    if len(match) > LONGEST_BODY and not match.startswith("/"):
        yield f"This can never match: the text has {len(match)} characters, and a message has at most {LONGEST_BODY}."


def _activity(_scenario: Scenario, value: Any) -> Iterator[str]:
    yield from _pattern(value.get("match"))
    kind = value.get("kind")
    kinds = [str(one) for one in ActivityKind]
    if kind is not None and kind not in kinds:
        yield f"This can never match: the activity log has no entries of kind {kind}. {nearest(kind, kinds)}"


def _fault(_scenario: Scenario, value: Any) -> Iterator[str]:
    hop, kind = value["hop"], value["kind"]
    if kind not in KINDS[hop]:
        right = [name for name, kinds in KINDS.items() if kind in kinds]
        yield f"{kind} cannot happen on the hop {hop}. It is a fault of the hop {right[0]}; on {hop} there are: " + (
            f"{', '.join(KINDS[hop])}."
        )
    for detail in DETAILS:
        if detail in value and kind not in DETAILS[detail]:
            yield f"{kind} has no {detail}; it belongs to {', '.join(DETAILS[detail])}."
    yield from _fault_code(hop, value.get("code"))
    triggers = [name for name in ("nth", "first", "every", "probability") if name in value]
    if len(triggers) > 1:
        yield f"One fault has one trigger; this has {' and '.join(triggers)}."


def _fault_code(hop: str, code: int | None) -> Iterator[str]:
    """Yield what is wrong with a code: an HTTP status where HTTP is spoken, and Twilio's error of a message else."""
    if code is None:
        return
    if hop == "carrier" and code not in _MESSAGE_ERRORS:
        yield f"{code} is no error of a message. On carrier give one of Twilio's codes, 30001 to 30999, such as 30005."
    if hop != "carrier" and code not in _HTTP_ERRORS:
        yield f"{code} is no status that says an error. On {hop} give an HTTP status, 400 to 599, such as 503."


def _expect_fault(_scenario: Scenario, value: Any) -> Iterator[str]:
    known = [kind for hop, kinds in KINDS.items() for kind in kinds if hop == value.get("hop", hop)]
    if "kind" in value and value["kind"] not in known:
        yield f"This can never match: no fault is named {value['kind']} there. {nearest(value['kind'], known)}"


def _at(_scenario: Scenario, value: Any) -> Iterator[str]:
    try:
        time_of(value)
    except ValueError as error:
        yield str(error)


def _advance(_scenario: Scenario, value: Any) -> Iterator[str]:
    if seconds_of(value) > LONGEST:
        yield f"{value} is too long: at most {LONGEST / 86400:.0f}d."


def _identify(scenario: Scenario, value: Any) -> Iterator[str]:
    if "created" in value:
        yield from _at(scenario, value["created"])


def _policy(_scenario: Scenario, value: Any) -> Iterator[str]:
    yield from policy_faults(value)


def _pattern(match: str | None) -> Iterator[str]:
    try:
        text_test(match or "")
    except re.error as error:
        yield f"This can never match: {match} is no regular expression: {error}."
    flags = re.fullmatch(r"/.+/([a-z]+)", match or "")
    if flags and flags[1] != "i":
        yield f"Behind a regular expression only i may stand (any case), not {flags[1]}."


_CHECKS: dict[str, Callable[[Scenario, Any], Iterator[str]]] = {
    "expect": _expect,
    "expect_activity": _activity,
    "fault": _fault,
    "expect_fault": _expect_fault,
    "at": _at,
    "advance": _advance,
    "identify": _identify,
    "policy": _policy,
}
