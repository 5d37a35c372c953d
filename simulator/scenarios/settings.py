"""Settings: whether what a scenario begins with can be meant: people, senders, policy, segments and campaigns."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inbound_core.campaign_json import campaign_from_json
from inbound_core.campaign_records import Campaign, SegmentTrigger, check_words
from inbound_core.condition_json import condition_from_json
from inbound_core.errors import InboundError
from inbound_core.policy import Policy
from simulator.carrier import CarrierError
from simulator.durations import LONGEST, seconds_of
from simulator.scenarios.documents import Path
from simulator.scenarios.errors import Fault, Place, nearest
from simulator.scenarios.opt_out_lists import lists_of
from simulator.scenarios.records import Scenario
from simulator.scenarios.sender_names import senders_in

_PART = re.compile(r"[^.\[\]]+")


def setting_faults(scenario: Scenario, place: Callable[[Path], Place]) -> Iterator[Fault]:
    """Yield what is wrong with the settings; `place` gives the line of each by its path of keys."""
    yield from _people_faults(scenario, place)
    yield from _sender_faults(scenario, place)
    yield from (Fault(place(("policy",)), text) for text in policy_faults(scenario.policy))
    for name, condition in scenario.segments.items():
        try:
            condition_from_json(condition)
        except InboundError as error:
            yield _at(place, ("segments", name), f"The segment {name}: {error}", error)
        yield from _unknown_senders(scenario, condition, place(("segments", name)))
    for name, plain in scenario.campaigns.items():
        try:
            campaign = campaign_from_json({"name": name, **plain})
            check_words(campaign.words, scenario.policy.get("language_packs", Policy().language_packs))
        except InboundError as error:
            yield _at(place, ("campaigns", name), f"The campaign {name}: {error}", error)
            continue
        yield from _campaign_faults(scenario, campaign, place)


def _people_faults(scenario: Scenario, place: Callable[[Path], Place]) -> Iterator[Fault]:
    own = {number for sender in scenario.senders for number in sender.numbers}
    for person in scenario.people:
        if person.number in own:
            text = f"{person.name} has {person.number}, which is one of the platform's own numbers."
            yield Fault(place(("people", person.name, "number")), text)
        after = (person.persona or {}).get("after")
        if after is not None and seconds_of(after) > LONGEST:
            yield Fault(place(("people", person.name, "persona", "after")), f"{after} is too long.")


def _sender_faults(scenario: Scenario, place: Callable[[Path], Place]) -> Iterator[Fault]:
    numbers = Counter(number for sender in scenario.senders for number in sender.numbers)
    for number, count in numbers.items():
        if count > 1:
            yield Fault(place(("senders",)), f"{number} belongs to {count} senders; a number has one.")
    for sender in scenario.senders:
        try:
            lists_of(sender.advanced_opt_out)
        except CarrierError as error:
            yield Fault(place(("senders", sender.name, "advanced_opt_out")), str(error))


def policy_faults(switches: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with some switches of the policy."""
    try:
        Policy().changed(**switches)
    except InboundError as error:
        yield str(error)


def _campaign_faults(scenario: Scenario, campaign: Campaign, place: Callable[[Path], Place]) -> Iterator[Fault]:
    """Yield the names in a campaign that the scenario does not have; it would never fire, or not be taken."""
    path: Path = ("campaigns", campaign.name)
    senders = [sender.name for sender in scenario.senders]
    if campaign.sender is not None and campaign.sender not in senders:
        text = f"No sender is named {campaign.sender}. {nearest(campaign.sender, senders)}"
        yield Fault(place((*path, "sender")), text)
    yield from _unknown_senders(scenario, scenario.campaigns[campaign.name].get("filter"), place((*path, "filter")))
    for sender in getattr(campaign.trigger, "senders", ()):
        if sender not in senders:
            yield Fault(place((*path, "trigger")), f"No sender is named {sender}. {nearest(sender, senders)}")
    if not isinstance(campaign.trigger, SegmentTrigger):
        return
    segment = campaign.trigger.segment
    if segment not in scenario.segments:
        text = f"No segment is named {segment}. {nearest(segment, scenario.segments)}"
        yield Fault(place((*path, "trigger")), text)
    if campaign.sender is None and len(senders) > 1:
        text = f"Nobody was replied to, so say from which sender {campaign.name} writes: {', '.join(senders)}."
        yield Fault(place(path), text)


def _unknown_senders(scenario: Scenario, condition: Any, place: Place) -> Iterator[Fault]:
    senders = [sender.name for sender in scenario.senders]
    for name in senders_in(condition):
        if name not in senders:
            yield Fault(place, f"No sender is named {name}. {nearest(name, senders)}")


def _at(place: Callable[[Path], Place], path: Path, text: str, error: InboundError) -> Fault:
    """Put a fault on the line of the value that the error names, such as `event.where[0]`."""
    parts = _PART.findall(getattr(error, "place", ""))
    return Fault(place((*path, *(int(part) if part.isdecimal() else part for part in parts))), text)
