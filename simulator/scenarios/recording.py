"""Recording: what happened once, by hand, as a scenario file with its expectations filled in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import yaml

from inbound_core.workspace import UnknownMessage, Workspace
from simulator.carrier import Carrier, CarrierMessage
from simulator.durations import words_of

if TYPE_CHECKING:
    from simulator.scenarios.world import World

#: Pauses shorter than this are how long a person takes to type, and nothing waits for them.
SHORTEST_PAUSE = 30.0


def record_world(world: "World", name: str) -> str:
    """Write what happened in a world as a scenario."""
    names = {number: plan.name for plan in world.scenario.senders for number in plan.numbers}
    return record(world.workspace, world.carrier, name, names)


def record(workspace: Workspace, carrier: Carrier, name: str, sender_names: Mapping[str, str] | None = None) -> str:
    """Write all messages of a carrier, oldest first, as the YAML of a scenario.

    What persons said are its steps, what they heard and what the platform made of it are its expectations. People
    are named by their profile, or by the last digits of their number.
    """
    from simulator.carrier import MessageFilter

    found = carrier.messages(100_000, MessageFilter(listed_only=False))
    messages = sorted(found, key=lambda message: (message.created_at, message.sequence))
    senders = _senders(carrier, sender_names or {})
    people = _people(workspace, messages)
    names = {person["number"]: name for name, person in reversed(list(people.items()))}
    plain: dict[str, Any] = {"version": 1, "name": name, "about": "Recorded; its expectations are what happened."}
    if messages:
        plain["clock"] = {"start": messages[0].created_at.isoformat()}
    plain["senders"] = senders
    plain["people"] = people
    plain["steps"] = list(_steps(workspace, messages, names, _names_of(senders)))
    return _yaml(plain)


def _senders(carrier: Carrier, given: Mapping[str, str]) -> dict[str, Any]:
    services = {service.sid: service for service in carrier.services()}
    found: dict[str, Any] = {}
    for number in carrier.numbers():
        if number.service_sid is None:
            found[given.get(number.phone_number, f"number_{number.phone_number[-4:]}")] = {
                "number": number.phone_number
            }
            continue
        service = services[number.service_sid]
        usual = "".join(char if char.isalnum() else "_" for char in service.friendly_name.lower())
        name = given.get(number.phone_number, usual if usual[:1].isalpha() else f"service_{usual}")
        entry = found.setdefault(name, {"service": service.friendly_name, "numbers": []})
        entry["numbers"].append(number.phone_number)
    return found


def _names_of(senders: Mapping[str, Any]) -> dict[str, str]:
    return {
        number: name for name, sender in senders.items() for number in (sender.get("numbers") or [sender["number"]])
    }


def _people(workspace: Workspace, messages: Iterable[CarrierMessage]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for handset in dict.fromkeys(message.handset for message in messages):
        owners = [profile for profile in workspace.profiles() if profile.phone_e164 == handset]
        for profile in owners:
            others = {key: value for key, value in profile.attributes.items() if key != "phone"}
            entry: dict[str, Any] = {"number": handset, "phone": profile.phone}
            entry["created"] = profile.created_at.isoformat()
            found[_identifier(profile.id)] = {**entry, **({"attributes": others} if others else {})}
        if not owners:
            found[f"unknown_{handset[1:]}"] = {"number": handset, "profile": False}
    return found


def _identifier(profile_id: str) -> str:
    name = "".join(char if char.isascii() and char.isalnum() else "_" for char in profile_id)
    return name if name[:1].isalpha() or name[:1] == "_" else f"p_{name}"


def _steps(
    workspace: Workspace, messages: Iterable[CarrierMessage], people: Mapping[str, str], senders: Mapping[str, str]
) -> Iterable[dict[str, Any]]:
    last: datetime | None = None
    for message in messages:
        person, sender = people[message.handset], senders.get(message.number or "", "")
        origin = str(message.origin)
        if origin in ("handset", "api"):
            pause = 0.0 if last is None else (message.created_at - last).total_seconds()
            if pause >= SHORTEST_PAUSE:
                yield {"advance": words_of(round(pause))}
            last = message.created_at
        if origin == "handset":
            yield {f"{person}.says": {"body": message.body, "to": sender}}
            yield from _reply(workspace, message.sid, person)
            continue
        if origin == "api":
            yield {f"{sender}.sends": {"to": person, "body": message.body}}
        if message.status == "delivered":
            by = {"api": "platform", "reply": "application"}.get(origin, "twilio")
            yield {"expect": {"to": person, "match": message.body, "by": by, "within": "1m"}}


def _reply(workspace: Workspace, sid: str, person: str) -> Iterable[dict[str, Any]]:
    try:
        told = workspace.explain(sid)
    except UnknownMessage:
        return
    owner = None if told.attributed_to is None else _identifier(told.attributed_to)
    yield {"expect_reply": {"of": person, "attributed_to": owner, "action": told.keyword_action or "none"}}


def _yaml(plain: Mapping[str, Any]) -> str:
    """Write YAML that reads the same everywhere: every text that another reader might take for more is quoted."""
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


class _Dumper(yaml.SafeDumper):
    """Write without anchors; what the same text is written twice is written twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True
