"""Expectations: compare the messages that a step expects with those heard, and say the difference to a newcomer."""

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulator.durations import seconds_of
from simulator.matching import likeness, text_test
from simulator.scenarios.hearing import Heard
from simulator.scenarios.records import Step
from simulator.scenarios.rules import SENTENCES

if TYPE_CHECKING:
    from simulator.scenarios.playing import Player

#: What to do about a message that no step expects.
REMEDY = "Expect it in a step, or set `unexpected: allow`."


class Unmet(AssertionError):
    """Report an expectation that was not met: what was expected, what was seen, and what came closest."""


def check_messages(player: "Player", step: Step) -> str:
    """Check an `expect`: messages on a handset, in order; those that fit are used up. Raise `Unmet`."""
    value, world = step.value, player.world
    handset = world.scenario.person(value["to"]).number
    count = value.get("count")
    deadline = player.cause_at + seconds_of(value["within"]) if "within" in value else None
    needed = count or 1
    player.wait_until(lambda: len(_fitting(player, value, handset)) >= needed, deadline, hurry=count == 0)
    found = _fitting(player, value, handset)
    late = [heard for heard in found if deadline is not None and heard.at.timestamp() > deadline]
    found = [heard for heard in found if heard not in late]
    if (count is None and not found) or (count is not None and len(found) != count):
        raise Unmet(_unmet_message(player, value, handset, found, late))
    for heard in found[: count if count is not None else 1]:
        heard.expected_at = str(step.place)
    return f"{value['to']} heard {_times(count)}{_said(value)}" if count != 0 else f"nothing of that to {value['to']}"


def _fitting(player: "Player", value: Any, handset: str) -> list[Heard]:
    test = text_test(value["match"]) if "match" in value else None
    return [
        heard
        for heard in player.world.ears.open(handset)
        if (test is None or test(heard.body))
        and value.get("by") in (None, heard.by)
        and value.get("from") in (None, player.world.number_name(heard.number))
        and value.get("status") in (None, heard.status)
        and value.get("segments") in (None, heard.segments)
    ]


def _said(value: Any) -> str:
    parts = [f"{value['match']!r}" if "match" in value else "a message"]
    parts += [f"from {value['from']}"] if "from" in value else []
    parts += [f"by {value['by']}"] if "by" in value else []
    parts += [f"with status {value['status']}"] if "status" in value else []
    parts += [f"of {value['segments']} segments"] if "segments" in value else []
    return " ".join(parts + ([f"within {value['within']}"] if "within" in value else []))


def _times(count: int | None) -> str:
    return "" if count in (None, 1) else f"{count} times "


def _unmet_message(player: "Player", value: Any, handset: str, found: list[Heard], late: list[Heard]) -> str:
    world = player.world
    wanted = "a message" if value.get("count") is None else f"{value['count']} message(s)"
    lines = [f"Expected {wanted} to {value['to']}: {_said(value)}. Fitting: {len(found)}."]
    lines += rule_lines(player)
    lines += [f"Too late: {_heard(player, heard)}" for heard in late]
    counts: dict[str, int] = {}
    for heard in world.ears.all():
        counts[world.name_of(heard.handset)] = counts.get(world.name_of(heard.handset), 0) + 1
    seen = ", ".join(f"{count} to {name}" for name, count in counts.items()) or "none at all"
    lines.append(f"Messages seen: {seen}.")
    lines += near_misses(player, value.get("match", ""), handset)
    for message in world.ears.unheard.values():
        if message.handset == handset:
            lines.append(f"Never arrived: {message.body!r} is {message.status} (error {message.error_code}).")
    return "\n".join(lines)


def near_misses(player: "Player", match: str, handset: str, most: int = 3) -> list[str]:
    """Give the heard messages that come closest to a text, those of the handset first."""

    def nearness(heard: Heard) -> tuple[bool, float]:
        return heard.handset == handset, likeness(match, heard.body)

    closest = sorted(player.world.ears.all(), key=nearness, reverse=True)[:most]
    return [f"Closest: {_heard(player, heard)}" for heard in closest]


def _heard(player: "Player", heard: Heard) -> str:
    world = player.world
    used = f" (expected at {heard.expected_at})" if heard.expected_at else ""
    who = f"{world.name_of(heard.handset)} <- {world.name_of(heard.number)}"
    return f"{heard.at:%H:%M:%S} {who}: {heard.body!r} by {heard.by}, {heard.status}{used}"


def check_nothing(player: "Player", step: Step) -> str:
    """Check that no handset, or not this one, has a message that no step expected. Raise `Unmet`."""
    to = None if step.value is True else step.value["to"]
    handset = None if to is None else player.world.scenario.person(to).number
    refuse_unexpected(player, handset)
    return f"nothing else{f' to {to}' if to else ''}"


def refuse_unexpected(player: "Player", handset: str | None = None, remedy: str = REMEDY) -> None:
    """Raise `Unmet` when a message was heard that no step expected, with the expectations it comes closest to."""
    extra = player.world.ears.open(handset)
    if not extra:
        return
    lines = [f"Unexpected: {len(extra)} message(s) that no step expected:"]
    lines += [f"  {_heard(player, heard)}" for heard in extra[:10]]
    steps = [step for step in player.scenario.steps if step.kind == "expect" and "match" in step.value]
    for heard in extra[:3]:
        matches = {str(step.value["match"]): step for step in steps}
        for match in difflib.get_close_matches(heard.body, matches, n=1, cutoff=0.3):
            lines.append(f"Closest expectation: {match!r} at {matches[match].place}")
    lines.append(remedy)
    raise Unmet("\n".join(lines))


def rule_lines(player: "Player") -> list[str]:
    """Give the rules that a scenario says it is about, each in a sentence."""
    return [f"Rule {rule}: {SENTENCES[rule]}" for rule in player.scenario.rules]


MESSAGE_CHECKS: dict[str, Callable[["Player", Step], str]] = {
    "expect": check_messages,
    "expect_nothing": check_nothing,
}
