"""Previews of campaigns: who is in the audience, what each would read, and which numbers are shared (R13)."""

from datetime import datetime

from sqlalchemy import true
from sqlalchemy.engine import Connection

from inbound_core.campaign_checks import sender_of
from inbound_core.campaign_records import Campaign, KeywordTrigger, SegmentTrigger
from inbound_core.campaign_reports import CampaignPreview
from inbound_core.campaign_triggers import Conflict
from inbound_core.condition_words import opted_out
from inbound_core.conditions import InSegment
from inbound_core.membership import catalogue_of
from inbound_core.profiles import Profile
from inbound_core.segment_questions import shared_among
from inbound_core.storage import audience, campaign_counts, segments
from inbound_core.storage.condition_sql import Terms, condition_sql
from inbound_core.template_checks import TemplateFailure
from inbound_core.templates import render


def preview_of(
    connection: Connection, campaign: Campaign, now: datetime, conflicts: tuple[Conflict, ...], sample: int
) -> CampaignPreview:
    """Preview a campaign without starting anything."""
    terms = Terms(now, connection.dialect.name, catalogue_of(segments.all_segments(connection)))
    asked = true() if campaign.filter is None else condition_sql(campaign.filter, terms)
    if not isinstance(campaign.trigger, SegmentTrigger):
        writers = audience.sample(connection, audience.with_number(asked), sample)
        texts, failures = _texts(campaign, writers)
        return CampaignPreview(campaign, None, 0, 0, (), texts, failures, conflicts)
    inside = condition_sql(InSegment(campaign.trigger.segment), terms) & asked
    already = campaign_counts.went_through(campaign, now)
    through = inside & ~already
    out = opted_out(_sender(connection, campaign))
    reached = audience.with_number(through & condition_sql(~out, terms))
    texts, failures = _texts(campaign, audience.sample(connection, reached, sample))
    without_number = audience.count_without_number(connection, through)
    numbers = audience.count_numbers if campaign.once_per_number else audience.count
    return CampaignPreview(
        campaign,
        numbers(connection, audience.with_number(through)) + without_number,
        without_number,
        numbers(connection, through & condition_sql(out, terms)),
        shared_among(connection, reached, sample),
        texts,
        failures,
        conflicts,
        audience.count(connection, inside & already),
    )


def _sender(connection: Connection, campaign: Campaign) -> str | None:
    senders = sender_of(connection)
    if campaign.sender is not None:
        return senders.get(campaign.sender, campaign.sender)
    only = set(senders.values())
    return only.pop() if len(only) == 1 else None


def _texts(campaign: Campaign, sample: tuple[Profile, ...]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    texts: dict[str, tuple[str, ...]] = {}
    failures: dict[str, str] = {}
    for profile in sample:
        event = _example_event(campaign, profile)
        fields = {**profile.attributes, "id": profile.id}
        try:
            texts[profile.id] = tuple(render(step.template, fields, event) for step in campaign.follow_ups)
        except TemplateFailure as failure:
            failures[profile.id] = str(failure)
    return texts, failures


def _example_event(campaign: Campaign, profile: Profile) -> dict[str, object]:
    """Make up the event that would set it off, for the sake of the preview."""
    if isinstance(campaign.trigger, SegmentTrigger):
        return {"segment": campaign.trigger.segment, "cause": "a preview"}
    word = campaign.trigger.words[0] if isinstance(campaign.trigger, KeywordTrigger) else "Hello"
    keyword = word if isinstance(campaign.trigger, KeywordTrigger) else ""
    sender = campaign.sender or ""
    number = profile.phone_e164 or ""
    return {"body": word, "keyword": keyword, "from": number, "to": sender, "sender": sender, "num_media": 0}
