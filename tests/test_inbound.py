"""Inbound messages: whose they are and what they change, decided and saved the same on every store (R7-R24)."""

from datetime import timedelta

import pytest

from inbound_core import Sender, Workspace, decide
from inbound_core.activity import ActivityKind
from inbound_core.consent import ConsentState
from inbound_core.inbound import Context
from inbound_core.sending import AnonymousRecipientError, OptedOutError, UnreadablePhoneError
from inbound_core.workspace import UnknownMessage
from tests.stores import SENDER, SERVICE, START, inbound, message_sid

ANA, BOB = "+12025550101", "+12025550102"
OTHER_SENDER = "+12025550198"


def kinds(ws: Workspace, **equal: str) -> list[ActivityKind]:
    return [entry.kind for entry in ws.activity(**equal)]


# -- whose it is -------------------------------------------------------------------------------------------


@pytest.mark.rule("R7")
def test_a_message_belongs_to_the_profile_with_its_number(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.identify("bob", {"phone": BOB})

    explanation = any_ws.receive(inbound("hello", ANA)).explanation

    assert explanation.attributed_to == "ana"
    assert [event.data["body"] for event in any_ws.events("ana")] == ["hello"]
    assert any_ws.events("bob") == []
    assert any_ws.anonymous_events() == []


@pytest.mark.rule("R8")
@pytest.mark.rule("R10")
@pytest.mark.parametrize("stored", ["(202) 555-0101", "202.555.0101", "12025550101", 2025550101, "+1 202 555 0101"])
def test_a_phone_in_another_spelling_matches_and_stays_as_it_was_stored(any_ws: Workspace, stored: object) -> None:
    any_ws.identify("ana", {"phone": stored})

    assert any_ws.receive(inbound("hello", ANA)).explanation.attributed_to == "ana"
    profile = any_ws.profile("ana")
    assert profile is not None
    assert profile.attributes["phone"] == stored
    assert profile.phone_e164 == ANA


@pytest.mark.rule("R9")
def test_the_documentations_examples_resolve(any_ws: Workspace) -> None:
    any_ws.identify("ann", {"phone": "555-123-4567"})
    any_ws.identify("liz", {"phone": "020 7183 8750", "country": "GB"})
    any_ws.identify("max", {"phone": "020 7183 8750"})
    any_ws.identify("tim", {"phone": "020 7183 8750", "country": "Atlantis"})

    assert any_ws.receive(inbound("hi", "+15551234567")).explanation.attributed_to == "ann"
    assert any_ws.receive(inbound("hi", "+442071838750")).explanation.attributed_to == "liz"


@pytest.mark.rule("R9")
@pytest.mark.parametrize("country", ["GB", "gb", "UK", " United Kingdom "])
def test_a_country_is_understood_as_people_write_it(any_ws: Workspace, country: str) -> None:
    any_ws.identify("liz", {"phone": "020 7183 8750", "country": country})

    assert any_ws.receive(inbound("hi", "+442071838750")).explanation.attributed_to == "liz"


@pytest.mark.rule("R11")
@pytest.mark.rule("R12")
def test_of_several_profiles_on_one_number_the_oldest_answers(any_ws: Workspace) -> None:
    any_ws.identify("new", {"phone": ANA}, START)
    any_ws.identify("old", {"phone": "(202) 555-0101"}, START - timedelta(days=400))
    any_ws.identify("mid", {"phone": ANA}, START - timedelta(days=10))

    explanation = any_ws.receive(inbound("hello", ANA)).explanation

    assert explanation.attributed_to == "old"
    assert [candidate.profile_id for candidate in explanation.candidates] == ["old", "mid", "new"]
    assert any(reason.rule == "R12" and "created first" in reason.text for reason in explanation.reasons)
    assert any_ws.events("new") == any_ws.events("mid") == []
    assert any_ws.shared_numbers() == [(ANA, 3)]


@pytest.mark.rule("R12")
def test_a_tie_goes_to_the_profile_stored_first_or_by_policy_to_the_lower_id(any_ws: Workspace) -> None:
    any_ws.identify("zoe", {"phone": ANA}, START)
    any_ws.identify("amy", {"phone": ANA}, START)

    first = any_ws.receive(inbound("hello", ANA)).explanation
    any_ws.set_policy(tie_break="lower_id")
    second = any_ws.receive(inbound("hello", ANA)).explanation

    assert (first.attributed_to, second.attributed_to) == ("zoe", "amy")
    assert any("stored first" in reason.text for reason in first.reasons)
    assert any("lower id" in reason.text for reason in second.reasons)


@pytest.mark.rule("R12")
def test_the_first_created_at_counts_as_the_profiles_age(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA}, START)
    any_ws.identify("bob", {"phone": ANA}, START + timedelta(days=1))
    any_ws.identify("bob", {"name": "Bob"}, START - timedelta(days=999))

    assert any_ws.receive(inbound("hello", ANA)).explanation.attributed_to == "ana"


def test_a_profile_that_changes_its_phone_leaves_the_old_number(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.identify("ana", {"phone": BOB})

    assert any_ws.receive(inbound("hello", BOB)).explanation.attributed_to == "ana"
    assert any_ws.receive(inbound("hello", ANA)).explanation.attributed_to is None


def test_a_deleted_profile_answers_no_more_and_its_history_stays(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.receive(inbound("before", ANA))

    assert any_ws.delete("ana")
    assert not any_ws.delete("ana")
    assert any_ws.receive(inbound("after", ANA)).explanation.attributed_to is None
    assert [event.data["body"] for event in any_ws.events("ana")] == ["before"]


# -- numbers nobody owns -----------------------------------------------------------------------------------


@pytest.mark.rule("R15")
@pytest.mark.rule("R17")
def test_a_message_from_nobody_known_stays_anonymous_for_ever(any_ws: Workspace) -> None:
    any_ws.receive(inbound("who am I?", ANA))
    any_ws.identify("ana", {"phone": ANA})
    any_ws.receive(inbound("now you know", ANA))

    assert [event.data["body"] for event in any_ws.anonymous_events()] == ["who am I?"]
    assert [event.data["body"] for event in any_ws.events("ana")] == ["now you know"]


@pytest.mark.rule("R16")
def test_nobody_can_write_to_the_author_of_an_anonymous_event(any_ws: Workspace) -> None:
    any_ws.receive(inbound("who am I?", ANA))
    (event,) = any_ws.anonymous_events()
    any_ws.identify("ana", {"phone": ANA})

    with pytest.raises(AnonymousRecipientError, match="Send to the profile ana"):
        any_ws.send(event, "hello")
    with pytest.raises(AnonymousRecipientError, match="Identify a profile"):
        any_ws.send(BOB, "hello")
    assert kinds(any_ws)[-2:] == [ActivityKind.SEND_REFUSED] * 2
    assert ActivityKind.MESSAGE_SENT not in kinds(any_ws)


@pytest.mark.rule("R18")
@pytest.mark.parametrize(
    ("phone", "near"),
    [
        pytest.param("2025550101 ext ask for Ana", ["ana"], id="words behind the number"),
        pytest.param("2.025550101E9", ["ana"], id="an exponent"),
        pytest.param("2025550177", [], id="another number"),
        pytest.param(None, [], id="no phone"),
    ],
)
def test_an_anonymous_event_names_its_usual_cause(any_ws: Workspace, phone: str | None, near: list[str]) -> None:
    any_ws.identify("ana", {"phone": phone})

    explanation = any_ws.receive(inbound("hello", ANA)).explanation

    if explanation.attributed_to == "ana":
        pytest.skip("this spelling is read by the installed libphonenumber")
    assert [miss.profile_id for miss in explanation.near_misses] == near
    assert any(reason.rule == "R18" for reason in explanation.reasons)


@pytest.mark.rule("R18")
def test_a_near_miss_is_named_among_many_who_only_end_in_the_same_digits(any_ws: Workspace) -> None:
    for area in range(212, 222):
        any_ws.identify(f"area {area}", {"phone": f"+1{area}5550101"})
    any_ws.identify("ana", {"phone": "2025550101 ext ask for Ana"})

    assert [miss.profile_id for miss in any_ws.receive(inbound("hello", ANA)).explanation.near_misses] == ["ana"]


def test_a_short_code_and_a_name_as_sender_are_nobody(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": "12345"})

    for author in ("12345", "ACME"):
        explanation = any_ws.receive(inbound("STOP", author)).explanation
        assert (explanation.attributed_to, explanation.consent_after) == (None, "opted_out")


# -- keywords and consent ----------------------------------------------------------------------------------


@pytest.mark.rule("R14")
def test_an_opt_out_covers_every_profile_with_the_number_now_and_later(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.identify("annie", {"phone": "(202) 555-0101"})
    any_ws.identify("bob", {"phone": BOB})

    explanation = any_ws.receive(inbound("STOP", ANA)).explanation
    any_ws.identify("late", {"phone": "202.555.0101"})

    assert explanation.affected == ("ana", "annie")
    assert [profile.id for profile in any_ws.opted_out_profiles(SENDER)] == ["ana", "annie", "late"]
    for refused in ("ana", "annie", "late"):
        with pytest.raises(OptedOutError, match="START"):
            any_ws.send(refused, "news")
    assert any_ws.send("bob", "news").status == "queued"


@pytest.mark.rule("R14")
def test_the_opt_out_of_a_number_nobody_owns_binds_who_gets_it_later(any_ws: Workspace) -> None:
    explanation = any_ws.receive(inbound("STOP", ANA)).explanation
    any_ws.identify("ana", {"phone": ANA})

    assert (explanation.attributed_to, explanation.affected) == (None, ())
    with pytest.raises(OptedOutError):
        any_ws.send("ana", "news")


@pytest.mark.rule("R19")
@pytest.mark.parametrize(
    ("body", "after"),
    [("stop", "opted_out"), (" QUIT ", "opted_out"), ("STOP PLEASE", "unset"), ("HELP", "unset"), ("YES", "unset")],
)
def test_only_a_whole_keyword_changes_consent(any_ws: Workspace, body: str, after: str) -> None:
    any_ws.identify("ana", {"phone": ANA})

    assert any_ws.receive(inbound(body, ANA)).explanation.consent_after == after
    assert any_ws.consent(ANA).state(ANA, SENDER) == ConsentState(after)


@pytest.mark.rule("R20")
def test_an_opt_out_holds_for_the_sender_that_was_replied_to(any_ws: Workspace) -> None:
    any_ws.add_sender(Sender(OTHER_SENDER))
    any_ws.identify("ana", {"phone": ANA})
    any_ws.receive(inbound("STOP", ANA, to_phone=SENDER))

    with pytest.raises(OptedOutError):
        any_ws.send("ana", "news", SENDER)
    assert any_ws.send("ana", "news", OTHER_SENDER).status == "queued"


@pytest.mark.rule("R20")
def test_a_number_in_a_service_opts_out_of_the_whole_service(any_ws: Workspace) -> None:
    any_ws.add_sender(Sender("+12025550190", SERVICE))
    any_ws.add_sender(Sender("+12025550191", SERVICE))
    any_ws.identify("ana", {"phone": ANA})

    any_ws.receive(inbound("STOP", ANA, to_phone="+12025550190"))

    for sender in (SERVICE, "+12025550191"):
        with pytest.raises(OptedOutError):
            any_ws.send("ana", "news", sender)
    assert any_ws.send("ana", "news", SENDER).status == "queued"


@pytest.mark.rule("R20")
@pytest.mark.rule("R21")
def test_a_number_that_moved_into_a_service_is_held_to_what_was_said_to_the_service(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})

    any_ws.receive(inbound("STOP", ANA, messaging_service_sid=SERVICE))

    assert [sender.key for sender in any_ws.senders()] == [SERVICE]
    with pytest.raises(OptedOutError):
        any_ws.send("ana", "hello", SENDER)


@pytest.mark.rule("R21")
def test_opted_out_means_nothing_is_sent_until_an_opt_in_lifts_it(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.receive(inbound("STOP", ANA))
    with pytest.raises(OptedOutError):
        any_ws.send("ana", "news")
    any_ws.receive(inbound("START", ANA))

    assert any_ws.send("ana", "news").status == "queued"
    refused = any_ws.activity(kind="send_refused")
    assert [entry.profile_id for entry in refused] == ["ana"]
    assert "R21" in refused[0].text
    assert [change.state for change in any_ws.consent(ANA).changes] == [ConsentState.OPTED_OUT, ConsentState.OPTED_IN]


def test_a_repeated_stop_and_an_idle_start_change_nothing(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})

    any_ws.receive(inbound("START", ANA))
    any_ws.receive(inbound("STOP", ANA))
    any_ws.receive(inbound("STOP", ANA))

    assert len(any_ws.consent(ANA).changes) == 1
    assert ActivityKind.OPT_IN_IN_FORCE in kinds(any_ws)
    assert ActivityKind.OPT_OUT_IN_FORCE in kinds(any_ws)


def test_an_idle_start_is_recorded_where_the_policy_says_so(any_ws: Workspace) -> None:
    any_ws.set_policy(opt_in_when_not_opted_out="record")

    told = any_ws.receive(inbound("START", ANA)).explanation

    assert any_ws.consent(ANA).state(ANA, SENDER) is ConsentState.OPTED_IN
    assert "policy records it" in str(told)
    assert "ordinary" not in str(told)
    assert kinds(any_ws)[-1] is ActivityKind.OPTED_IN


@pytest.mark.rule("R22")
@pytest.mark.rule("R23")
def test_the_log_has_the_stop_and_the_status_but_not_twilios_answer(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})

    explanation = any_ws.receive(inbound("STOP", ANA)).explanation

    assert kinds(any_ws, phone=ANA) == [ActivityKind.MESSAGE_RECEIVED, ActivityKind.OPTED_OUT]
    assert any(reason.rule == "R22" for reason in explanation.reasons)
    assert not any("unsubscribed" in entry.text for entry in any_ws.activity())


@pytest.mark.rule("R24")
def test_opt_out_type_opts_out_by_a_word_of_the_senders_own(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})

    explanation = any_ws.receive(inbound("BASTA", ANA, opt_out_type="STOP")).explanation

    assert (explanation.keyword_action, explanation.consent_after) == ("opt_out", "opted_out")
    assert any(reason.rule == "R24" for reason in explanation.reasons)


# -- counted once, explained for ever ----------------------------------------------------------------------


@pytest.mark.parametrize("taken", ["event-{next_entry}", "inbound-{sid}"])
def test_an_event_of_a_callers_id_takes_nobody_elses_place(any_ws: Workspace, taken: str) -> None:
    any_ws.identify("ana", {"phone": "+12025550101"})
    given = taken.format(next_entry=any_ws.activity()[-1].number + 2, sid=message_sid("one"))

    assert any_ws.track("ana", "bought", event_id=given)
    assert any_ws.track("ana", "bought")
    assert any_ws.track("ana", "bought", event_id=f"given-{given}")
    assert not any_ws.track("ana", "bought", event_id=given)
    told = any_ws.receive(inbound("hello", sid="one")).explanation

    assert any_ws.explain(told.message_sid) == told
    assert any_ws.events("ana")[-1].data["body"] == "hello"


def test_a_message_delivered_twice_counts_once(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    first = any_ws.receive(inbound("hello", ANA, sid="once"))
    again = any_ws.receive(inbound("hello", ANA, sid="once"))

    assert (first.duplicate, again.duplicate) == (False, True)
    assert first.explanation == again.explanation
    assert len(any_ws.events("ana")) == 1
    assert kinds(any_ws).count(ActivityKind.DUPLICATE_WEBHOOK) == 1


def test_an_explanation_can_be_asked_for_later(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    told = any_ws.receive(inbound("hello", ANA, sid="asked")).explanation
    any_ws.identify("older", {"phone": ANA}, START - timedelta(days=1))

    assert any_ws.explain(message_sid("asked")) == told
    with pytest.raises(UnknownMessage, match="activity log"):
        any_ws.explain(message_sid("never"))


def test_deciding_is_pure() -> None:
    message = inbound("STOP", ANA)

    assert decide(message, Context()) == decide(message, Context())


@pytest.mark.parametrize(
    "body", ["\x00STOP", "\ud800", "<script>alert(1)</script>", "🙂" * 800, "x" * 10_000, "'; DROP TABLE profiles; --"]
)
def test_any_body_is_stored_and_read_back(any_ws: Workspace, body: str) -> None:
    any_ws.identify("ana", {"phone": ANA, "name": body})

    explanation = any_ws.receive(inbound(body, ANA)).explanation

    expected = body.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    assert explanation.body == expected
    assert any_ws.events("ana")[0].data["body"] == expected
    assert "<script>" not in explanation._repr_html_()


def test_a_profile_without_a_readable_phone_cannot_be_written_to(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": "call me"})

    with pytest.raises(UnreadablePhoneError, match="E\\.164"):
        any_ws.send("ana", "hello")
