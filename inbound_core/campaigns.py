"""Campaigns: what follows when somebody answers or enters a segment, asked about before and after (`ws.campaigns`)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from inbound_core.campaign_checks import checked_campaign
from inbound_core.campaign_questions import AnyCampaign, CampaignQuestions, read_campaign
from inbound_core.campaign_records import Campaign, SegmentTrigger
from inbound_core.campaign_reports import SavedCampaign
from inbound_core.conditions import InSegment
from inbound_core.endings import end_campaign
from inbound_core.follow_ups import FollowUps
from inbound_core.policy import Policy
from inbound_core.sending import SentMessage
from inbound_core.storage import Store, campaigns


class Campaigns(CampaignQuestions):
    """Keep the campaigns of one store."""

    def __init__(
        self, store: Store, now: Callable[[], datetime], policy: Callable[[], Policy], follow_ups: FollowUps
    ) -> None:
        super().__init__(store, now, policy)
        self._follow_ups = follow_ups

    # -- definitions ------------------------------------------------------------------------------------

    def save(self, campaign: AnyCampaign, allow_unknown: bool = False) -> SavedCampaign:
        """Save a campaign, new or changed, and say what it collides with.

        `campaign` is a `Campaign`, or JSON as a mapping or text. Raise `ReservedKeyword`, `CampaignError` or
        `ConditionError` leaves, each naming the place; nothing is saved then. What was put off for quiet hours that
        are others now is due at once, or put off anew.
        """
        read = read_campaign(campaign)
        with self._store.write() as connection:
            checked = checked_campaign(connection, read, self._policy(), allow_unknown)
            before = next((one for one in campaigns.all_campaigns(connection) if one.name == checked.name), None)
            if before is not None and before.quiet_hours != checked.quiet_hours:
                campaigns.look_anew(connection, checked.name, self._now())
            campaigns.put(connection, checked, self._now())
            return SavedCampaign(checked, self._conflicts_of(connection, checked))

    def pause(self, name: str) -> Campaign:
        """Pause a campaign: it starts nothing, and what waits is refused when its time comes."""
        return self._activate(name, False)

    def resume(self, name: str) -> Campaign:
        """Let a paused campaign go on."""
        return self._activate(name, True)

    def delete(self, name: str) -> None:
        """Delete a campaign; what it did stays in the log, what waits is refused. Raise `UnknownCampaign`."""
        with self._store.write() as connection:
            self._get(connection, name)
            campaigns.remove(connection, name)
            end_campaign(connection, name, self._now())

    def all(self) -> list[Campaign]:
        """Give the campaigns by name."""
        with self._store.read() as connection:
            return list(campaigns.all_campaigns(connection))

    def get(self, name: str) -> Campaign:
        """Give one campaign; raise `UnknownCampaign`."""
        with self._store.read() as connection:
            return self._get(connection, name)

    # -- what happens -----------------------------------------------------------------------------------

    def run_due(self, now: datetime | None = None) -> list[SentMessage]:
        """Send what is due, each follow-up once; see `FollowUps.run_due`. Call it often, or after each step."""
        return self._follow_ups.run_due(now)

    def next_due(self) -> datetime | None:
        """Give the time of the next follow-up that waits, or None."""
        return self._follow_ups.next_due()

    def next_look(self) -> datetime | None:
        """Give the time at which the clock alone gives `run_due` something to do again, or None."""
        return self._follow_ups.next_look()

    # -- inside -----------------------------------------------------------------------------------------

    def on_segment(self, connection: Connection, segment: str) -> tuple[str, ...]:
        """Name the active campaigns that entering a segment sets off."""
        known = campaigns.all_campaigns(connection)
        return tuple(c.name for c in known if c.active and c.trigger == SegmentTrigger(segment))

    def asking(self, connection: Connection, segment: str) -> tuple[str, ...]:
        """Name the campaigns that are defined by a segment."""
        return tuple(
            campaign.name
            for campaign in campaigns.all_campaigns(connection)
            if campaign.trigger == SegmentTrigger(segment)
            or (campaign.filter is not None and InSegment(segment) in campaign.filter.leaves())
        )

    def _activate(self, name: str, active: bool) -> Campaign:
        with self._store.write() as connection:
            campaign = replace(self._get(connection, name), active=active)
            campaigns.put(connection, campaign, self._now())
        return campaign
