"""Fault plans: what can go wrong between applications, Twilio and phones, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from simulator.chance import Chance

#: What can go wrong on each hop, and in which words the timeline tells it.
KINDS: dict[str, dict[str, str]] = {
    "api": {
        "rate_limit": "the API answers 429 and a Retry-After",
        "error": "the API answers 500",
        "hang": "the API does not answer",
    },
    "webhook": {
        "refused": "the application takes no connection",
        "slow": "the application's answer comes late",
        "status": "the application answers with an error status",
        "timeout": "the application works, but its answer does not come in time",
        "truncated": "the connection breaks in the middle of the answer",
        "bad_signature": "the signature does not fit the request",
        "duplicate": "the same webhook is delivered again",
        "reordered": "the webhook is held back until a later one has passed it",
        "dropped": "the webhook is lost on its way, and nobody notices",
    },
    "carrier": {
        "undelivered": "the operator does not deliver the message",
        "filtered": "the operator filters the message out",
        "late_receipt": "the delivery receipt comes late",
        "no_receipt": "no delivery receipt ever comes",
    },
}

#: Which kinds each detail of a plan belongs to.
DETAILS: dict[str, tuple[str, ...]] = {
    "code": ("error", "status", "undelivered", "filtered"),
    "delay": ("rate_limit", "hang", "slow", "duplicate", "reordered", "late_receipt"),
    "copies": ("duplicate",),
}

#: Seconds, where a fault has a delay and names none.
_USUAL_DELAY = {"slow": 5.0, "duplicate": 3.0, "reordered": 60.0, "late_receipt": 3600.0, "hang": 20.0}


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Say what goes wrong on which hop, and when: on every occasion unless a trigger narrows it.

    Triggers: the `nth` occasion, the `first` n, `every` nth, each with a `probability`, `until` a time.
    `person` (a handset's number) and `keyword` (a whole body) say which occasions count at all.
    """

    hop: str
    kind: str
    nth: int | None = None
    first: int | None = None
    every: int | None = None
    probability: float | None = None
    until: datetime | None = None
    person: str | None = None
    keyword: str | None = None
    code: int | None = None
    delay: float | None = None
    copies: int = 2
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse a fault on a hop where it cannot happen; raise ValueError."""
        if self.kind not in KINDS.get(self.hop, ()):
            raise ValueError(f"{self.kind} is no fault of the hop {self.hop}. There are: {KINDS}.")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "FaultPlan":
        """Make a plan from plain values; raise ValueError for a key that no fault has."""
        known = {one.name for one in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"A fault has no {unknown[0]}. It has: {', '.join(sorted(known))}.")
        return cls(**values)

    @property
    def seconds(self) -> float:
        """Give its delay in seconds."""
        return self.delay if self.delay is not None else _USUAL_DELAY.get(self.kind, 0.0)

    def concerns(self, now: datetime, handset: str, body: str) -> bool:
        """Tell whether an occasion counts."""
        if self.until is not None and now > self.until:
            return False
        if self.person is not None and handset != self.person:
            return False
        return self.keyword is None or body.strip().upper() == self.keyword.strip().upper()

    def fires(self, occasion: int, chance: Chance, key: str) -> bool:
        """Tell whether it goes wrong on the occasion of this number, counted from 1."""
        if self.nth is not None:
            return occasion == self.nth
        if self.first is not None:
            return occasion <= self.first
        if self.every is not None:
            return occasion % self.every == 0
        return self.probability is None or chance.number("fault", key, occasion) < self.probability


@dataclass(frozen=True, slots=True)
class Firing:
    """Note that a fault happened: when, which, and to what."""

    at: datetime
    plan: FaultPlan
    handset: str
    message_sid: str | None

    def __str__(self) -> str:
        return f"{self.plan.hop}: {KINDS[self.plan.hop][self.plan.kind]}"
