"""Explanation: why a message was decided as it was, the same on every surface."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from html import escape
from typing import Any

from inbound_core.errors import InboundError
from inbound_core.profiles import NearMiss


class UnknownMessage(InboundError, LookupError):
    """Report a MessageSid that never arrived."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Describe a profile that had the number: its age, the phone as stored, and whether it was chosen."""

    profile_id: str
    created_at: datetime
    stored_order: int
    phone: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Give one step of the decision: the rule that was applied and the sentence that says what it did."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class CampaignOutcome:
    """Say whether a message set a campaign off for its author, and why or why not."""

    campaign: str
    fired: bool
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Hold everything that led to a decision about one message.

    `candidates` are all profiles with the number, oldest first; `near_misses` are those that look like it
    but did not match; `affected` are the profiles whose opt-out state the message changed (R14).
    """

    message_sid: str
    from_phone: str
    body: str
    sender: str
    attributed_to: str | None
    keyword_action: str | None
    keyword: str
    consent_before: str
    consent_after: str
    candidates: tuple[Candidate, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    affected: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    campaigns: tuple[CampaignOutcome, ...] = ()

    def lines(self) -> list[str]:
        """Give the explanation as lines of plain text, the outcome first."""
        who = f"profile {self.attributed_to}" if self.attributed_to else "an anonymous event"
        lines = [f"{self.from_phone} wrote {self.body!r} to {self.sender}: {who}."]
        lines += [f"  {reason.rule:<4} {reason.text}" for reason in self.reasons]
        lines += [f"  R18  Near miss: {miss.profile_id} has {miss.phone!r}. {miss.why}" for miss in self.near_misses]
        lines += [f"  R1   Campaign {told.campaign}: {told.why}" for told in self.campaigns]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{escape(r.rule)}</th><td>{escape(r.text)}</td></tr>" for r in self.reasons)
        rows += "".join(
            f"<tr><th>R18</th><td>Near miss: {escape(m.profile_id)} has {escape(m.phone)!r}. {escape(m.why)}</td></tr>"
            for m in self.near_misses
        )
        rows += "".join(
            f"<tr><th>R1</th><td>Campaign {escape(told.campaign)}: {escape(told.why)}</td></tr>"
            for told in self.campaigns
        )
        return f"<p><b>{escape(self.lines()[0])}</b></p><table>{rows}</table>"

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON; `from_dict` reads them back."""
        # Its parts hold plain values only, so nothing has to be copied in depth.
        plain = _plain(self)
        for name in ("candidates", "near_misses", "reasons", "campaigns"):
            plain[name] = tuple(_plain(part) for part in plain[name])
        for candidate in plain["candidates"]:
            candidate["created_at"] = candidate["created_at"].isoformat()
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Explanation":
        """Read what `to_dict` wrote."""
        values = dict(plain)
        values["candidates"] = tuple(
            Candidate(**{**item, "created_at": datetime.fromisoformat(item["created_at"])})
            for item in values["candidates"]
        )
        values["near_misses"] = tuple(NearMiss(**item) for item in values["near_misses"])
        values["reasons"] = tuple(Reason(**item) for item in values["reasons"])
        values["campaigns"] = tuple(CampaignOutcome(**item) for item in values.get("campaigns", ()))
        values["affected"] = tuple(values["affected"])
        return cls(**values)


def _plain(part: Any) -> dict[str, Any]:
    return {name: getattr(part, name) for name in _names(part.__class__)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
