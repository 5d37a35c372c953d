"""Reports of campaigns: who would be written to before, what happened after, and what stopped it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from inbound_core.campaign_records import Campaign
from inbound_core.campaign_triggers import Conflict
from inbound_core.segment_previews import SharedNumber
from inbound_core.texts import headed_list


@dataclass(frozen=True, slots=True)
class SavedCampaign:
    """Say that a campaign was saved, and what it collides with."""

    campaign: Campaign
    conflicts: tuple[Conflict, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"Saved {self.campaign}.", *(f"  Conflict: {found}" for found in self.conflicts)])


@dataclass(frozen=True, slots=True)
class CampaignPreview:
    """Say whom a campaign would write to, before it does.

    For a campaign on a segment: those in it whom the filter lets through, as if all entered now, and of whom
    `already` went through it as often as it goes. For one on messages the audience is whoever writes, one profile
    a message (R12), so only texts and conflicts are shown. `shared` and `texts`, the follow-ups filled in for the
    first people by id, are of those who would get them; `failures` say why that was not possible.
    """

    campaign: Campaign
    audience: int | None
    without_number: int
    opted_out: int
    shared: tuple[SharedNumber, ...]
    texts: Mapping[str, tuple[str, ...]]
    failures: Mapping[str, str]
    conflicts: tuple[Conflict, ...]
    already: int = 0

    def lines(self) -> list[str]:
        """Give the preview as lines of plain text."""
        lines = [str(self.campaign)]
        if self.audience is not None:
            lines.append(f"  {self.audience} would go through it if all in the segment entered now.")
        if self.already:
            lines.append(f"  {self.already} {self._why_already()}.")
        if self.without_number:
            lines.append(f"  {self.without_number} without a readable number get nothing.")
        if self.opted_out:
            lines.append(f"  {self.opted_out} opted out and get nothing (R21).")
        lines += [f"  R13  {self._shared(shared)}" for shared in self.shared]
        lines += [f"  to {key}: {text!r}" for key, texts in self.texts.items() for text in texts]
        lines += [f"  to {key}: nothing. {why}" for key, why in self.failures.items()]
        lines += [f"  Conflict: {found}" for found in self.conflicts]
        return lines

    def _why_already(self) -> str:
        frequency = self.campaign.frequency
        if self.campaign.once_per_number:
            return f"went through it already, or their number did, and it goes {frequency} and once per number"
        return f"went through it already, and it goes {frequency}"

    def _shared(self, shared: SharedNumber) -> str:
        steps = len(self.campaign.follow_ups)
        who = ", ".join(shared.profile_ids)
        if self.campaign.once_per_number:
            return f"{shared.phone} is shared by {who}; the switch lets one of them through."
        many = len(shared.profile_ids) * steps
        return f"{shared.phone} gets {many} messages: it is shared by {who}. Once per number is a switch."

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return headed_list(self.lines())


#: What is told of one person, and what all to whom it happened have in common.
_COMMON = (
    (r".* opted out of (\S+) at .*", r"The number opted out of \1, so nothing is sent (R21)."),
    (r".* has the phone .* cannot be read as a number\..*", "The phone cannot be read as a number. Store it in E.164."),
    (r"(?!The campaign ).* was deleted before (.*)", r"The profile was deleted before \1"),
    (r"The carrier did not take .* in (\d+) attempts\.", r"The carrier did not take the message in \1 attempts."),
    (r"It is not known whether the carrier took .*", "It is not known whether the carrier took the message."),
)


def common_reason(reason: str) -> str:
    """Give a reason without the person, the number and the text that it was told of, so that it can be counted.

    >>> common_reason("+12025550101 opted out of +12025550199 at 2026-03-01 12:00:14 UTC (keyword STOP), so ...")
    'The number opted out of +12025550199, so nothing is sent (R21).'
    """
    for told, common in _COMMON:
        found = re.fullmatch(told, reason, re.DOTALL)
        if found:
            return found.expand(common)
    return re.sub(r"\+[1-9][0-9]{6,14}\b", "...", reason)


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """Count what a campaign did.

    `delivered` as the carrier reported; `failed` and `refused` by reason, without what it says of one person
    (`common_reason`); `replied` counts messages answered within 72 hours, `opted_out_after` those answered by an
    opt-out; `several` are numbers that got messages for more than one profile: number, messages, profiles (R13).
    """

    campaign: str
    started: int
    waiting: int
    queued: int
    sent: int
    delivered: int
    failed: Mapping[str, int]
    refused: Mapping[str, int]
    replied: int
    opted_out_after: int
    several: tuple[tuple[str, int, int], ...] = ()

    def lines(self) -> list[str]:
        """Give the report as lines of plain text."""
        failed, refused = sum(self.failed.values()), sum(self.refused.values())
        lines = [
            f"{self.campaign}: started {self.started}, sent {self.sent}, delivered {self.delivered}, "
            f"failed {failed}, refused {refused}, waiting {self.waiting}, queued {self.queued}, "
            f"replied {self.replied}, opted out after {self.opted_out_after}."
        ]
        lines += [f"  failed {count}: {why}" for why, count in self.failed.items()]
        lines += [f"  refused {count}: {why}" for why, count in self.refused.items()]
        lines += [f"  R13  {phone} got {count} messages for {many} profiles." for phone, count, many in self.several]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return headed_list(self.lines())


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Say of one message and one campaign whether it was set off, and what stopped it or its follow-ups."""

    message_sid: str
    campaign: str
    fired: bool
    why: str
    follow_ups: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.campaign}: {self.why}", *(f"  {line}" for line in self.follow_ups)])
