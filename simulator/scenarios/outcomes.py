"""Outcomes: what a story came to, in the words in which two of them are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inbound_core.workspace import UnknownMessage
from simulator.carrier import MessageFilter

if TYPE_CHECKING:
    from simulator.scenarios.world import World

#: The sides of a comparison, in the order in which they are shown.
SECTIONS = ("events", "attribution", "consent", "segments", "sends")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold, for each section, what there is by its name: a message and what it said, a person and their state."""

    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)


def outcome_of(world: "World") -> Outcome:
    """Collect what a world came to; messages are numbered per person, so that forks line up."""
    sections: dict[str, dict[str, str]] = {name: {} for name in SECTIONS}
    messages = sorted(world.carrier.messages(100_000, MessageFilter(listed_only=False)), key=lambda m: m.sequence)
    counts: dict[tuple[str, str], int] = {}
    for message in messages:
        kind = "events" if message.direction == "inbound" else "sends"
        who = world.name_of(message.handset)
        number = counts[kind, who] = counts.get((kind, who), 0) + 1
        key = f"{who} #{number}"
        if kind == "sends":
            failed = f" ({message.status}, error {message.error_code})" if message.error_code else ""
            sections["sends"][key] = message.body + failed
            continue
        sections["events"][key] = message.body
        sections["attribution"][key] = _attribution(world, message.sid)
    sections["sends"] |= _refused(world)
    sections["consent"] = _consent(world)
    for segment in world.workspace.segments.all():
        sections["segments"][segment.name] = ", ".join(sorted(world.segment_members(segment.name))) or "nobody"
    return Outcome(sections)


def _attribution(world: "World", sid: str) -> str:
    try:
        return world.workspace.explain(sid).attributed_to or "anonymous"
    except UnknownMessage:
        return "never arrived"


def _refused(world: "World") -> dict[str, str]:
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for entry in world.workspace.activity(100_000, kind="send_refused"):
        if entry.number > world.first_activity:
            who = entry.profile_id or world.name_of(entry.phone)
            counts[who] = counts.get(who, 0) + 1
            found[f"{who} refused #{counts[who]}"] = f"not sent: {entry.data.get('body', '')}"
    return found


def _consent(world: "World") -> dict[str, str]:
    ledger = world.workspace.consent()
    found: dict[str, str] = {}
    for number in dict.fromkeys(person.number for person in world.scenario.people):
        for name, key in world.sender_keys.items():
            state = str(ledger.state(number, key))
            if state != "unset":
                found[f"{world.name_of(number)} for {name}"] = state
    return found
