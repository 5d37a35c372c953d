"""Recording: what happened once, by hand, as a scenario file with its expectations filled in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import yaml
from sqlalchemy import select

from inbound_core.activity import Activity, ActivityKind
from inbound_core.campaign_json import campaign_to_json
from inbound_core.condition_json import condition_to_json
from inbound_core.explanation import Explanation
from inbound_core.policy import Policy
from inbound_core.storage.tables import outbox
from inbound_core.workspace import UnknownMessage, Workspace
from simulator.carrier import Carrier, CarrierMessage, MessageFilter
from simulator.durations import words_of
from simulator.matching import exactly
from simulator.scenarios.cells import unfilled
from simulator.scenarios.recorded_people import RecordedPeople
from simulator.scenarios.sender_names import campaign_with_keys, condition_with_keys

if TYPE_CHECKING:
    from simulator.scenarios.world import World

#: Pauses shorter than this are how long a person takes to type, and nothing waits for them.
SHORTEST_PAUSE = 30.0
#: More than this is no conversation by hand.
MOST = 100_000

_CHANGES = (ActivityKind.PROFILE_CREATED, ActivityKind.ATTRIBUTE_CHANGED, ActivityKind.PROFILE_DELETED)


def record_world(world: "World", name: str) -> str:
    """Write what happened in a world as a scenario."""
    names = {number: plan.name for plan in world.scenario.senders for number in plan.numbers}
    return record(world.workspace, world.carrier, name, names)


def record(workspace: Workspace, carrier: Carrier, name: str, sender_names: Mapping[str, str] | None = None) -> str:
    """Write all messages of a carrier, oldest first, as the YAML of a scenario.

    What persons said, what was sent to them and what changed in their profiles are its steps; what they heard, what
    the platform made of it, and who is opted out and in which segment at the end are its expectations. People are
    named by their profile, or by their number.
    """
    return _yaml(unfilled(_Recording(workspace, carrier, name, sender_names or {}).scenario()))


@dataclass(frozen=True, slots=True)
class _Happened:
    """Be one thing that happened: a message, or an entry of the activity log; `number` is its place in that log."""

    at: datetime
    number: int
    message: CarrierMessage | None = None
    activity: Activity | None = None


class _Recording:
    """Collect what happened on both sides and write it in order."""

    def __init__(self, workspace: Workspace, carrier: Carrier, name: str, sender_names: Mapping[str, str]) -> None:
        self._workspace, self._carrier, self._name = workspace, carrier, name
        found = carrier.messages(MOST, MessageFilter(listed_only=False))
        self._messages = sorted(found, key=lambda message: (message.created_at, message.sequence))
        self._start = self._messages[0].created_at if self._messages else None
        self._senders = _senders(carrier, sender_names)
        self._names = {number: name for name, one in self._senders.items() for number in _numbers(one)}
        self._keys = {service.sid: name for service in carrier.services() for name, one in self._senders.items()
                      if one.get("service") == service.friendly_name} | self._names  # fmt: skip
        log = workspace.activity(MOST)
        self._numbers: dict[str, int] = {}
        for entry in log:
            if entry.message_sid is not None:
                self._numbers.setdefault(entry.message_sid, entry.number)
        self._entries = [entry for entry in log if self._is_part(entry)]
        self._changes = [entry for entry in self._entries if entry.kind in _CHANGES]
        self._told = {message.sid: told for message in self._messages if (told := self._explain(message))}
        handsets = [message.handset for message in self._messages]
        self._people = RecordedPeople(handsets, workspace.profiles(), self._told.values(), self._changes)

    def _explain(self, message: CarrierMessage) -> Explanation | None:
        try:
            return self._workspace.explain(message.sid) if message.direction == "inbound" else None
        except UnknownMessage:
            return None

    def _is_part(self, entry: Activity) -> bool:
        """Tell whether an entry came behind the first message; a clock that stands still gives many the same time."""
        if self._start is None or entry.at < self._start:
            return False
        return entry.at > self._start or entry.number > self._numbers.get(self._messages[0].sid, entry.number)

    def scenario(self) -> dict[str, Any]:
        """Give the scenario as plain values."""
        plain: dict[str, Any] = {
            "version": 1,
            "name": self._name,
            "about": "Recorded; its expectations are what happened.",
        }
        if self._start is not None:
            plain["clock"] = {"start": self._start.isoformat()}
        plain |= self._settings()
        plain["senders"] = self._senders
        plain["people"] = {person.name: person.to_dict() for person in self._people.people}
        # The steps change what is known of people, so they are written after the people as they were.
        plain["steps"] = [*self._steps(), *self._end()]
        return plain

    def _settings(self) -> dict[str, Any]:
        usual, policy = Policy().to_dict(), self._workspace.policy.to_dict()
        switches = {name: _plain(value) for name, value in policy.items() if value != usual[name]}
        segments = {
            segment.name: condition_with_keys(condition_to_json(segment.condition), self._keys)
            for segment in self._workspace.segments.all()
            if segment.condition is not None
        }
        campaigns = {}
        for campaign in self._workspace.campaigns.all():
            written = campaign_with_keys(campaign.name, campaign_to_json(campaign), self._keys)
            campaigns[campaign.name] = {key: value for key, value in written.items() if key != "name"}
        region = str(self._workspace.region)
        found = {"region": region if region != "us" else None, "policy": switches, "segments": segments}
        return {key: value for key, value in {**found, "campaigns": campaigns}.items() if value}

    def _steps(self) -> Iterator[dict[str, Any]]:
        of_campaigns = self._sids_of_campaigns()
        refused = [entry for entry in self._entries if entry.kind is ActivityKind.SEND_REFUSED]
        happened = [_Happened(entry.at, entry.number, None, entry) for entry in (*self._changes, *refused)]
        number = 0
        for message in self._messages:
            # What the platform never logged, such as an answer of Twilio's, stands behind the message before it.
            number = max(number, self._numbers.get(message.sid, 0))
            happened.append(_Happened(message.created_at, number, message))
        last: datetime | None = None
        for one in sorted(happened, key=lambda one: (one.at, one.number)):
            steps = list(self._of(one, of_campaigns))
            if not steps:
                continue
            pause = 0.0 if last is None else (one.at - last).total_seconds()
            if pause >= SHORTEST_PAUSE:
                yield {"advance": words_of(round(pause))}
            if one.message is None or str(one.message.origin) in ("handset", "api"):
                last = one.at
            yield from steps

    def _of(self, one: _Happened, of_campaigns: frozenset[str]) -> Iterable[dict[str, Any]]:
        if one.message is not None:
            yield from self._message(one.message, one.message.sid in of_campaigns)
        elif one.activity is not None and one.activity.kind is ActivityKind.SEND_REFUSED:
            yield from self._refused(one.activity)
        elif one.activity is not None:
            step = self._people.change_step(one.activity)
            yield from [step] if step else []

    def _message(self, message: CarrierMessage, of_campaign: bool) -> Iterator[dict[str, Any]]:
        person = self._people.of_number(message.handset).name
        sender, origin = self._names.get(message.number or "", ""), str(message.origin)
        if origin == "handset":
            yield {f"{person}.says": {"body": message.body, "to": sender}}
            yield from self._reply(message.sid, person)
            return
        if origin == "api" and not of_campaign:
            yield {f"{sender}.sends": {"to": self._recipient(message), "body": message.body}}
        if message.status == "delivered":
            by = {"api": "platform", "reply": "application"}.get(origin, "twilio")
            yield {"expect": {"to": person, "match": exactly(message.body), "by": by, "within": "1m"}}

    def _recipient(self, message: CarrierMessage) -> str:
        """Name whom the platform wrote to: on a number of several, somebody whose profile reads as it now."""
        on_it = [person for person in self._people.people if person.number == message.handset]
        return next((person for person in on_it if person.has_profile), on_it[0]).name

    def _reply(self, sid: str, person: str) -> Iterator[dict[str, Any]]:
        told = self._told.get(sid)
        if told is None:
            return
        owner = self._people.of_profile(told.attributed_to)
        name = owner.name if owner else None
        yield {"expect_reply": {"of": person, "attributed_to": name, "action": told.keyword_action or "none"}}

    def _refused(self, entry: Activity) -> Iterator[dict[str, Any]]:
        person = self._people.of_profile(entry.profile_id)
        sender = self._keys.get(entry.sender or "")
        if person is None or sender is None or "campaign" in entry.data:
            return
        yield {f"{sender}.sends": {"to": person.name, "body": str(entry.data.get("body", "")), "refused": "opted_out"}}

    def _sids_of_campaigns(self) -> frozenset[str]:
        query = select(outbox.c.message_sid).where(outbox.c.campaign.is_not(None), outbox.c.message_sid.is_not(None))
        with self._workspace.store.read() as connection:
            return frozenset(str(sid) for (sid,) in connection.execute(query))

    def _end(self) -> Iterator[dict[str, Any]]:
        """Yield what is so at the end: who is opted out or in, and who of these people is in which segment."""
        ledger = self._workspace.consent()
        for number in dict.fromkeys(person.number for person in self._people.people):
            for key, sender in self._keys.items():
                state = str(ledger.state(number, key))
                if state == "unset":
                    continue
                step = {"of": self._people.of_number(number).name, "sender": sender, "state": state}
                # A policy of the platform's own may take for an opt-out what is none to Twilio.
                agreed = self._carrier.opted_out(number, key) == (state == "opted_out")
                yield {"expect_consent": step if agreed else {**step, "side": "platform"}}
        for segment in self._workspace.segments.all():
            if segment.condition is not None:
                members = set(self._workspace.segments.members(segment.name))
                those = [person for person in self._people.people if person.profile_id and person.has_profile]
                inside = [person.name for person in those if person.profile_id in members]
                outside = [person.name for person in those if person.profile_id not in members]
                lists = {key: names for key, names in (("includes", inside), ("excludes", outside)) if names}
                if lists:
                    yield {"expect_segment": {"name": segment.name, **lists}}


def _senders(carrier: Carrier, given: Mapping[str, str]) -> dict[str, Any]:
    services = {service.sid: service for service in carrier.services()}
    found: dict[str, Any] = {}
    for number in carrier.numbers():
        if number.service_sid is None:
            name = given.get(number.phone_number, f"number_{number.phone_number[-4:]}")
            found[name] = {"number": number.phone_number}
            continue
        service = services[number.service_sid]
        usual = "".join(char if char.isascii() and char.isalnum() else "_" for char in service.friendly_name.lower())
        name = given.get(number.phone_number, usual if usual[:1].isalpha() else f"service_{usual}")
        entry = found.setdefault(name, {"service": service.friendly_name, "numbers": []})
        entry["numbers"].append(number.phone_number)
    return found


def _numbers(sender: Mapping[str, Any]) -> list[str]:
    return list(sender.get("numbers") or [sender["number"]])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _yaml(plain: Mapping[str, Any]) -> str:
    """Write YAML that reads the same everywhere: every text that another reader might take for more is quoted."""
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


_FOLDED = frozenset("\x85\u2028\u2029")


class _Dumper(yaml.SafeDumper):
    """Write without anchors; what the same text is written twice is written twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Write a text with line ends that YAML would fold, such as NEL, in quotes that escape them."""
        style = '"' if _FOLDED.intersection(text) else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _Dumper.represent_text)
