"""Campaigns as JSON: what is stored, sent and edited by hand."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar

from inbound_core.campaign_records import (
    Campaign,
    CampaignError,
    FollowUp,
    Frequency,
    KeywordTrigger,
    MessageTrigger,
    SegmentTrigger,
    Trigger,
)
from inbound_core.condition_json import condition_from_json, condition_to_json, object_of
from inbound_core.errors import PlacedError, perhaps
from inbound_core.quiet_hours import QuietHours

Read = TypeVar("Read")


def campaign_to_json(campaign: Campaign) -> dict[str, Any]:
    """Write a campaign as plain values for JSON; `campaign_from_json` reads it back."""
    written: dict[str, Any] = {
        "name": campaign.name,
        "trigger": _write_trigger(campaign.trigger),
        "follow_ups": [_write_follow_up(follow_up) for follow_up in campaign.follow_ups],
        "frequency": {"kind": campaign.frequency.kind},
        "once_per_number": campaign.once_per_number,
        "active": campaign.active,
    }
    if campaign.frequency.period is not None:
        written["frequency"]["period"] = _write_span(campaign.frequency.period)
    if campaign.filter is not None:
        written["filter"] = condition_to_json(campaign.filter)
    if campaign.sender is not None:
        written["sender"] = campaign.sender
    if campaign.quiet_hours is not None:
        hours = asdict(campaign.quiet_hours)
        written["quiet_hours"] = {name: value for name, value in hours.items() if value is not None}
    return written


def campaign_to_text(campaign: Campaign) -> str:
    """Write a campaign as one line of JSON."""
    return json.dumps(campaign_to_json(campaign), ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=512)
def campaign_from_text(text: str) -> Campaign:
    """Read a campaign from JSON text; raise `CampaignError` or `ConditionError` naming the place that is wrong."""
    try:
        plain = json.loads(text, object_pairs_hook=object_of)
    except (ValueError, RecursionError) as error:
        raise CampaignError(f"This is no JSON: {error}.") from error
    return campaign_from_json(plain)


def campaign_from_json(plain: object) -> Campaign:
    """Read a campaign from plain values; raise `CampaignError` or `ConditionError` naming the place."""
    given = _object(plain, "", ("name", "trigger", "follow_ups"), _OPTIONAL)
    follow_ups = given["follow_ups"]
    if not isinstance(follow_ups, list):
        raise CampaignError("A list of follow-ups is needed.", "follow_ups")
    return Campaign(
        name=_text(given, "name"),
        trigger=_read_trigger(given["trigger"]),
        follow_ups=tuple(_placed(f"follow_ups[{n}]", _read_follow_up, item) for n, item in enumerate(follow_ups)),
        filter=None if given.get("filter") is None else _placed("filter", condition_from_json, given["filter"]),
        frequency=_read_frequency(given.get("frequency", {"kind": "every_time"})),
        sender=None if given.get("sender") is None else _text(given, "sender"),
        once_per_number=_flag(given, "once_per_number", False),
        active=_flag(given, "active", True),
        quiet_hours=_placed("quiet_hours", _read_quiet_hours, given.get("quiet_hours")),
    )


_OPTIONAL = ("filter", "frequency", "sender", "once_per_number", "active", "quiet_hours")
_TRIGGERS = ("keyword", "message", "segment")
#: What a key is called elsewhere, where nothing about the words is alike.
_MEANT = {"delay": "after", "wait": "after", "body": "template", "text": "template"}


def _read_trigger(plain: object) -> Trigger:
    if not isinstance(plain, Mapping) or len(plain) != 1:
        raise CampaignError("A trigger is an object with one of keyword, message, segment.", "trigger")
    ((kind, inner),) = plain.items()
    if kind == "keyword":
        given = _object(inner, "trigger.keyword", ("words",), ("senders",))
        return KeywordTrigger(_texts(given, "words", "trigger.keyword"), _texts(given, "senders", "trigger.keyword"))
    if kind == "message":
        given = _object(inner, "trigger.message", (), ("senders",))
        return MessageTrigger(_texts(given, "senders", "trigger.message"))
    if kind == "segment":
        return SegmentTrigger(_object(inner, "trigger.segment", ("name",))["name"])
    raise CampaignError(
        f"{kind!r} is no trigger. {perhaps(kind, _TRIGGERS)}Choose keyword, message or segment.", "trigger"
    )


def _write_trigger(trigger: Trigger) -> dict[str, Any]:
    match trigger:
        case KeywordTrigger(words, senders):
            return {"keyword": {"words": list(words), **({"senders": list(senders)} if senders else {})}}
        case MessageTrigger(senders):
            return {"message": {"senders": list(senders)} if senders else {}}
        case SegmentTrigger(segment):
            return {"segment": {"name": segment}}


def _read_follow_up(plain: object) -> FollowUp:
    given = _object(plain, "", ("template",), ("after",))
    if not isinstance(given["template"], str):
        raise CampaignError("A template is a text.", "template")
    return FollowUp(given["template"], _read_span(given.get("after", {}), "after"))


def _write_follow_up(follow_up: FollowUp) -> dict[str, Any]:
    after = {"after": _write_span(follow_up.after)} if follow_up.after else {}
    return {"template": follow_up.template, **after}


def _read_frequency(plain: object) -> Frequency:
    given = _object(plain, "frequency", ("kind",), ("period",))
    period = given.get("period")
    return Frequency(given["kind"], None if period is None else _read_span(period, "frequency.period"))


def _read_quiet_hours(plain: object) -> QuietHours | None:
    return None if plain is None else QuietHours(**_object(plain, "", ("start", "end", "zone"), ("zone_attribute",)))


def _read_span(plain: object, place: str) -> timedelta:
    given = _object(plain, place, (), ("weeks", "days", "hours", "minutes", "seconds"))
    for unit, number in given.items():
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise CampaignError(f"{number!r} is no number of {unit}.", f"{place}.{unit}")
    try:
        return timedelta(**given)
    except (OverflowError, ValueError) as error:
        raise CampaignError("That is longer than a calendar.", place) from error


def _write_span(span: timedelta) -> dict[str, float]:
    return {"days": span.days, "seconds": span.seconds + span.microseconds / 1e6}


def _object(plain: object, place: str, needed: tuple[str, ...], allowed: tuple[str, ...] = ()) -> Mapping[str, Any]:
    known = ", ".join(needed + allowed)
    if not isinstance(plain, Mapping):
        raise CampaignError(f"An object with {known} is needed.", place)
    for name in plain:
        if name not in needed + allowed:
            hint = perhaps(_MEANT.get(name, name), needed + allowed)
            raise CampaignError(f"{name!r} is not known here. {hint}Known are {known}.", place)
    for name in needed:
        if name not in plain:
            raise CampaignError(f"{name!r} is missing.", place)
    return plain


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given[name]
    if not isinstance(value, str):
        raise CampaignError(f"{value!r} is no text.", name)
    return value


def _texts(given: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    items = given.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise CampaignError("A list of texts is needed.", f"{place}.{name}")
    return tuple(items)


def _flag(given: Mapping[str, Any], name: str, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise CampaignError(f"{value!r} is neither true nor false.", name)
    return value


def _placed(place: str, read: Callable[[object], Read], plain: object) -> Read:
    try:
        return read(plain)
    except PlacedError as error:
        raise error.inside(place) from error
