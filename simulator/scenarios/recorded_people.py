"""Recorded people: who took part in a conversation, and what their profiles were when it began."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inbound_core.activity import Activity, ActivityKind
from inbound_core.explanation import Explanation
from inbound_core.profiles import Profile


@dataclass(slots=True)
class RecordedPerson:
    """Be one person of a recording: a handset, and the profile of an id, None for a number that nobody has."""

    name: str
    number: str
    profile_id: str | None
    created: datetime | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    has_profile: bool = True
    stored_order: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Give the person as a scenario has it."""
        plain: dict[str, Any] = {"number": self.number}
        if not self.has_profile:
            return {**plain, "profile": False}
        plain["phone"] = self.attributes.get("phone")
        if self.created is not None:
            plain["created"] = self.created.isoformat()
        others = {key: value for key, value in self.attributes.items() if key != "phone"}
        return {**plain, **({"attributes": others} if others else {})}


class RecordedPeople:
    """Know everybody whose handset took part, by name, by profile and by number."""

    def __init__(
        self,
        handsets: Iterable[str],
        profiles: Iterable[Profile],
        explanations: Iterable[Explanation],
        changes: Sequence[Activity],
    ) -> None:
        self.people: list[RecordedPerson] = []
        self._names: set[str] = set()
        known = list(profiles)
        told = list(explanations)
        for handset in dict.fromkeys(handsets):
            for profile in known:
                if profile.phone_e164 == handset:
                    self._add(handset, profile.id, profile.created_at, dict(profile.attributes), profile.stored_order)
            for explanation in told:
                # Whoever had the number then, and has another one now or is no more.
                for candidate in explanation.candidates if explanation.from_phone == handset else ():
                    if candidate.profile_id not in self._ids():
                        found = next((one for one in known if one.id == candidate.profile_id), None)
                        attributes = dict(found.attributes) if found else {"phone": candidate.phone}
                        order = candidate.stored_order
                        self._add(handset, candidate.profile_id, candidate.created_at, attributes, order)
            if not any(person.number == handset for person in self.people):
                self._add(handset, None)
        # Of those created at the same time the one stored first is the oldest, so the order is kept.
        self.people.sort(key=lambda person: person.stored_order)
        self._rewind(changes)

    def _ids(self) -> set[str | None]:
        return {person.profile_id for person in self.people}

    def _add(
        self,
        number: str,
        profile_id: str | None,
        created: datetime | None = None,
        attributes: Any = None,
        order: int = 0,
    ) -> None:
        usual = f"unknown_{number.lstrip('+')}" if profile_id is None else _identifier(profile_id)
        name, count = usual, 1
        while name in self._names:
            count += 1
            name = f"{usual}_{count}"
        self._names.add(name)
        self.people.append(
            RecordedPerson(name, number, profile_id, created, attributes or {}, profile_id is not None, order)
        )

    def _rewind(self, changes: Sequence[Activity]) -> None:
        """Take back, newest first, what happened to the profiles during the conversation."""
        for change in reversed(changes):
            person = self.of_profile(change.profile_id)
            if person is None:
                continue
            if change.kind is ActivityKind.PROFILE_CREATED:
                person.has_profile = False
            elif change.kind is ActivityKind.PROFILE_DELETED:
                person.has_profile = True
            elif change.kind is ActivityKind.ATTRIBUTE_CHANGED:
                _apply(person.attributes, {name: one.get("from") for name, one in change.data.items()})

    def of_profile(self, profile_id: str | None) -> RecordedPerson | None:
        """Give the person of a profile, or None for somebody who took no part."""
        return next((one for one in self.people if one.profile_id == profile_id and profile_id is not None), None)

    def of_number(self, number: str) -> RecordedPerson:
        """Give the person who speaks from a handset; several on one number speak as the first of them."""
        return next(one for one in self.people if one.number == number)

    def change_step(self, change: Activity) -> dict[str, Any] | None:
        """Give the step that does to a profile what was done to it then, or None for somebody who took no part."""
        person = self.of_profile(change.profile_id)
        if person is None:
            return None
        if change.kind is ActivityKind.PROFILE_DELETED:
            person.has_profile = False
            return {"delete": person.name}
        if change.kind is ActivityKind.PROFILE_CREATED:
            person.has_profile = True
            return {"identify": _identified(person, person.attributes)}
        changed = {name: one.get("to") for name, one in change.data.items()}
        _apply(person.attributes, changed)
        return {"identify": _identified(person, changed)}


def _identified(person: RecordedPerson, attributes: Mapping[str, Any]) -> dict[str, Any]:
    others = {key: value for key, value in attributes.items() if key != "phone"}
    step: dict[str, Any] = {"person": person.name}
    if "phone" in attributes:
        step["phone"] = attributes["phone"]
    return {**step, **({"attributes": others} if others else {})}


def _apply(attributes: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            attributes.pop(name, None)
        else:
            attributes[name] = value


def _identifier(profile_id: str) -> str:
    name = "".join(char if char.isascii() and char.isalnum() else "_" for char in profile_id)
    return name if name[:1].isalpha() or name[:1] == "_" else f"p_{name}"
