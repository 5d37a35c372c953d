"""Campaigns with quiet hours: what falls due in them waits for their end, is told, and goes out once or not at all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inbound_core import Workspace
from inbound_core.campaign_records import Campaign, FollowUp, MessageTrigger
from inbound_core.catalogue import UnknownAttribute
from inbound_core.quiet_hours import QuietHours
from inbound_core.sending import TransportError
from inbound_core.storage import open_store
from tests.campaign_cases import ANA, BOB, Carrier, on_yes, yes
from tests.stores import SteppingClock, inbound, store_url
from tests.test_campaigns_crash import AskableCarrier, Death, MortalStore, prepared

HOURS = QuietHours("21:00", "08:00", "Europe/London", "timezone")
WHY = "put off to 08:00 Europe/London: quiet hours 21:00-08:00."
EVENING, MORNING = datetime(2026, 3, 1, 22, 30, tzinfo=UTC), datetime(2026, 3, 2, 8, tzinfo=UTC)
ONE = (FollowUp("one"),)


@pytest.fixture
def night(any_ws: Workspace, clock: SteppingClock) -> Workspace:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.identify("bob", {"phone": BOB, "timezone": "America/New_York"})
    clock.time = EVENING
    return any_ws


def kept(ws: Workspace, kind: str) -> list[str]:
    return [entry.text for entry in ws.activity(kind=kind)]


@pytest.mark.rule("R2")
def test_what_is_due_at_night_goes_out_in_the_morning_where_the_person_is(
    night: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    night.campaigns.save(on_yes(follow_ups=(FollowUp("one"), FollowUp("two", timedelta(hours=1))), quiet_hours=HOURS))
    asked = yes(night, clock)
    yes(night, clock, BOB)

    for _ in range(2):
        night.campaigns.run_due()

    assert carrier.texts() == [(BOB, "one")]
    assert kept(night, "follow_up_put_off") == [f"updates, follow-up 1 to ana: {WHY}"]
    assert f"it fired for ana. Follow-up 1: {WHY}" in str(night.explain(asked))
    assert (
        night.campaigns.why_not(asked, "updates").follow_ups[0] == f"follow-up 1: waiting until {MORNING:%F %T}, {WHY}"
    )
    assert night.campaigns.report("updates").waiting == 3

    clock.time = EVENING + timedelta(hours=1, seconds=30)
    night.campaigns.run_due()
    assert night.campaigns.next_due() == night.campaigns.next_look() == MORNING
    clock.time = MORNING
    night.campaigns.run_due()

    assert carrier.texts() == [(BOB, "one"), (BOB, "two"), (ANA, "one"), (ANA, "two")]
    assert night.campaigns.next_due() is None
    assert night.campaigns.why_not(asked, "updates").follow_ups[0] == f"follow-up 1: queued, {WHY}"


@pytest.mark.rule("R21")
@pytest.mark.parametrize(
    ("in_the_night", "says"),
    [
        pytest.param(lambda ws, at: ws.receive(inbound("STOP", ANA, at=at)), "R21", id="opted out"),
        pytest.param(lambda ws, at: ws.campaigns.pause("updates"), "was paused before", id="paused"),
    ],
)
def test_what_was_put_off_is_decided_about_when_its_time_has_come(
    night: Workspace, carrier: Carrier, clock: SteppingClock, in_the_night: object, says: str
) -> None:
    night.campaigns.save(on_yes(follow_ups=ONE, quiet_hours=HOURS))
    yes(night, clock)
    night.campaigns.run_due()
    assert callable(in_the_night)
    in_the_night(night, clock())

    clock.time = MORNING
    night.campaigns.run_due()

    assert carrier.taken == []
    (refused,) = kept(night, "send_refused")
    assert says in refused


def test_what_the_carrier_did_not_take_before_the_night_waits_for_the_morning_too(
    night: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    night.campaigns.save(on_yes(follow_ups=ONE, quiet_hours=HOURS))
    clock.time = EVENING.replace(hour=20, minute=59, second=50)
    yes(night, clock)
    carrier.refuses[ANA] = TransportError("away", passing=True)
    assert [message.status for message in night.campaigns.run_due()] == ["queued"]
    carrier.refuses.clear()

    clock.time += timedelta(minutes=1)
    assert night.campaigns.run_due() == []
    assert kept(night, "follow_up_put_off") == [f"updates, follow-up 1 to ana: {WHY}"]
    assert night.campaigns.next_look() == MORNING
    report = night.campaigns.report("updates")
    assert (report.waiting, report.queued, report.failed) == (1, 0, {})
    clock.time = MORNING
    night.campaigns.run_due()

    assert carrier.texts() == [(ANA, "one")]


def test_other_quiet_hours_hold_at_once_for_what_waits(
    night: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    night.campaigns.save(on_yes(follow_ups=ONE, quiet_hours=HOURS))
    yes(night, clock)
    night.campaigns.run_due()

    night.campaigns.save(on_yes(follow_ups=ONE, quiet_hours=QuietHours("22:00", "23:00", "Europe/London")))
    night.campaigns.run_due()
    assert carrier.taken == []
    assert night.campaigns.next_due() == EVENING.replace(hour=23, minute=0)
    night.campaigns.save(on_yes(follow_ups=ONE))
    night.campaigns.run_due()

    assert carrier.texts() == [(ANA, "one")]


@pytest.mark.parametrize("after_commit", [False, True], ids=["before it is durable", "after it is durable"])
def test_a_death_around_the_putting_off_loses_nothing_and_doubles_nothing(after_commit: bool, tmp_path: Path) -> None:
    deaths = 0
    for dies_at in range(2, 6):
        clock, carrier = SteppingClock(), AskableCarrier()
        with store_url("memory", tmp_path) as url:
            store = open_store(url)
            prepared(store, clock).campaigns.save(on_yes(follow_ups=ONE, quiet_hours=HOURS), allow_unknown=True)
            clock.time = EVENING
            message = inbound("YES", ANA, at=EVENING)
            mortal = Workspace(MortalStore(store, dies_at, after_commit), now=clock, transport=carrier)
            heir = Workspace(store, now=clock, transport=carrier)
            try:
                mortal.receive(message)
                for clock.time in (EVENING, MORNING):
                    mortal.campaigns.run_due()
            except Death:
                deaths += 1
            heir.receive(message)
            for moment in (max(clock.time, EVENING), MORNING, MORNING + timedelta(minutes=3)):
                clock.time = moment
                heir.campaigns.run_due()

            assert carrier.bodies() == ["one"], dies_at
            assert len(kept(heir, "follow_up_put_off")) == 1, dies_at
            assert len(kept(heir, "message_sent")) == 1, dies_at
            store.close()
    assert deaths == 4


def test_an_attribute_that_nobody_has_is_refused_as_the_holder_of_time_zones(ws: Workspace) -> None:
    ws.identify("bob", {"phone": BOB, "timezone": "America/New_York"})
    typed = on_yes(quiet_hours=QuietHours("21:00", "08:00", "Europe/London", "timezon"))

    with pytest.raises(UnknownAttribute, match=r"At quiet_hours\.zone_attribute: .*did you mean 'timezone'"):
        ws.campaigns.save(typed)
    assert ws.campaigns.save(typed, allow_unknown=True).campaign == typed


def test_a_direct_answer_waits_and_what_a_person_sends_does_not(ws: Workspace, clock: SteppingClock) -> None:
    ws.outgoing.transport = carrier = Carrier()
    ws.identify("ana", {"phone": ANA})
    clock.time = EVENING
    ws.campaigns.save(Campaign("answer", MessageTrigger(), (FollowUp("Noted"),), quiet_hours=HOURS), True)
    yes(ws, clock, body="hello")
    ws.campaigns.run_due()
    ws.outgoing.send("ana", "by hand")

    assert carrier.texts() == [(ANA, "by hand")]
