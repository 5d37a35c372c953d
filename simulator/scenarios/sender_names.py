"""Sender names: in a scenario senders have names; the platform knows them by the key that consent is kept under."""

from collections.abc import Iterator, Mapping
from typing import Any

#: Operators whose value is a sender, or a list of them, and no part of one.
_NAMING = ("equals", "not_equals", "one_of", "not_one_of")


def campaign_with_keys(name: str, campaign: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """Give a campaign of a scenario as the platform takes it: named, its senders by their keys."""
    plain = {"name": name, **campaign}
    if "sender" in plain:
        plain["sender"] = keys.get(plain["sender"], plain["sender"])
    if plain.get("filter") is not None:
        plain["filter"] = condition_with_keys(plain["filter"], keys)
    trigger = {kind: dict(inner) for kind, inner in dict(plain.get("trigger", {})).items()}
    for inner in trigger.values():
        if "senders" in inner:
            inner["senders"] = [keys.get(sender, sender) for sender in inner["senders"]]
    return {**plain, "trigger": trigger}


def condition_with_keys(condition: Any, keys: Mapping[str, str]) -> Any:
    """Give a condition with its senders by their keys: in `consent`, and where an event's field is `sender`."""
    if isinstance(condition, list):
        return [condition_with_keys(item, keys) for item in condition]
    if not isinstance(condition, Mapping):
        return condition
    given = {key: condition_with_keys(value, keys) for key, value in condition.items()}
    for holder, key in _places(given):
        value = holder[key]
        holder[key] = [keys.get(one, one) for one in value] if isinstance(value, list) else keys.get(value, value)
    return given


def senders_in(condition: Any) -> Iterator[str]:
    """Yield the senders that a condition names."""
    if isinstance(condition, list):
        for item in condition:
            yield from senders_in(item)
    elif isinstance(condition, Mapping):
        for holder, key in _places(condition):
            value = holder[key]
            yield from (str(one) for one in (value if isinstance(value, list) else [value]))
        for value in condition.values():
            yield from senders_in(value)


def _places(given: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Yield where one level of a condition names senders, as a mapping and its key."""
    consent = given.get("consent")
    if isinstance(consent, Mapping) and isinstance(consent.get("sender"), str):
        yield consent, "sender"
    event = given.get("event")
    for test in (event.get("where") or []) if isinstance(event, Mapping) else []:
        if isinstance(test, Mapping) and test.get("field") == "sender" and test.get("operator") in _NAMING:
            yield test, "value"
