"""Checks of campaigns: what a workspace must have for a campaign to be meant."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.engine import Connection

from inbound_core.campaign_records import LONGEST_PERIOD, Campaign, CampaignError, SegmentTrigger, check_words
from inbound_core.catalogue import Known, check_condition
from inbound_core.condition_words import attribute
from inbound_core.conditions import InSegment
from inbound_core.errors import PlacedError
from inbound_core.membership import catalogue_of
from inbound_core.policy import Policy
from inbound_core.storage import segments, sending


class UnknownCampaignSender(CampaignError, LookupError):
    """Report a campaign from or on a sender that is none of the workspace's, or from no sender in particular."""


def checked_campaign(connection: Connection, campaign: Campaign, policy: Policy, allow_unknown: bool) -> Campaign:
    """Refuse what the workspace does not have, and give the campaign with its sender as consent names it."""
    senders = sender_of(connection)
    catalogue = catalogue_of(segments.all_segments(connection))
    known = Known(catalogue, segments.known_attributes(connection), frozenset(senders.values()), senders)
    check_words(campaign.words, policy.language_packs)
    _check_period(campaign.frequency.period)
    try:
        if isinstance(campaign.trigger, SegmentTrigger):
            check_condition(InSegment(campaign.trigger.segment), known)
    except PlacedError as error:
        raise error.inside("trigger") from error
    if campaign.filter is not None:
        try:
            check_condition(campaign.filter, known, allow_unknown=allow_unknown)
        except PlacedError as error:
            raise error.inside("filter") from error
    hours = campaign.quiet_hours
    if hours is not None and hours.zone_attribute is not None:
        try:
            check_condition(attribute(hours.zone_attribute).exists(), known, allow_unknown=allow_unknown)
        except PlacedError as error:
            raise type(error)(error.problem, "quiet_hours.zone_attribute") from error
    for number, sender in enumerate(getattr(campaign.trigger, "senders", ())):
        _check_sender(sender, senders, f"trigger.senders[{number}]")
    if campaign.sender is not None:
        _check_sender(campaign.sender, senders, "sender")
        return replace(campaign, sender=senders.get(campaign.sender, campaign.sender))
    if isinstance(campaign.trigger, SegmentTrigger) and len(set(senders.values())) != 1:
        own = ", ".join(sorted(set(senders.values()))) or "none yet: add one"
        text = f"Nobody was replied to, so say from which sender to write: {own}."
        raise UnknownCampaignSender(text, "sender")
    return campaign


def sender_of(connection: Connection) -> dict[str, str]:
    """Give the sender, as consent names it, of each own number and service."""
    senders = sending.all_senders(connection)
    return {**{sender.key: sender.key for sender in senders}, **{sender.phone: sender.key for sender in senders}}


def _check_period(period: timedelta | None) -> None:
    if period is not None and period > LONGEST_PERIOD:
        text = f"{period.days} days is more than {LONGEST_PERIOD.days}: the frequency once means for ever."
        raise CampaignError(text, "frequency.period")


def _check_sender(sender: str, senders: Mapping[str, str], place: str) -> None:
    if senders and sender not in senders:
        own = ", ".join(sorted(set(senders.values())))
        error = f"{sender!r} is none of this workspace's senders: {own}."
        raise UnknownCampaignSender(error, place)
