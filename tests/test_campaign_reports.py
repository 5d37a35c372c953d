"""Reports of campaigns: what happened to many, counted by what they have in common, and whose answer an answer was."""

from datetime import timedelta

import pytest

from inbound_core import Workspace
from inbound_core.campaign_records import Campaign, FollowUp, SegmentTrigger
from inbound_core.handing_over import MOST_ATTEMPTS
from inbound_core.sending import TransportError
from tests.campaign_cases import ANA, BOB, CAT, Carrier, on_yes, yes
from tests.stores import SENDER, SteppingClock, inbound


@pytest.fixture
def carrier(ws: Workspace) -> Carrier:
    carrier = Carrier()
    ws.outgoing.transport = carrier
    ws.segments.save_manual("all")
    return carrier


def broadcast(ws: Workspace, phones: dict[str, str], after: timedelta = timedelta(0)) -> None:
    for name, phone in phones.items():
        ws.identify(name, {"phone": phone})
    hi = (FollowUp("Hi {{ profile.id }}", after),)
    ws.campaigns.save(Campaign("news", SegmentTrigger("all"), hi))
    ws.segments.add("all", phones)


def test_many_who_opted_out_or_have_no_number_are_one_line_each(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    for phone in (ANA, BOB):
        ws.receive(inbound("STOP", phone, at=clock()))
    broadcast(ws, {"ana": ANA, "bob": BOB, "cat": "nope", "dan": "nada", "eve": "", "fay": CAT})
    ws.delete("fay")

    ws.campaigns.run_due()

    assert ws.campaigns.report("news").refused == {
        f"The number opted out of {SENDER}, so nothing is sent (R21).": 2,
        "The phone cannot be read as a number. Store it in E.164.": 3,
        "The profile was deleted before this follow-up was due.": 1,
    }


def test_what_the_carrier_refuses_for_one_reason_is_one_line(ws: Workspace, carrier: Carrier) -> None:
    for phone in (ANA, BOB):
        carrier.refuses[phone] = TransportError(f"The 'To' number {phone} is not a valid phone number.", 21211)

    broadcast(ws, {"ana": ANA, "bob": BOB})
    ws.campaigns.run_due()

    assert ws.campaigns.report("news").failed == {"The 'To' number ... is not a valid phone number.": 2}


def test_who_was_tried_too_often_is_counted_together(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    for phone in (ANA, BOB):
        carrier.refuses[phone] = TransportError("Twilio is busy.", passing=True)
    broadcast(ws, {"ana": ANA, "bob": BOB})

    for _ in range(MOST_ATTEMPTS + 1):
        ws.campaigns.run_due()
        clock.advance(hours=2)

    failed = ws.campaigns.report("news").failed
    assert failed == {f"The carrier did not take the message in {MOST_ATTEMPTS} attempts.": 2}


def test_nobody_answers_a_message_that_did_not_arrive(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    broadcast(ws, {"ana": ANA})
    ws.campaigns.run_due()
    ws.campaigns.save(on_yes(trigger=SegmentTrigger("all"), follow_ups=(FollowUp("More"),)))
    ws.segments.remove("all", ["ana"])
    ws.campaigns.pause("news")
    ws.segments.add("all", ["ana"])
    (lost,) = ws.campaigns.run_due()
    assert lost.message_sid is not None
    ws.outgoing.note_status(lost.message_sid, "undelivered", 30003)

    yes(ws, clock)

    assert ws.campaigns.report("updates").replied == 0
    assert ws.campaigns.report("news").replied == 1
