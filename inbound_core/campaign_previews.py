"""Previews of campaigns: who is in the audience, what each would read, and which numbers are shared (R13)."""

from datetime import datetime

from sqlalchemy.engine import Connection

from inbound_core.campaign_records import Campaign, KeywordTrigger, SegmentTrigger
from inbound_core.campaign_reports import CampaignPreview
from inbound_core.campaign_triggers import Conflict
from inbound_core.condition_words import opted_out
from inbound_core.conditions import Condition, InSegment
from inbound_core.membership import catalogue_of
from inbound_core.profiles import Profile
from inbound_core.segment_questions import shared_among
from inbound_core.storage import audience, people, segments
from inbound_core.storage.condition_sql import Terms, condition_sql
from inbound_core.template_checks import TemplateFailure
from inbound_core.templates import render


def preview_of(
    connection: Connection, campaign: Campaign, now: datetime, conflicts: tuple[Conflict, ...], sample: int
) -> CampaignPreview:
    """Preview a campaign without starting anything."""
    if not isinstance(campaign.trigger, SegmentTrigger):
        texts, failures = _texts(campaign, people.page(connection, 0, sample))
        return CampaignPreview(campaign, None, 0, 0, (), texts, failures, conflicts)
    condition: Condition = InSegment(campaign.trigger.segment)
    if campaign.filter is not None:
        condition = condition & campaign.filter
    terms = Terms(now, connection.dialect.name, catalogue_of(segments.all_segments(connection)))
    found = condition_sql(condition, terms)
    texts, failures = _texts(campaign, audience.sample(connection, found, sample))
    return CampaignPreview(
        campaign,
        audience.count(connection, found),
        audience.count_without_number(connection, found),
        audience.count(connection, condition_sql(condition & opted_out(campaign.sender), terms)),
        shared_among(connection, found, sample),
        texts,
        failures,
        conflicts,
    )


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
