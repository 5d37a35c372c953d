"""Why a campaign fired or did not: told as it was, also of campaigns that are others by now, or gone."""

import pytest

from inbound_core import Workspace
from inbound_core.campaign_questions import UnknownCampaign
from inbound_core.campaign_records import Campaign, FollowUp, SegmentTrigger
from inbound_core.condition_words import attribute, opted_in, replied
from tests.campaign_cases import ANA, Carrier, on_yes, yes
from tests.stores import SteppingClock, inbound

WELCOME = (FollowUp("Welcome back."),)


def test_each_who_entered_by_one_message_is_told_of(ws: Workspace, clock: SteppingClock) -> None:
    ws.outgoing.transport = Carrier()
    for name, plan in (("ana", "pro"), ("bob", "free"), ("cat", "pro")):
        ws.identify(name, {"phone": ANA, "plan": plan})
    ws.receive(inbound("STOP", ANA, at=clock()))
    ws.segments.save("back", opted_in())
    filtered = attribute("plan").equals("pro")
    ws.campaigns.save(Campaign("welcome", SegmentTrigger("back"), WELCOME, filter=filtered))

    start = inbound("START", ANA, at=clock())
    ws.receive(start)
    ws.campaigns.run_due()
    told = ws.campaigns.why_not(start.message_sid, "welcome")

    assert told.fired
    assert "started for ana" in told.why
    assert "did not start for bob: its filter asks plan equals 'pro', and plan is 'free'" in told.why
    assert told.follow_ups == (
        "ana, follow-up 1: queued",
        "ana, message 1: sent",
        "cat, follow-up 1: queued",
        "cat, message 1: sent",
    )


@pytest.mark.parametrize("by_entry", [False, True])
def test_a_deleted_campaign_can_still_be_asked_about(ws: Workspace, clock: SteppingClock, by_entry: bool) -> None:
    ws.identify("ana", {"phone": ANA})
    ws.segments.save("yes", replied("yes"))
    ws.campaigns.save(Campaign("updates", SegmentTrigger("yes"), WELCOME) if by_entry else on_yes())
    sid = yes(ws, clock)

    ws.campaigns.delete("updates")

    assert ws.campaigns.why_not(sid, "updates").fired
    with pytest.raises(UnknownCampaign):
        ws.campaigns.why_not(sid, "other")


def test_a_campaign_that_was_changed_since_is_not_said_to_have_come_later(ws: Workspace, clock: SteppingClock) -> None:
    ws.identify("ana", {"phone": ANA})
    ws.segments.save("pros", attribute("plan").equals("pro"), allow_unknown=True)
    ws.campaigns.save(Campaign("updates", SegmentTrigger("pros"), WELCOME))
    sid = yes(ws, clock)

    ws.campaigns.save(on_yes())

    why = "it fired on something else then; it was changed after the message came, to when a message is YES."
    assert ws.campaigns.why_not(sid, "updates").why == why
