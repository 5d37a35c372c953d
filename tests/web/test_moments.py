"""Moments: what belongs together stands together, in order, and what is not there is explained."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound_core.activity import Activity, ActivityKind
from inbound_core.condition_words import opted_in, opted_out
from simulator import start
from simulator.api_calls import ApiCalls
from simulator.carrier import CarrierMessage, Origin
from simulator.search_words import Search
from simulator.web.masking import hidden_key, mask, shown_number
from simulator.web.moments import Moment, arrange
from simulator.web.rendering import told
from simulator.web.timeline import Timeline
from simulator.web.wire import WireLine

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANA, SENDER = "+12025550101", "+12025550142"


def message(sid: str = "SM1", after: int = 0, **changes: object) -> CarrierMessage:
    at = AT + timedelta(seconds=after)
    made = CarrierMessage(sid, "inbound", Origin.HANDSET, ANA, SENDER, ANA, SENDER, "hello", "received", at, at)
    return replace(made, **changes)


def line(key: str, after: int = 0, sid: str | None = None, status: int | None = 200) -> WireLine:
    return WireLine(key, AT + timedelta(seconds=after), "webhook", "POST", "/sms", True, status, 0.01, message_sid=sid)


def entry(number: int, after: int = 0, sid: str | None = None) -> Activity:
    at = AT + timedelta(seconds=after)
    return Activity(ActivityKind.MESSAGE_RECEIVED, at, "came", message_sid=sid, number=number)


def test_requests_and_entries_stand_beside_their_message_and_others_alone() -> None:
    moments = arrange(
        [message("SM1"), message("SM2", 10)],
        [line("webhook-1", 1, "SM1"), line("call-1", 5), line("webhook-2", 11, "SM2")],
        [entry(1, 1, "SM1"), entry(2, 20)],
        {},
    )

    assert [moment.key for moment in moments] == ["SM1", "call-1", "SM2", "activity-2"]
    assert [len(moment.wire) for moment in moments] == [1, 1, 1, 0]
    assert [len(moment.activities) for moment in moments] == [1, 0, 0, 1]


def test_messages_of_one_moment_keep_the_order_in_which_they_were_written() -> None:
    stop, answer = (
        message("SMz", sequence=1),
        message("SMa", sequence=2, origin=Origin.TWILIO, direction="outbound-reply"),
    )

    assert [moment.key for moment in arrange([stop, answer], [], [], {})] == ["SMz", "SMa"]


@pytest.mark.rule("R22")
@pytest.mark.rule("R23")
@pytest.mark.parametrize(
    ("changes", "wire", "platform"),
    [
        pytest.param({}, "no inbound URL", "Nothing arrived here yet", id="a reply without webhook"),
        pytest.param(
            {"direction": "outbound-reply", "origin": Origin.TWILIO},
            "Twilio answers by itself",
            "never sees",
            id="Twilio's own answer",
        ),
        pytest.param(
            {"direction": "outbound-reply", "origin": Origin.REPLY}, "TwiML", "Not sent by the platform", id="TwiML"
        ),
        pytest.param(
            {"direction": "outbound-api", "origin": Origin.API},
            "REST API",
            "Not sent by the platform",
            id="an API call",
        ),
    ],
)
def test_what_is_not_there_is_explained(changes: dict[str, object], wire: str, platform: str) -> None:
    moment = Moment("SM1", AT, message(**changes))

    assert wire in moment.wire_note
    assert platform in moment.platform_note


def test_where_something_is_nothing_is_explained_away() -> None:
    moment = Moment("SM1", AT, message(), (line("webhook-1", 0, "SM1"),), (entry(1, 0, "SM1"),))

    assert (moment.wire_note, moment.platform_note) == ("", "")


def test_a_webhook_that_failed_does_not_promise_that_something_comes() -> None:
    moment = Moment("SM1", AT, message(), (line("webhook-1", 0, "SM1", status=None),))

    assert moment.platform_note.startswith("Nothing arrived here: the webhook failed")


@pytest.mark.rule("R22")
@pytest.mark.parametrize(
    ("body", "said"),
    [("stop", "opt-out"), (" START ", "opt-in"), ("help", "answers"), ("STOP PLEASE", ""), ("hello", "")],
)
def test_what_twilio_does_with_a_word_on_its_own_is_said(body: str, said: str) -> None:
    note = Moment("SM1", AT, message(body=body)).twilio_note

    assert said in note
    assert bool(note) == bool(said)


@pytest.mark.rule("R22")
def test_yes_lifts_nothing_on_a_toll_free_number_and_nothing_else_is_said() -> None:
    assert Moment("SM1", AT, message(body="YES", number="+18005550142")).twilio_note == ""
    assert "opt-in" in Moment("SM1", AT, message(body="UNSTOP", number="+18005550142")).twilio_note


@pytest.mark.rule("R22")
def test_what_twilio_did_with_an_opt_in_is_said_by_what_was_before() -> None:
    with start() as sim:
        for body in ("YES", "STOP", "no word", "START", "START"):
            sim.text(ANA, body)
        sim.text("+12025550102", "STOP")
        sim.text("+12025550103", "START")
        moments = Timeline(sim.workspace, sim.carrier, ApiCalls()).page(None, Search()).moments

    notes = {
        (moment.message.body, moment.message.handset[-3:], moment.twilio_note.rpartition("opt-in")[2])
        for moment in moments
        if moment.message is not None and moment.message.body in ("YES", "START")
    }
    nothing, lifted = ", but there was no opt-out from there to lift.", ": the opt-out from there is lifted."
    assert notes == {
        ("YES", "101", nothing),
        ("START", "101", lifted),
        ("START", "101", nothing),
        ("START", "103", nothing),
    }


@pytest.mark.rule("R20")
def test_the_log_says_the_state_of_consent_in_words() -> None:
    with start() as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        sim.workspace.segments.save("out", opted_out())
        sim.workspace.segments.save("in again", opted_in())
        sim.text(ANA, "STOP")
        sim.text(ANA, "START")
        log = "\n".join(entry.text for entry in sim.workspace.activity())

    assert f"{ANA} is opted in for " in log
    assert f"{ANA} opted in to " in log
    assert "opted_" not in log


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        ("+12025550101 wrote", "+12•••••••01 wrote"),
        ("(202) 555-0101", "(20•) •••-••01"),
        ("020 7946 0123,", "02• •••• ••23,"),
        ("at 2026-03-02 09:00:00 UTC", "at 2026-03-02 09:00:00 UTC"),
        ("SM0123456789abcdef0123456789abcdef", "SM0123456789abcdef0123456789abcdef"),
        ("order 123456", "order 123456"),
    ],
)
def test_numbers_are_masked_and_times_and_sids_are_not(shown: str, masked: str) -> None:
    assert mask(shown) == masked


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("at 2026-03-02 09:00:00 UTC.", 'datetime="2026-03-02T09:00:00+00:00"'),
        ("wrote '2026-03-02 09:00:00'", "2026-03-02 09:00:00&#39;"),
        ("wrote '2026-13-32 09:00:00 UTC'", "2026-13-32 09:00:00 UTC&#39;"),
    ],
)
def test_a_time_in_a_sentence_is_one_where_it_says_its_zone_and_there_is_such_a_day(said: str, shown: str) -> None:
    assert shown in told(said)


@given(st.integers(10_000_000, 999_999_999_999_999))
def test_no_masked_number_can_be_read_and_every_hidden_one_is_found_again(number: int) -> None:
    phone = f"+{number}"

    assert str(number)[2:-2] not in mask(f"from {phone}: hello")
    assert shown_number(hidden_key(phone)) == phone
    assert str(number) not in hidden_key(phone)


@given(st.text(max_size=40))
def test_any_address_is_read_without_failing(key: str) -> None:
    assert isinstance(shown_number(key), str)
