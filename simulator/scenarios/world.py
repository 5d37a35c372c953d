"""World: both sides of a scenario, on a clock that stands still, with ids from the scenario's seed."""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inbound_core.errors import InboundError
from inbound_core.senders import Sender
from inbound_core.workspace import Workspace
from simulator.app import AppConfig, create_app
from simulator.carrier import Carrier, CarrierConfig, CarrierError, CarrierEvent, SeededIds
from simulator.chance import Chance
from simulator.clock import VirtualClock
from simulator.fault_plans import Firing
from simulator.faults import Faults
from simulator.follow_up_runner import FollowUpRunner
from simulator.in_process import InProcessTransport, wire_to
from simulator.places import Account
from simulator.scenarios.api_faults import install_api_faults
from simulator.scenarios.errors import Place, ScenarioError
from simulator.scenarios.hearing import Ears
from simulator.scenarios.opt_out_lists import lists_of
from simulator.scenarios.personas import Personas
from simulator.scenarios.records import PersonPlan, Scenario
from simulator.scenarios.sender_names import campaign_with_keys, condition_with_keys
from simulator.scenarios.telling import tell_attempt, tell_message
from simulator.scenarios.timeline import Entry, Timeline

#: The address that is signed when nothing listens anywhere.
IN_PROCESS_URL = "http://127.0.0.1:8025"


@dataclass(frozen=True, slots=True)
class WorldConfig:
    """Say how a scenario is played: in process or over real HTTP, against our own platform or an application.

    `port` is for HTTP; 0 means any free one. `quiet` keeps no timeline and runs no campaigns, for populations. Both
    sides keep what they know in a database of their own at `database_url`, which is one in memory.
    """

    over_http: bool = False
    port: int = 0
    application_url: str | None = None
    application_fallback_url: str | None = None
    quiet: bool = False
    database_url: str = "sqlite://"


class World:
    """Hold `clock`, `carrier`, `workspace`, `faults`, `ears` (what handsets heard) and `timeline` of one story."""

    def __init__(
        self,
        scenario: Scenario,
        config: WorldConfig | None = None,
        listener: Callable[[Entry], None] | None = None,
    ) -> None:
        self.scenario = scenario
        self.config = config or WorldConfig()
        self.clock = VirtualClock(scenario.start)
        self.account = seeded_account(scenario.seed)
        self.chance = Chance(scenario.seed)
        self.timeline = Timeline(self.clock.now, listener)
        self.faults = Faults(self.clock, self.chance, self._on_fault)
        self._number_names = {number: sender.name for sender in scenario.senders for number in sender.numbers}
        self._people_names: dict[str, list[str]] = {}
        for person in scenario.people:
            self._name(person)
        self._told_activities = 0
        self._last_sids: dict[str, str] = {}
        self.messages_said = 0
        self._follow_ups: FollowUpRunner | None = None
        self._undo = ExitStack()
        try:
            self._build()
        except BaseException:
            self._undo.close()
            raise

    def _build(self) -> None:
        self.workspace = self._undo.enter_context(Workspace.open(self.config.database_url, now=self.clock.now))
        listener = self._listen()
        carrier_config = CarrierConfig(
            self.account.account_sid, self.account.auth_token, self.config.database_url, public_url=self.url
        )
        ids = SeededIds(self.scenario.seed)
        self.carrier = Carrier(carrier_config, self.clock, ids, self.faults)
        self._undo.callback(self.carrier.close)
        token = hashlib.sha256(f"token/{self.scenario.seed}".encode()).hexdigest()
        self.app = create_app(AppConfig(self.workspace, self.carrier, self.account, token))
        install_api_faults(self.app, self.faults, real_waits=self.config.over_http)
        if listener is None:
            self.carrier.account.wire = wire_to(self.app, self.url)
        else:
            from simulator.serving import serve_app

            self._undo.callback(serve_app(self.app, listener, threads=8).stop)
        self.workspace.outgoing.transport = self._transport()
        self.ears = Ears(self)
        self.personas = Personas(self)
        self.ears.listener = self.personas.on_heard
        self._undo.callback(self.carrier.subscribe(self._on_event))
        try:
            self._set_up()
        except (InboundError, CarrierError) as error:
            text = f"The scenario cannot be set up: {error}"
            raise ScenarioError.at(Place(self.scenario.file, 1), self.readable(text)) from error

    def _listen(self) -> Any:
        if not self.config.over_http:
            self.url = IN_PROCESS_URL
            return None
        from simulator.serving import listen

        listener = listen("127.0.0.1", self.config.port)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        return listener

    def _transport(self) -> Any:
        if not self.config.over_http:
            return InProcessTransport(self.carrier, self.faults)
        from inbound_core.twilio.transport import TwilioTransport

        account = self.account
        return TwilioTransport(account.account_sid, account.auth_token, self.url)

    def _set_up(self) -> None:
        """Give the carrier its senders, the platform its people, and lead replies to where they are answered."""
        scenario = self.scenario
        self.sender_keys: dict[str, str] = {}
        for sender in scenario.senders:
            service = self.carrier.add_service(sender.service) if sender.service else None
            if service and sender.advanced_opt_out:
                self.carrier.set_advanced_opt_out(service.sid, lists_of(sender.advanced_opt_out))
            for number in sender.numbers:
                self.carrier.add_number(number, service_sid=service.sid if service else None)
                sid = service.sid if service else None
                self.workspace.add_sender(Sender(number, sid, f"{self.url}/inbound/sms", sender.managed))
            self.sender_keys[sender.name] = service.sid if service else sender.numbers[0]
        self.lead_to(self.config.application_url, self.config.application_fallback_url)
        if scenario.region != "us":
            self.workspace.set_region(scenario.region)
        if scenario.policy:
            self.workspace.set_policy(**scenario.policy)
        self._set_up_people()
        for name, condition in scenario.segments.items():
            self.workspace.segments.save(name, condition_with_keys(condition, self.sender_keys), allow_unknown=True)
        for name, campaign in scenario.campaigns.items():
            self.workspace.campaigns.save(campaign_with_keys(name, campaign, self.sender_keys), allow_unknown=True)
        if not self.config.quiet:
            self._follow_ups = FollowUpRunner(self.workspace, self.carrier, self.clock)
            self._undo.callback(self._follow_ups.close)
        self.first_activity = self._told_activities = self._last_activity()

    def lead_to(self, application_url: str | None, fallback_url: str | None = None) -> None:
        """Lead replies to an application, or without one to our own platform."""
        self.application_url = application_url
        self.carrier.set_inbound_url(application_url or f"{self.url}/inbound/sms", fallback_url)

    def meet(self, number: str, *people: PersonPlan) -> None:
        """Let those who share a number into the story, in the place of those who had it until now."""
        others = [person for person in self.scenario.people if person.number != number]
        self.scenario = self.scenario.changed(people=(*others, *people))
        self._people_names.pop(number, None)
        for person in people:
            self._name(person)

    def _name(self, person: PersonPlan) -> None:
        self._people_names.setdefault(person.number, []).append(person.name)

    def _set_up_people(self) -> None:
        for person in self.scenario.people:
            if person.has_profile:
                attributes = {**person.attributes, **({} if person.phone is None else {"phone": person.phone})}
                self.workspace.identify(person.name, attributes, person.created)
            if person.reach != "on":
                self.carrier.set_reach(person.number, person.reach)

    # -- time --------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Move the clock as far as what is under way takes; what waits longer is left for `advance`."""
        self.tell_activities()
        self.clock.set(self.clock.now())
        self.carrier.wait_idle()
        if self._follow_ups is not None:
            self._follow_ups.run()
            self.carrier.wait_idle()
        self.tell_activities()

    def advance_to(self, at: datetime) -> None:
        """Move the clock to a time, and on for what is then under way."""
        self.clock.set(max(at, self.clock.now()))
        self.settle()

    def run_until_idle(self) -> None:
        """Move the clock on until nothing waits any more; raise `ClockError` when that never comes."""
        self.clock.run_until_idle()
        self.settle()

    def segment_members(self, name: str) -> list[str]:
        """Give the ids of those in a segment now."""
        return self.workspace.segments.members(name)

    def on_said(self, person: str, sid: str) -> None:
        """Remember the last message of a person."""
        self._last_sids[person] = sid
        self.messages_said += 1

    def last_sid(self, person: str) -> str | None:
        """Give the sid of a person's last message, or None."""
        return self._last_sids.get(person)

    # -- names -------------------------------------------------------------------------------------------

    def name_of(self, number: str | None) -> str:
        """Give the name of a person or sender for a number; several people of one number stand together."""
        if number is None:
            return "?"
        names = self._people_names.get(number)
        if names:
            return "/".join(names)
        return self._number_names.get(number, number)

    def number_name(self, number: str | None) -> str | None:
        """Give the name of the sender that has a number, or None."""
        return self._number_names.get(number or "")

    # -- what is told ------------------------------------------------------------------------------------

    def _on_event(self, event: CarrierEvent) -> None:
        if event.kind == "message":
            self.ears.on_message(event.subject)
        if self.config.quiet:
            return
        if event.kind == "message":
            if event.subject.status in ("delivered", "undelivered"):
                self.tell_activities()  # what a campaign sent meanwhile stands before what became of it
            tell_message(self, event.subject)
        elif event.kind == "attempt":
            self.tell_activities()
            tell_attempt(self, event.subject)
        elif event.kind == "alert":
            alert = event.subject
            self.timeline.tell("carrier", f"error {alert.error_code}: {alert.text}", {"resource": alert.resource_sid})
        elif event.kind == "opt_out":
            handset, scope, out = event.subject
            data = {"handset": handset, "scope": scope, "opted_out": out}
            self.timeline.tell("carrier", f"{self.name_of(handset)} is {'out' if out else 'in again'}", data, False)

    def _on_fault(self, firing: Firing) -> None:
        data = {"hop": firing.plan.hop, "kind": firing.plan.kind, "message": firing.message_sid}
        self.timeline.tell("fault", str(firing), data)
        if firing.plan.kind in ("late_receipt", "no_receipt") and firing.message_sid is not None:
            message = self.ears.receipt_is_late(firing.message_sid)
            if message is not None and not self.config.quiet:
                tell_message(self, message)

    def tell_activities(self) -> None:
        """Write down what the platform's activity log has since the last time."""
        if self.config.quiet:
            return
        for entry in self.workspace.activity(limit=10_000, after=self._told_activities):
            self._told_activities = entry.number
            plain = entry.to_dict()
            del plain["at"], plain["text"]
            self.timeline.tell("platform", self.readable(entry.text), plain, at=entry.at)

    def readable(self, text: str) -> str:
        """Give a text of the platform's for a reader of the scenario, services by name in the place of their sids."""
        for name, key in self.sender_keys.items():
            text = text.replace(key, name)
        return text

    def _last_activity(self) -> int:
        newest = self.workspace.activity(limit=1)
        return newest[-1].number if newest else 0

    def close(self) -> None:
        """End both sides."""
        self._undo.close()

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def seeded_account(seed: str) -> Account:
    """Give the fictional credentials that belong to a seed, so that an application under test can know them."""
    made = [hashlib.sha256(f"{kind}/{seed}".encode()).hexdigest() for kind in ("sid", "token", "site", "key")]
    return Account("AC" + made[0][:32], made[1][:32], made[2][:20], made[3][:20])
