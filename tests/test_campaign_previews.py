"""Previews of campaigns: they say what would happen, no more and no less (R13, R21)."""

import pytest

from inbound_core import Workspace
from inbound_core.campaign_records import ONCE, Campaign, FollowUp, Frequency, SegmentTrigger, once_per
from inbound_core.condition_words import attribute
from tests.campaign_cases import ANA, BOB, CAT, Carrier, on_yes
from tests.stores import SteppingClock, inbound

HI = (FollowUp("Hi {{ profile.id }}"),)


@pytest.fixture
def ws(any_ws: Workspace) -> Workspace:
    for name, phone in (("ana", ANA), ("bob", BOB), ("bea", BOB), ("cat", "nope"), ("dan", CAT), ("dee", CAT)):
        any_ws.identify(name, {"phone": phone})
    any_ws.segments.save_manual("all", [profile.id for profile in any_ws.profiles()])
    return any_ws


def enter_anew(ws: Workspace) -> None:
    everybody = ws.segments.members("all")
    ws.segments.remove("all", everybody)
    ws.segments.add("all", everybody)
    ws.campaigns.run_due()


@pytest.mark.rule("R21")
@pytest.mark.rule("R13")
def test_only_who_would_get_a_text_is_shown_with_one(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    ws.receive(inbound("STOP", BOB, at=clock()))
    ws.campaigns.save(Campaign("all", SegmentTrigger("all"), HI))

    preview = ws.campaigns.preview("all", sample=10)
    enter_anew(ws)

    assert dict(preview.texts) == {"ana": ("Hi ana",), "dan": ("Hi dan",), "dee": ("Hi dee",)}
    assert sorted(body for _, body in carrier.texts()) == ["Hi ana", "Hi dan", "Hi dee"]
    assert [shared.phone for shared in preview.shared] == [CAT]
    assert (preview.audience, preview.without_number, preview.opted_out) == (6, 1, 2)


@pytest.mark.parametrize("frequency", [ONCE, once_per(days=7)], ids=str)
def test_who_went_through_as_often_as_it_goes_is_counted_apart(
    ws: Workspace, carrier: Carrier, clock: SteppingClock, frequency: Frequency
) -> None:
    ws.campaigns.save(Campaign("all", SegmentTrigger("all"), HI, frequency=frequency))
    ws.segments.remove("all", ["ana"])
    ws.segments.add("all", ["ana"])

    preview = ws.campaigns.preview("all", sample=10)

    assert (preview.audience, preview.already) == (5, 1)
    assert "ana" not in preview.texts
    assert f"1 went through it already, and it goes {frequency}." in str(preview)
    clock.advance(days=8)
    assert ws.campaigns.preview("all").already == (1 if frequency == ONCE else 0)


def test_a_number_counts_once_where_the_campaign_goes_once_per_number(ws: Workspace, carrier: Carrier) -> None:
    ws.campaigns.save(Campaign("all", SegmentTrigger("all"), HI, once_per_number=True))
    before = ws.campaigns.preview("all")
    assert "the switch lets one of them through" in str(before)

    enter_anew(ws)

    after = ws.campaigns.preview("all")
    assert before.audience == ws.campaigns.report("all").started == 4
    # It goes every time for who was the first of a number, and not for the others.
    assert (after.audience, after.already) == (4, 2)


def test_whom_the_filter_keeps_out_is_shown_no_text(ws: Workspace) -> None:
    ws.identify("ana", {"plan": "pro"})

    preview = ws.campaigns.preview(on_yes(filter=attribute("plan").equals("pro")), sample=10)

    assert list(preview.texts) == ["ana"]
