"""Profiles: the people of a workspace, who shares a number, and which of them answered (R7, R11, R12)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

TieBreak = Literal["stored_first", "lower_id"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Hold one person record of the workspace.

    `created_at` is the profile's age: the first one given for this id counts. `stored_order` grows with each
    profile that the workspace stores for the first time. `phone` is the attribute as it was given, never
    changed by reading it (R10); `phone_e164` is what it reads as, or None.
    """

    id: str
    created_at: datetime
    stored_order: int
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    phone_e164: str | None = None
    phone_status: str = "missing"

    @property
    def phone(self) -> str | None:
        """Give the `phone` attribute as text, as it was stored."""
        value = self.attributes.get("phone")
        return None if value is None else str(value)

    def seniority(self, tie_break: TieBreak = "stored_first") -> tuple[object, ...]:
        """Give the key that puts the oldest profile first (R12)."""
        if tie_break == "lower_id":
            return (self.created_at, self.id)
        return (self.created_at, self.stored_order, self.id)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Name a profile that could have been meant but did not match, and why it did not (R18)."""

    profile_id: str
    phone: str
    why: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """Say who a number belongs to: one profile or none, all that share it oldest first, and the rule."""

    profile: Profile | None
    sharing: tuple[Profile, ...]
    rule: str
    why: str


def resolve_profile(phone: str | None, profiles: Iterable[Profile], tie_break: TieBreak = "stored_first") -> Resolution:
    """Attribute a number to the oldest of the profiles that have it, or to nobody (R7, R12, R15).

    `profiles` may hold others too: only those whose `phone_e164` equals `phone` count.
    """
    sharing = tuple(
        sorted(
            (profile for profile in profiles if phone and profile.phone_e164 == phone),
            key=lambda profile: profile.seniority(tie_break),
        )
    )
    if phone is None:
        return Resolution(None, (), "R15", "The number it came from could not be read, so it is nobody's.")
    if not sharing:
        return Resolution(None, (), "R15", f"No profile has the number {phone}, so nobody is attributed.")
    oldest = sharing[0]
    if len(sharing) == 1:
        return Resolution(oldest, sharing, "R7", f"{oldest.id} is the only profile with the number {phone}.")
    return Resolution(oldest, sharing, "R12", _why_oldest(sharing, tie_break))


def _why_oldest(sharing: tuple[Profile, ...], tie_break: TieBreak) -> str:
    oldest, next_oldest = sharing[0], sharing[1]
    others = ", ".join(profile.id for profile in sharing[1:])
    if oldest.created_at != next_oldest.created_at:
        return f"{oldest.id} was created first ({oldest.created_at:%Y-%m-%d %H:%M:%S}), before {others}."
    settled = "was stored first" if tie_break == "stored_first" else "has the lower id"
    return (
        f"{oldest.id} and {next_oldest.id} were created at the same time; {oldest.id} {settled}, "
        f"which is this workspace's tie-break."
    )
