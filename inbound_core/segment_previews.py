"""Previews of segments: who would be in one, who moves when it changes, told before anything is saved."""

from dataclasses import dataclass
from html import escape

from inbound_core.conditions import Condition
from inbound_core.profiles import Profile
from inbound_core.texts import headed_list


@dataclass(frozen=True, slots=True)
class SharedNumber:
    """Name the profiles of an audience that have one number: each would get a message of its own (R13)."""

    phone: str
    profile_ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.phone} gets {len(self.profile_ids)} messages: {', '.join(self.profile_ids)}"


@dataclass(frozen=True, slots=True)
class SegmentPreview:
    """Say who a condition finds now.

    `count` of people, the first of them as `sample`; how many have no readable number; how many opted out of
    some sender, the first of them by id; and the most shared numbers among them.
    """

    condition: Condition
    count: int
    sample: tuple[Profile, ...]
    without_number: int
    opted_out: int
    opted_out_ids: tuple[str, ...]
    shared: tuple[SharedNumber, ...]

    def lines(self) -> list[str]:
        """Give the preview as lines of plain text."""
        ids = ", ".join(profile.id for profile in self.sample)
        more = ", ..." if self.count > len(self.sample) else ""
        lines = [f"{self.count} in the segment: {self.condition}"]
        if self.sample:
            lines.append(f"  {ids}{more}")
        if self.without_number:
            lines.append(f"  {self.without_number} without a number that can be read: nothing can be sent to them.")
        if self.opted_out:
            lines.append(_named(f"  {self.opted_out} opted out of a sender (R21)", self.opted_out, self.opted_out_ids))
        lines += [f"  Shared number (R13): {shared}" for shared in self.shared]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return headed_list(self.lines())


def _named(said: str, count: int, ids: tuple[str, ...]) -> str:
    if not count:
        return f"{said}."
    return f"{said}: {', '.join(ids)}{', ...' if count > len(ids) else ''}"


@dataclass(frozen=True, slots=True)
class SegmentDiff:
    """Hold two audiences side by side: how many are in one only or in both, and the first of these by id."""

    first: str
    second: str
    only_first: int
    only_second: int
    both: int
    only_first_ids: tuple[str, ...]
    only_second_ids: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(
            (
                f"{self.both} in both.",
                _named(f"{self.only_first} only in {self.first}", self.only_first, self.only_first_ids),
                _named(f"{self.only_second} only in {self.second}", self.only_second, self.only_second_ids),
            )
        )

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in str(self).splitlines())


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Say who would enter and leave a segment under a change, and which campaigns entering would set off."""

    segment: str
    change: str
    entering: int
    leaving: int
    staying: int
    entering_ids: tuple[str, ...]
    leaving_ids: tuple[str, ...]
    shared: tuple[SharedNumber, ...] = ()
    campaigns: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Give the answer as lines of plain text."""
        lines = [
            f"What if {self.change}: {self.segment} keeps {self.staying}.",
            _named(f"  {self.entering} would enter", self.entering, self.entering_ids),
            _named(f"  {self.leaving} would leave", self.leaving, self.leaving_ids),
        ]
        if self.campaigns and self.entering:
            lines.append(f"  Entering sets off: {', '.join(self.campaigns)}")
            lines += [f"  {shared} (R13)" for shared in self.shared]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.lines())
