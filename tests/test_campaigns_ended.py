"""What waits while campaigns, people and senders change: refused, and sent to nobody of that name later."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from inbound_core import Sender, Workspace
from inbound_core.campaign_records import FollowUp
from inbound_core.sending import TransportError
from tests.campaign_cases import ANA, BOB, HELLO, Carrier, on_yes, yes
from tests.stores import SENDER, SERVICE, SteppingClock, inbound

LATER = FollowUp("later {{ profile.first_name }}", timedelta(hours=2))


@pytest.fixture
def ws(any_ws: Workspace) -> Workspace:
    any_ws.identify("ana", {"phone": ANA, "first_name": "Ana"})
    any_ws.identify("bob", {"phone": BOB, "first_name": "Bob"})
    return any_ws


def delete_campaign(ws: Workspace) -> None:
    ws.campaigns.delete("updates")


def delete_person(ws: Workspace) -> None:
    ws.delete("ana")


def pause_campaign(ws: Workspace) -> None:
    ws.campaigns.pause("updates")


def test_another_campaign_of_the_same_name_sends_nothing_that_waited_for_the_deleted_one(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(on_yes(follow_ups=(LATER,)))
    sid = yes(ws, clock)

    delete_campaign(ws)
    ws.campaigns.save(on_yes(follow_ups=(FollowUp("something else"),)))
    clock.advance(hours=3)
    ws.campaigns.run_due()

    assert carrier.taken == []
    why = "The campaign was deleted before this follow-up was due."
    assert ws.campaigns.why_not(sid, "updates").follow_ups == (f"follow-up 1: refused. {why}",)
    assert ws.campaigns.report("updates").refused == {why: 1}
    (entry,) = ws.activity(kind="send_refused")
    assert (entry.profile_id, entry.text) == ("ana", f"updates, follow-up 1 to ana: {why}")


def test_another_person_of_the_same_id_gets_nothing_that_waited_for_the_deleted_one(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(on_yes(follow_ups=(LATER,)))
    yes(ws, clock)
    yes(ws, clock, BOB)

    delete_person(ws)
    ws.identify("ana", {"phone": "+12025550110", "first_name": "Another"})
    clock.advance(hours=3)
    ws.campaigns.run_due()

    assert carrier.texts() == [(BOB, "later Bob")]
    assert ws.campaigns.report("updates").refused == {"The profile was deleted before this follow-up was due.": 1}


@pytest.mark.parametrize(
    ("end", "says"),
    [
        pytest.param(delete_campaign, "The campaign was deleted", id="the campaign is deleted"),
        pytest.param(delete_person, "ana was deleted", id="the person is deleted"),
        pytest.param(pause_campaign, "The campaign was paused", id="the campaign is paused"),
    ],
)
def test_what_the_carrier_did_not_take_yet_is_refused_with_what_it_belongs_to(
    ws: Workspace, carrier: Carrier, clock: SteppingClock, end: Callable[[Workspace], None], says: str
) -> None:
    ws.campaigns.save(on_yes(follow_ups=(HELLO,)))
    carrier.refuses[ANA] = TransportError("Twilio is busy.", passing=True)
    yes(ws, clock)
    ws.campaigns.run_due()

    end(ws)
    carrier.refuses.clear()
    clock.advance(minutes=5)
    ws.campaigns.run_due()

    assert carrier.taken == []
    why = f"{says} before the carrier took this message."
    assert ws.campaigns.report("updates").refused == {why.replace("ana", "The profile"): 1}
    assert [entry.text for entry in ws.activity(kind="send_refused")] == [why]


@pytest.mark.rule("R20")
@pytest.mark.rule("R21")
@pytest.mark.parametrize("in_outbox", [False, True])
def test_an_opt_out_of_the_service_that_the_sender_came_into_holds_for_what_waits(
    ws: Workspace, carrier: Carrier, clock: SteppingClock, in_outbox: bool
) -> None:
    ws.campaigns.save(on_yes(follow_ups=(HELLO if in_outbox else LATER,)))
    carrier.refuses[ANA] = TransportError("Twilio is busy.", passing=True)
    yes(ws, clock)
    ws.campaigns.run_due()

    ws.add_sender(Sender(SENDER, SERVICE))
    ws.receive(inbound("STOP", ANA, at=clock()))
    carrier.refuses.clear()
    clock.advance(hours=3)
    ws.campaigns.run_due()

    assert carrier.taken == []
    assert f"opted out of {SERVICE}" in ws.activity(kind="send_refused")[0].text


def test_what_waits_goes_out_from_the_service_that_its_sender_came_into(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(on_yes(follow_ups=(LATER,)))
    yes(ws, clock)

    ws.add_sender(Sender(SENDER, SERVICE))
    clock.advance(hours=3)
    ws.campaigns.run_due()
    ws.receive(inbound("thanks", ANA, at=clock()))

    assert [message.sender for message in carrier.taken] == [SERVICE]
    assert ws.campaigns.report("updates").replied == 1
