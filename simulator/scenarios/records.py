"""Records: a scenario as it is played, after its file was read and found right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from inbound_core.errors import InboundError
from simulator.scenarios.errors import Place, nearest

#: When nothing else is said, every scenario begins on this Monday morning.
USUAL_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class UnknownName(InboundError, LookupError):
    """Report a person or a sender that a scenario does not have, with the name that comes nearest."""


@dataclass(frozen=True, slots=True)
class SenderPlan:
    """Describe a sender of the platform: a messaging service with numbers, or one number on its own."""

    name: str
    numbers: tuple[str, ...]
    service: str | None = None
    managed: bool = False
    #: True for Twilio's own lists, or own words and an own answer by type: stop, start, help.
    advanced_opt_out: bool | Mapping[str, Any] = field(default=False, hash=False)


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """Describe a person with a handset, and the profile that the platform has of them, if any.

    `number` is the handset's, `phone` what stands on the profile (None: none has the person's number).
    """

    name: str
    number: str
    phone: str | None = None
    has_profile: bool = True
    created: datetime | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    persona: Mapping[str, Any] | None = field(default=None, hash=False)
    reach: str = "on"


@dataclass(frozen=True, slots=True)
class Step:
    """Be one step: its kind, who acts (in `ana.says`, ana), its values, and where it stands."""

    kind: str
    value: Any = field(hash=False)
    place: Place
    actor: str | None = None

    def __str__(self) -> str:
        return f"{self.actor}.{self.kind}" if self.actor else self.kind


@dataclass(frozen=True, slots=True)
class Application:
    """Name the application under test that gets the webhooks in the place of our own platform."""

    url: str
    fallback_url: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Hold one playable story: a whole file, or one cell of its matrix, or one of its branches."""

    name: str
    file: str
    seed: str
    start: datetime
    senders: tuple[SenderPlan, ...]
    people: tuple[PersonPlan, ...]
    steps: tuple[Step, ...]
    about: str = ""
    rules: tuple[str, ...] = ()
    region: str = "us"
    policy: Mapping[str, Any] = field(default_factory=dict, hash=False)
    segments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    campaigns: Mapping[str, Any] = field(default_factory=dict, hash=False)
    application: Application | None = None
    unexpected: str = "fail"

    def person(self, name: str) -> PersonPlan:
        """Give the person of a name; raise `UnknownName`."""
        return _named(self.people, name, "person")

    def sender(self, name: str) -> SenderPlan:
        """Give the sender of a name; raise `UnknownName`."""
        return _named(self.senders, name, "sender")

    def changed(self, **values: Any) -> "Scenario":
        """Return a copy with some values changed."""
        return replace(self, **values)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Plan = TypeVar("Plan", bound=_Named)


def _named(plans: Iterable[Plan], name: str, what: str) -> Plan:
    known = {plan.name: plan for plan in plans}
    if name not in known:
        raise UnknownName(f"No {what} is named {name}. {nearest(name, known)}")
    return known[name]
