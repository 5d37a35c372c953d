"""Acting: the steps of a scenario that do something, each by its kind."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from inbound_core.sending import (
    AnonymousRecipientError,
    OptedOutError,
    SendRefused,
    TransportError,
    UnreadablePhoneError,
)
from simulator.durations import seconds_of, time_of, words_of
from simulator.fault_plans import FaultPlan
from simulator.scenarios.expectations import rule_lines
from simulator.scenarios.meaning import listed
from simulator.scenarios.records import Step

if TYPE_CHECKING:
    from simulator.scenarios.playing import Player

_REFUSALS: dict[str, tuple[type[Exception], ...]] = {
    "opted_out": (OptedOutError,),
    "anonymous": (AnonymousRecipientError,),
    "unreadable": (UnreadablePhoneError,),
    "carrier": (TransportError,),
}

_WORDS = {
    "opted_out": "the number opted out",
    "anonymous": "nobody is known to have the number",
    "unreadable": "the phone cannot be read",
    "carrier": "Twilio does not take it",
}


class ActFailed(AssertionError):
    """Report a step that did not go as it should, in words for the reader of the scenario."""


def says(player: "Player", step: Step) -> None:
    """Let a person text the first sender, or the one named."""
    world = player.world
    value = step.value if isinstance(step.value, dict) else {"body": step.value}
    sender = world.scenario.sender(value["to"]) if "to" in value else world.scenario.senders[0]
    person = world.scenario.person(str(step.actor))
    player.caused()
    message = world.carrier.text(person.number, sender.numbers[0], str(value["body"]))
    world.on_said(person.name, message.sid)
    world.settle()


def sends(player: "Player", step: Step) -> None:
    """Let the platform send to a person, several, everyone or a segment."""
    world, value = player.world, step.value
    player.caused()
    key = world.sender_keys[str(step.actor)]
    for name in _recipients(player, value["to"]):
        person = next((p for p in world.scenario.people if p.name == name), None)
        to = name if person is None or person.has_profile else person.number
        _send(player, step, name, to, key)
    world.settle()


def _recipients(player: "Player", to: Any) -> list[str]:
    if isinstance(to, dict):
        return player.world.segment_members(to["segment"])
    if to == "everyone":
        return [person.name for person in player.world.scenario.people if person.has_profile]
    return [str(name) for name in listed(to)]


def _send(player: "Player", step: Step, name: str, to: str, key: str) -> None:
    expected = step.value.get("refused")
    try:
        player.world.workspace.send(to, str(step.value["body"]), key)
    except (SendRefused, TransportError) as error:
        if not player.refuses:
            return
        if expected is None or not isinstance(error, _REFUSALS[expected]):
            raise ActFailed("\n".join(_refused_otherwise(player, name, expected, error))) from error
        player.checks += 1
        return
    if expected is not None and player.refuses:
        said = f"The message to {name} should be refused ({_WORDS[expected]}), but was sent."
        raise ActFailed("\n".join([said, *rule_lines(player)]))


def _refused_otherwise(player: "Player", name: str, expected: str | None, error: Exception) -> list[str]:
    told = player.world.readable(str(error))
    if expected is not None:
        return [f"The message to {name} should be refused ({_WORDS[expected]}), but was not sent because: {told}"]
    fitting = [kind for kind, errors in _REFUSALS.items() if isinstance(error, errors)]
    hint = [f"When that is right, write it down: `refused: {fitting[0]}`."] if fitting else []
    return [f"The message to {name} should be sent, but was not: {told}", *rule_lines(player), *hint]


def advance(player: "Player", step: Step) -> None:
    """Move the clock on."""
    seconds = seconds_of(step.value)
    player.world.timeline.tell("clock", f"{words_of(seconds)} pass")
    player.world.advance_to(player.world.clock.now() + timedelta(seconds=seconds))
    player.caused()


def at(player: "Player", step: Step) -> None:
    """Move the clock to a time."""
    target, clock = time_of(step.value), player.world.clock
    if target < clock.now():
        raise ActFailed(f"The clock stands at {clock.now():%Y-%m-%d %H:%M:%S} UTC and cannot go back to {step.value}.")
    player.world.timeline.tell("clock", f"it becomes {target:%Y-%m-%d %H:%M:%S} UTC")
    player.world.advance_to(target)
    player.caused()


def wait_until_idle(player: "Player", _step: Step) -> None:
    """Move the clock on until nothing waits any more."""
    player.world.run_until_idle()
    player.caused()


def fault(player: "Player", step: Step) -> None:
    """Arm a fault."""
    world, given = player.world, dict(step.value)
    if "within" in given:
        given["until"] = world.clock.now() + timedelta(seconds=seconds_of(given.pop("within")))
    if "delay" in given:
        given["delay"] = seconds_of(given["delay"])
    if "person" in given:
        given["person"] = world.scenario.person(given["person"]).number
    world.faults.arm(FaultPlan.from_dict(given))


def clear_faults(player: "Player", _step: Step) -> None:
    """Take back all faults."""
    player.world.faults.clear()
    player.world.settle()


def identify(player: "Player", step: Step) -> None:
    """Create or change the profile of a person."""
    value = step.value
    attributes = dict(value.get("attributes", {}))
    if "phone" in value:
        attributes["phone"] = value["phone"]
    created = time_of(value["created"]) if "created" in value else None
    player.caused()
    player.world.workspace.identify(value["person"], attributes, created)
    player.world.settle()


def delete(player: "Player", step: Step) -> None:
    """Delete the profile of a person."""
    if not player.world.workspace.delete(step.value):
        raise ActFailed(f"{step.value} has no profile that could be deleted.")
    player.world.settle()


def policy(player: "Player", step: Step) -> None:
    """Set switches of the platform's policy."""
    player.world.workspace.set_policy(**step.value)


def reach(player: "Player", step: Step) -> None:
    """Say how a person's phone can be reached from now on."""
    number = player.world.scenario.person(step.value["person"]).number
    player.caused()
    player.world.carrier.set_reach(number, step.value["state"])
    player.world.settle()


def snapshot(player: "Player", step: Step) -> None:
    """Mark a point from which branches start."""
    player.world.timeline.tell("note", f"snapshot {step.value}", told=False)


def note(player: "Player", step: Step) -> None:
    """Tell the reader something."""
    player.world.timeline.tell("note", str(step.value))


ACTS: dict[str, Callable[["Player", Step], None]] = {
    "says": says,
    "sends": sends,
    "advance": advance,
    "at": at,
    "wait_until_idle": wait_until_idle,
    "fault": fault,
    "clear_faults": clear_faults,
    "identify": identify,
    "delete": delete,
    "policy": policy,
    "reach": reach,
    "snapshot": snapshot,
    "note": note,
}
