"""Campaigns: what an answer sets off, for whom, how often, and what is refused before and after (R1, R2, R13)."""

from datetime import timedelta

import pytest

from inbound_core import Sender, Workspace
from inbound_core.campaign_records import (
    ONCE,
    Campaign,
    FollowUp,
    KeywordTrigger,
    MessageTrigger,
    SegmentTrigger,
    once_per,
)
from inbound_core.condition_words import attribute, replied
from inbound_core.sending import TransportError
from inbound_core.storage import campaigns, outbox
from tests.campaign_cases import ANA, BOB, CAT, HELLO, OTHER, Carrier, on_yes, yes
from tests.stores import SENDER, SteppingClock, inbound


@pytest.fixture
def ws(any_ws: Workspace) -> Workspace:
    any_ws.identify("ana", {"phone": ANA, "first_name": "Ana"})
    any_ws.identify("bob", {"phone": BOB})
    return any_ws


# -- what is set off ---------------------------------------------------------------------------------------


@pytest.mark.rule("R1")
@pytest.mark.rule("R2")
def test_a_keyword_sets_the_follow_up_off_for_who_wrote_it(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(on_yes())

    fired = [yes(ws, clock, ANA, " Yes "), yes(ws, clock, BOB, "yes please"), yes(ws, clock, CAT)]
    sent = ws.campaigns.run_due()

    assert carrier.texts() == [(ANA, "Hi Ana, you wrote YES.")]
    assert [message.status for message in sent] == ["sent"]
    assert [ws.campaigns.why_not(sid, "updates").fired for sid in fired] == [True, False, False]
    assert "a keyword is the whole message" in ws.campaigns.why_not(fired[1], "updates").why
    assert "R16" in ws.campaigns.why_not(fired[2], "updates").why
    assert ws.explain(fired[0]).campaigns[0].fired
    assert "Campaign updates: it fired for ana." in str(ws.explain(fired[0]))
    assert [entry.profile_id for entry in ws.activity(kind="campaign_triggered")] == ["ana"]
    assert ws.campaigns.run_due() == []


@pytest.mark.rule("R2")
def test_entering_a_segment_sets_the_follow_up_off(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    ws.segments.save("said yes", replied("yes").within(days=30))
    ws.campaigns.save(Campaign("welcome", SegmentTrigger("said yes"), (FollowUp("Welcome to {{ event.segment }}"),)))

    first = yes(ws, clock)
    again = yes(ws, clock)
    ws.campaigns.run_due()

    assert carrier.texts() == [(ANA, "Welcome to said yes")]
    told = ws.campaigns.why_not(first, "welcome")
    assert told.fired
    assert told.follow_ups == ("follow-up 1: queued", "message 1: sent")
    assert "made nobody enter it" in ws.campaigns.why_not(again, "welcome").why


def test_an_entry_before_the_campaign_was_saved_sets_nothing_off(ws: Workspace, clock: SteppingClock) -> None:
    ws.segments.save("said yes", replied("yes"))
    early = yes(ws, clock)
    ws.campaigns.save(Campaign("welcome", SegmentTrigger("said yes"), (HELLO,)))

    told = ws.campaigns.why_not(early, "welcome")

    assert not told.fired
    assert "paused or not there then" in told.why


def test_a_word_that_the_sender_made_an_opt_out_sets_nothing_off(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(on_yes(trigger=KeywordTrigger(("BASTA",))))
    message = inbound("BASTA", ANA, at=clock(), opt_out_type="STOP")
    ws.receive(message)

    ws.campaigns.run_due()

    assert "opts the number out" in ws.campaigns.why_not(message.message_sid, "updates").why
    assert ws.activity(kind="send_refused") == []


def test_follow_ups_go_out_each_at_its_time(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    steps = (FollowUp("one"), FollowUp("two", timedelta(hours=1)), FollowUp("three", timedelta(days=2)))
    ws.campaigns.save(on_yes(follow_ups=steps))
    yes(ws, clock)

    seen = []
    for wait in (timedelta(0), timedelta(minutes=59), timedelta(minutes=1), timedelta(days=2)):
        clock.time += wait
        ws.campaigns.run_due()
        seen.append([body for _, body in carrier.texts()])

    assert seen == [["one"], ["one"], ["one", "two"], ["one", "two", "three"]]
    assert ws.campaigns.next_due() is None


def test_any_message_sets_off_but_the_standard_words_do_not(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(Campaign("answer", MessageTrigger(), (FollowUp("You said: {{ event.body }}"),)))

    told = {
        body: ws.campaigns.why_not(yes(ws, clock, ANA, body), "answer")
        for body in ("hello", "YES", "HELP", "INFO", "START", "STOP")
    }
    ws.campaigns.run_due()

    assert [body for body, why in told.items() if why.fired] == ["hello", "YES"]
    assert "standard word" in told["HELP"].why
    assert "opts the number out" in told["STOP"].why
    assert carrier.taken == []
    yes(ws, clock, BOB, "hi")
    ws.campaigns.run_due()
    assert carrier.texts() == [(BOB, "You said: hi")]


def test_a_campaign_listens_on_the_senders_it_names(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    ws.add_sender(Sender(OTHER))
    ws.campaigns.save(on_yes(trigger=KeywordTrigger(("YES",), (OTHER,))))

    here = inbound("YES", ANA, SENDER, at=clock())
    there = inbound("YES", ANA, OTHER, at=clock())
    for message in (here, there):
        ws.receive(message)
    ws.campaigns.run_due()

    assert [message.sender for message in carrier.taken] == [OTHER]
    assert f"went to {SENDER}" in ws.campaigns.why_not(here.message_sid, "updates").why


def test_a_filter_lets_through_only_whom_it_asks_for(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    ws.identify("ana", {"plan": "pro"})
    ws.campaigns.save(on_yes(filter=attribute("plan").equals("pro")))

    yes(ws, clock, ANA)
    stopped = yes(ws, clock, BOB)
    ws.campaigns.run_due()

    assert [phone for phone, _ in carrier.texts()] == [ANA]
    assert "plan is not set" in ws.campaigns.why_not(stopped, "updates").why


@pytest.mark.parametrize(
    ("frequency", "times"),
    [
        pytest.param(on_yes().frequency, 4, id="every time"),
        pytest.param(ONCE, 1, id="once"),
        pytest.param(once_per(days=7), 2, id="once a week"),
    ],
)
def test_the_frequency_holds_for_each_profile(
    ws: Workspace, carrier: Carrier, clock: SteppingClock, frequency: object, times: int
) -> None:
    ws.campaigns.save(on_yes(frequency=frequency))

    for wait in (0, 1, 6, 1):
        clock.advance(days=wait)
        last = yes(ws, clock)
        ws.campaigns.run_due()

    assert len(carrier.taken) == times
    if frequency == ONCE:
        assert "it goes once, and went at" in ws.campaigns.why_not(last, "updates").why


def test_a_period_that_ends_beyond_the_calendar_loses_no_message(ws: Workspace, clock: SteppingClock) -> None:
    stored = on_yes(frequency=once_per(days=9_999_999))
    with ws.store.write() as connection:
        campaigns.put(connection, stored, clock())

    yes(ws, clock)
    second = yes(ws, clock)

    assert "it goes once per 9999999 days, and went at" in ws.campaigns.why_not(second, "updates").why


def test_a_webhook_delivered_twice_sets_off_once(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    ws.campaigns.save(on_yes())

    for _ in range(2):
        yes(ws, clock, sid="same")
        ws.campaigns.run_due()

    assert len(carrier.taken) == 1


# -- never -------------------------------------------------------------------------------------------------


@pytest.mark.rule("R21")
def test_nothing_goes_to_who_opted_out_before_it_was_due(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    ws.campaigns.save(on_yes(follow_ups=(HELLO, FollowUp("later", timedelta(hours=1)))))
    sid = yes(ws, clock)
    ws.campaigns.run_due()
    ws.receive(inbound("STOP", ANA, at=clock()))

    clock.advance(hours=2)
    ws.campaigns.run_due()

    assert len(carrier.taken) == 1
    told = ws.campaigns.why_not(sid, "updates")
    assert any("follow-up 2: refused" in line and "R21" in line for line in told.follow_ups)
    assert ws.activity(kind="send_refused")[0].profile_id == "ana"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda ws: ws.delete("ana"), "deleted before", id="the profile is gone"),
        pytest.param(lambda ws: ws.identify("ana", {"phone": "12"}), "cannot be read", id="the number is unreadable"),
        pytest.param(lambda ws: ws.campaigns.pause("updates"), "paused", id="the campaign is paused"),
        pytest.param(lambda ws: ws.campaigns.delete("updates"), "deleted before", id="the campaign is gone"),
        pytest.param(
            lambda ws: ws.campaigns.save(on_yes(follow_ups=(FollowUp("{{ profile.nope }}"),))),
            "no 'nope'",
            id="the template fails for this profile",
        ),
    ],
)
def test_what_cannot_be_sent_says_why_and_stops_nobody_else(
    ws: Workspace, carrier: Carrier, clock: SteppingClock, change: object, says: str
) -> None:
    ws.campaigns.save(on_yes())
    ws.campaigns.save(on_yes(name="second", follow_ups=(FollowUp("to you"),)))
    yes(ws, clock)
    yes(ws, clock, BOB)

    change(ws)  # type: ignore[operator]
    ws.campaigns.run_due()

    assert (BOB, "to you") in carrier.texts()
    assert (ANA, "Hi Ana, you wrote YES.") not in carrier.texts()
    kept = [*ws.activity(kind="send_refused"), *ws.activity(kind="send_failed")]
    assert any(says in entry.text and entry.profile_id == "ana" for entry in kept)


def test_a_message_goes_to_the_number_the_profile_has_when_it_is_due(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(on_yes())
    yes(ws, clock)

    ws.identify("ana", {"phone": CAT})
    ws.campaigns.run_due()

    assert [phone for phone, _ in carrier.texts()] == [CAT]


# -- shared numbers ----------------------------------------------------------------------------------------


@pytest.fixture
def family(ws: Workspace) -> Workspace:
    for name in ("ann", "amy"):
        ws.identify(name, {"phone": ANA})
    ws.segments.save("pros", attribute("plan").equals("pro"), allow_unknown=True)
    return ws


@pytest.mark.rule("R13")
def test_profiles_that_share_a_number_each_get_the_message_with_a_warning_before_and_after(
    family: Workspace, carrier: Carrier
) -> None:
    campaign = Campaign("pros", SegmentTrigger("pros"), (FollowUp("Hi {{ profile.id }}"),))
    family.campaigns.save(campaign)
    for name in ("ana", "ann", "amy", "bob"):
        family.identify(name, {"plan": "pro"})

    before = family.campaigns.preview("pros")
    family.campaigns.run_due()
    after = family.campaigns.report("pros")

    assert before.audience == 4
    assert f"{ANA} gets 3 messages" in str(before)
    assert sorted(body for phone, body in carrier.texts() if phone == ANA) == ["Hi amy", "Hi ana", "Hi ann"]
    assert after.several == ((ANA, 3, 3),)
    assert f"R13  {ANA} got 3 messages for 3 profiles" in str(after)
    assert "R13" in after._repr_html_()


@pytest.mark.rule("R13")
def test_a_switch_sends_once_per_number(family: Workspace, carrier: Carrier) -> None:
    follow_up = (FollowUp("Hi {{ profile.id }}"),)
    family.campaigns.save(Campaign("pros", SegmentTrigger("pros"), follow_up, once_per_number=True))

    for name in ("ana", "ann", "amy", "bob"):
        family.identify(name, {"plan": "pro"})
    family.campaigns.run_due()

    assert carrier.texts() == [(ANA, "Hi ana"), (BOB, "Hi bob")]
    held = family.activity(kind="campaign_held_back")
    assert [entry.profile_id for entry in held] == ["ann", "amy"]
    assert "once per number, and ana went through it with the same number" in held[0].text
    assert "2 went through it already, or their number did" in str(family.campaigns.preview("pros"))


# -- replies and reports -----------------------------------------------------------------------------------


def test_a_reply_within_72_hours_counts_and_a_later_one_does_not(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(on_yes())
    for phone in (ANA, BOB):
        yes(ws, clock, phone)
        ws.campaigns.run_due()

    clock.advance(hours=71)
    ws.receive(inbound("thanks", ANA, at=clock()))
    ws.receive(inbound("STOP", ANA, at=clock()))
    clock.advance(hours=2)
    ws.receive(inbound("thanks", BOB, at=clock()))

    report = ws.campaigns.report("updates")
    assert (report.started, report.sent, report.replied, report.opted_out_after) == (2, 2, 1, 1)


def test_a_report_counts_what_the_carrier_told(ws: Workspace, carrier: Carrier, clock: SteppingClock) -> None:
    carrier.refuses[BOB] = TransportError("Twilio refused the message: opted out (21610).", 21610)
    ws.campaigns.save(on_yes())
    for phone in (ANA, BOB):
        yes(ws, clock, phone)
    sent = ws.campaigns.run_due()
    assert [(m.message.to_phone, m.status) for m in sent] == [(ANA, "sent"), (BOB, "failed")]
    sid = sent[0].message_sid
    assert sid is not None

    assert ws.outgoing.note_status(sid, "sent")
    assert ws.outgoing.note_status(sid, "delivered")
    assert not ws.outgoing.note_status(sid, "sent")
    assert not ws.outgoing.note_status(sid, "lost in the post")

    report = ws.campaigns.report("updates")
    assert (report.sent, report.delivered) == (1, 1)
    assert report.failed == {"Twilio refused the message: opted out (21610).": 1}
    assert "failed 1" in str(report)


@pytest.mark.parametrize("status", outbox.NOT_ARRIVED)
def test_what_the_log_tells_as_not_arrived_counts_as_failed(
    ws: Workspace, carrier: Carrier, clock: SteppingClock, status: str
) -> None:
    ws.campaigns.save(on_yes())
    yes(ws, clock)
    sid = carrier.next_sid()
    ws.campaigns.run_due()
    ws.outgoing.note_status(sid, status)

    assert [f"reports it as {status}" in entry.text for entry in ws.activity(kind="send_failed")] == [True]
    assert ws.campaigns.report("updates").failed == {f"the carrier reports {status}": 1}


def test_a_report_that_overtakes_the_carriers_answer_counts_too(
    ws: Workspace, carrier: Carrier, clock: SteppingClock
) -> None:
    ws.campaigns.save(on_yes())
    yes(ws, clock)
    sid = carrier.next_sid()
    assert ws.outgoing.note_status(sid, "delivered")
    assert not ws.outgoing.note_status(sid, "sent")

    ws.campaigns.run_due()

    assert (ws.campaigns.report("updates").sent, ws.campaigns.report("updates").delivered) == (1, 1)


def test_a_preview_fills_the_texts_in_and_names_who_would_get_none(ws: Workspace) -> None:
    ws.campaigns.save(on_yes(name="other"))

    preview = ws.campaigns.preview(on_yes(follow_ups=(FollowUp("Hi {{ profile.first_name }}"),)))

    assert preview.texts == {"ana": ("Hi Ana",)}
    assert "no 'first_name'" in preview.failures["bob"]
    assert "both fire on YES on every sender" in str(preview)
    assert [campaign.name for campaign in ws.campaigns.all()] == ["other"]
