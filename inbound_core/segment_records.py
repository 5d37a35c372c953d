"""Records of segments: what one is, what touches its membership, and who moved in or out and why."""

from dataclasses import dataclass
from datetime import datetime

from inbound_core.catalogue import questions
from inbound_core.conditions import Attribute, Condition, Consent, InSegment, Performed, SharesNumber
from inbound_core.evaluation import Catalogue, counts_event
from inbound_core.events import Event

#: What a question can be about, beside events: `attribute:<name>`, `list:<segment>`, and these.
CONSENT = "consent"
SHARING = "sharing"
EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold a named set of profiles: data-driven by a condition, or manual, a list kept by hand, without one."""

    name: str
    condition: Condition | None
    created_at: datetime
    checked_at: datetime

    @property
    def kind(self) -> str:
        """Name the kind as Customer.io does."""
        return "manual" if self.condition is None else "data-driven"

    def __str__(self) -> str:
        return f"{self.name} ({self.kind}): {self.condition or 'a list kept by hand'}"


@dataclass(frozen=True, slots=True)
class Touch:
    """Say what a change may move: these profiles and those with these numbers, in segments that ask about it."""

    cause: str
    ids: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()
    event: Event | None = None
    message_sid: str | None = None

    def reaches(self, condition: Condition, catalogue: Catalogue) -> bool:
        """Tell whether a condition asks about what changed."""
        return EVERYTHING in self.topics or any(self._reaches(leaf) for leaf in questions(condition, catalogue))

    def _reaches(self, leaf: Condition) -> bool:
        match leaf:
            case Performed():
                return self.event is not None and counts_event(leaf, self.event.name, self.event.data)
            case Attribute(asked):
                return f"attribute:{asked.field}" in self.topics
            case Consent():
                return CONSENT in self.topics
            case SharesNumber():
                return SHARING in self.topics
            case InSegment(name):
                return f"list:{name}" in self.topics
        return False


@dataclass(frozen=True, slots=True)
class Move:
    """Say that a profile entered a segment or left it, when, and because of what."""

    segment: str
    profile_id: str
    entered: bool
    at: datetime
    cause: str
    phone: str | None = None
    message_sid: str | None = None

    def __str__(self) -> str:
        return f"{self.profile_id} {'entered' if self.entered else 'left'} {self.segment}: {self.cause}"
