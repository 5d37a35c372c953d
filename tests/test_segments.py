"""Segments: who is in them now and why, what a change would do before it is made, and what is refused (R1, R2, R13)."""

from datetime import timedelta
from pathlib import Path

import pytest

from inbound_core import Sender, Workspace
from inbound_core.activity import ActivityKind
from inbound_core.catalogue import (
    CircularSegments,
    UnknownAttribute,
    UnknownConditionSender,
    UnknownSegment,
    WrongType,
)
from inbound_core.condition_words import any_of, attribute, event, in_segment, opted_out, replied, shares_number
from inbound_core.people import UnknownProfile
from inbound_core.segments import SegmentInUse, SegmentKindError
from inbound_core.value_tests import ConditionError
from tests.stores import SENDER, SERVICE, START, SteppingClock, inbound, store_url

ANA, BOB, CAT = "+12025550101", "+12025550102", "+12025550103"
YES = replied("yes").within(days=30)


def moves(ws: Workspace, segment: str) -> list[tuple[str, str | None]]:
    """Give the entries and exits of a segment, as the activity log has them."""
    kinds = (ActivityKind.ENTERED_SEGMENT, ActivityKind.LEFT_SEGMENT)
    return [
        (str(entry.kind).split("_")[0], entry.profile_id)
        for entry in ws.activity(limit=1000)
        if entry.kind in kinds and entry.data["segment"] == segment
    ]


# -- live --------------------------------------------------------------------------------------------------


@pytest.mark.rule("R1")
@pytest.mark.rule("R2")
def test_who_replies_with_the_keyword_enters_the_segment(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.identify("bob", {"phone": BOB})
    any_ws.segments.save("wants updates", YES)

    for body, phone in ((" Yes ", ANA), ("yes please", BOB), ("YES", CAT)):
        any_ws.receive(inbound(body, phone))

    assert any_ws.segments.members("wants updates") == ["ana"]
    assert moves(any_ws, "wants updates") == [("entered", "ana")]
    entered = any_ws.activity(kind="entered_segment")[0]
    assert "wrote ' Yes '" in entered.text
    assert (entered.phone, entered.message_sid is None) == (ANA, False)
    assert any_ws.segments.of("bob") == []


def test_a_window_ends_by_the_clock(any_ws: Workspace, clock: SteppingClock) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.identify("bob", {"phone": BOB})
    any_ws.segments.save("recent", YES)
    any_ws.segments.save("silent", ~replied().within(days=30))
    any_ws.receive(inbound("YES", ANA, at=clock()))
    clock.advance(days=20)
    any_ws.receive(inbound("YES", BOB, at=clock()))

    clock.advance(days=11)
    gone = any_ws.segments.expire()

    assert [(move.segment, move.profile_id, move.entered) for move in gone] == [
        ("recent", "ana", False),
        ("silent", "ana", True),
    ]
    assert "time passed; no such event within 30 days; the last was at 2026-03-01" in gone[0].cause
    assert any_ws.segments.members("recent") == ["bob"]
    assert any_ws.segments.expire() == []
    clock.advance(days=20)
    assert any_ws.segments.members("recent") == []
    assert sorted(any_ws.segments.members("silent")) == ["ana", "bob"]


def test_a_change_of_an_attribute_moves_and_others_do_not(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA, "plan": "free", "town": "Rome"})
    any_ws.segments.save("pros", attribute("plan").equals("pro"))

    any_ws.identify("ana", {"plan": "pro"})
    any_ws.identify("ana", {"town": "Oslo"})
    any_ws.identify("ana", {"plan": ""})

    assert moves(any_ws, "pros") == [("entered", "ana"), ("left", "ana")]
    assert "plan changed; plan is 'pro'" in any_ws.activity(kind="entered_segment")[0].text
    assert "plan is not set" in any_ws.activity(kind="left_segment")[0].text


@pytest.mark.rule("R14")
def test_an_opt_out_moves_everybody_with_the_number(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.identify("annie", {"phone": "(202) 555-0101"})
    any_ws.identify("bob", {"phone": BOB})
    any_ws.segments.save("out", opted_out())

    any_ws.receive(inbound("STOP", ANA))
    any_ws.identify("late", {"phone": ANA})
    assert sorted(any_ws.segments.members("out")) == ["ana", "annie", "late"]

    any_ws.receive(inbound("START", ANA))
    assert any_ws.segments.members("out") == []


@pytest.mark.rule("R11")
def test_sharing_a_number_follows_everybody_who_has_it(any_ws: Workspace) -> None:
    any_ws.segments.save("shared", shares_number())
    any_ws.identify("ana", {"phone": ANA})
    assert any_ws.segments.members("shared") == []

    any_ws.identify("annie", {"phone": ANA})
    assert sorted(any_ws.segments.members("shared")) == ["ana", "annie"]

    any_ws.identify("annie", {"phone": BOB})
    assert any_ws.segments.members("shared") == []
    any_ws.identify("bob", {"phone": BOB})
    any_ws.delete("annie")
    assert any_ws.segments.members("shared") == []


def test_a_custom_event_counts_once_and_moves(any_ws: Workspace) -> None:
    any_ws.identify("ana", {})
    any_ws.segments.save("big spenders", event("bought").filtered("amount", at_least=50).at_least(2))

    any_ws.track("ana", "bought", {"amount": 70}, "one")
    any_ws.track("ana", "bought", {"amount": 70}, "one")
    any_ws.track("ana", "bought", {"amount": 7}, "two")
    assert any_ws.segments.members("big spenders") == []
    any_ws.track("ana", "bought", {"amount": 50}, "three")
    assert any_ws.segments.members("big spenders") == ["ana"]


def test_a_manual_segment_is_kept_by_hand_and_others_follow_it(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"plan": "pro"})
    any_ws.identify("bob", {"plan": "pro"})
    any_ws.segments.save_manual("vip", ["ana"])
    any_ws.segments.save("vip pros", in_segment("vip") & attribute("plan").equals("pro"))
    assert any_ws.segments.members("vip pros") == ["ana"]

    told = any_ws.segments.add("vip", ["ana", "bob"])
    any_ws.segments.remove("vip", ["ana"])

    assert [(move.segment, move.profile_id) for move in told] == [("vip", "bob"), ("vip pros", "bob")]
    assert any_ws.segments.members("vip pros") == ["bob"]
    any_ws.delete("bob")
    assert any_ws.segments.members("vip") == []


def test_changing_a_segment_moves_in_those_that_lead_to_it_too(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"plan": "pro"})
    any_ws.identify("bob", {"plan": "free"})
    any_ws.segments.save("chosen", attribute("plan").equals("pro"))
    any_ws.segments.save("others", ~in_segment("chosen"))

    saved = any_ws.segments.save("chosen", attribute("plan").equals("free"))

    assert any_ws.segments.members("chosen") == ["bob"]
    assert any_ws.segments.members("others") == ["ana"]
    assert str(saved).endswith("1 entered, 1 left.")


def test_reading_phones_anew_moves_too(any_ws: Workspace) -> None:
    any_ws.identify("liz", {"phone": "020 7946 0018"})
    any_ws.identify("max", {"phone": "+442079460018"})
    any_ws.segments.save("shared", shares_number())

    any_ws.set_policy(default_region="GB")

    assert sorted(any_ws.segments.members("shared")) == ["liz", "max"]


# -- before saving -----------------------------------------------------------------------------------------


@pytest.mark.rule("R13")
def test_a_preview_names_who_shares_a_number_and_who_opted_out(any_ws: Workspace) -> None:
    for name, phone in (("ana", ANA), ("annie", "202-555-0101"), ("bob", BOB), ("cat", "12"), ("dan", CAT)):
        any_ws.identify(name, {"phone": phone, "plan": "free" if name == "dan" else "pro"})
    any_ws.receive(inbound("STOP", BOB))

    preview = any_ws.segments.preview(attribute("plan").equals("pro"))

    assert (preview.count, preview.without_number, preview.opted_out) == (4, 1, 1)
    assert [profile.id for profile in preview.sample] == ["ana", "annie", "bob", "cat"]
    assert preview.opted_out_ids == ("bob",)
    assert [str(shared) for shared in preview.shared] == [f"{ANA} gets 2 messages: ana, annie"]
    assert "R13" in str(preview)
    assert "<li>" in preview._repr_html_()
    assert any_ws.segments.all() == []


def test_two_segments_are_set_side_by_side(any_ws: Workspace) -> None:
    for name, plan, age in (("ana", "pro", 20), ("bob", "pro", 40), ("cat", "free", 50)):
        any_ws.identify(name, {"plan": plan, "age": age})
    any_ws.segments.save("pros", attribute("plan").equals("pro"))

    diff = any_ws.segments.diff("pros", attribute("age").at_least(40))

    assert (diff.only_first_ids, diff.only_second_ids, diff.both) == (("ana",), ("cat",), 1)
    assert "1 only in pros: ana" in str(diff)


def test_what_if_says_who_would_move_and_changes_nothing(any_ws: Workspace, clock: SteppingClock) -> None:
    for name, phone in (("ana", ANA), ("annie", ANA), ("bob", BOB)):
        any_ws.identify(name, {"phone": phone, "plan": "pro"})
    any_ws.receive(inbound("YES", BOB, at=clock()))
    any_ws.segments.save("recent", YES)

    wider = any_ws.segments.what_if("recent", attribute("plan").equals("pro"))
    later = any_ws.segments.what_if("recent", after=timedelta(days=31))

    assert (wider.entering_ids, wider.leaving, wider.staying) == (("ana", "annie"), 0, 1)
    assert [shared.phone for shared in wider.shared] == [ANA]
    assert (later.entering, later.leaving_ids) == (0, ("bob",))
    assert "31 days" in str(later)
    assert any_ws.segments.members("recent") == ["bob"]
    for after in (timedelta(days=-1), timedelta.max):
        with pytest.raises(ConditionError, match=r"At after: .* never backwards"):
            any_ws.segments.what_if("recent", after=after)


def test_why_names_the_question_that_holds_or_fails(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA, "plan": "pro"})
    any_ws.identify("bob", {"phone": BOB, "plan": "free"})
    any_ws.segments.save("good", attribute("plan").equals("pro") & ~opted_out(SENDER))
    any_ws.receive(inbound("STOP", ANA))

    ana, bob = any_ws.segments.why("ana", "good"), any_ws.segments.why("bob", "good")

    assert (ana.holds, bob.holds) == (False, False)
    assert f"{ANA} opted out of {SENDER}" in ana.reason
    assert bob.reason == "plan is 'free'"
    with pytest.raises(UnknownProfile, match="'zoe'"):
        any_ws.segments.why("zoe", "good")


# -- refused -----------------------------------------------------------------------------------------------


def test_what_a_condition_cannot_speak_of_is_refused_at_its_place(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"plan": "pro", "age": 42, "tags": ["new"]})
    any_ws.segments.save("pros", attribute("plan").equals("pro"))
    fine = attribute("plan").equals("pro")

    for condition, error, says in (
        (fine & attribute("plam").exists(), UnknownAttribute, r"and\[1\]\.attribute\.field.*did you mean 'plan'"),
        (fine & attribute("age").equals("42"), WrongType, r"and\[1\]\.attribute\.value.*number, never text"),
        (fine | ~in_segment("pro"), UnknownSegment, r"or\[1\]\.not\.segment.*did you mean 'pros'"),
        (opted_out("+12025550150"), UnknownConditionSender, r"consent\.sender.*none of this workspace's"),
        (replied("yes").to("+12025550150"), UnknownConditionSender, r"event\.where\[1\]\.value"),
        (attribute("tags").contains("new"), WrongType, r"attribute\.operator.*list, never text, so .* match nobody"),
        (attribute("tags").equals("new"), WrongType, r"attribute\.value.*keep what you ask for in an attribute"),
        (replied().filtered("keyword", equals="yes"), ConditionError, r"event\.where\[0\]\.value.*Write 'YES'"),
        (replied().filtered("keywrod", equals="YES"), ConditionError, r"where\[0\]\.field.*Did you mean keyword"),
    ):
        with pytest.raises(error, match=says):
            any_ws.segments.save("new", condition)
        with pytest.raises(error):
            any_ws.segments.preview(condition)
    assert [segment.name for segment in any_ws.segments.all()] == ["pros"]


def test_a_number_in_a_service_is_answered_with_the_service(any_ws: Workspace) -> None:
    any_ws.add_sender(Sender("+12025550198", SERVICE))

    with pytest.raises(UnknownConditionSender, match=f"belongs to the messaging service {SERVICE}"):
        any_ws.segments.preview(opted_out("+12025550198"))


def test_conditions_at_the_limits_are_answered_and_beyond_them_refused(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"plan": "pro 7", "age": 42})
    plan = attribute("plan")
    most = any_of(*(plan.one_of(*(f"pro {part * 10 + n}" for n in range(10))) for part in range(500)))
    any_ws.segments.save("most", most)

    assert any_ws.segments.members("most") == ["ana"]
    assert any_ws.segments.what_if("most", after=timedelta(days=1)).staying == 1
    for too_much, says in (
        (any_of(*[plan.exists()] * 501), "501 questions"),
        (in_segment("most") | plan.equals("x"), "more than 5000 values"),
    ):
        with pytest.raises(ConditionError, match=says):
            any_ws.segments.preview(too_much)


def test_an_attribute_that_is_still_to_come_may_be_allowed(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"plan": "pro"})
    any_ws.segments.save("scored", attribute("score").at_least(3), allow_unknown=True)

    any_ws.identify("ana", {"score": 3})

    assert any_ws.segments.members("scored") == ["ana"]


def test_segments_that_lead_back_to_themselves_are_refused(any_ws: Workspace) -> None:
    any_ws.segments.save("a", replied())
    any_ws.segments.save("b", in_segment("a"))
    any_ws.segments.save("c", replied() & in_segment("b"))

    with pytest.raises(CircularSegments, match=r"At or\[1\]\.segment: 'c' leads back to 'a'"):
        any_ws.segments.save("a", replied() | in_segment("c"))
    with pytest.raises(CircularSegments, match="by itself"):
        any_ws.segments.save("a", ~in_segment("a"))
    assert str(any_ws.segments.get("a").condition) == "sent a message"


def test_a_save_that_fails_leaves_the_segment_as_it_was(any_ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    any_ws.identify("ana", {"plan": "pro"})
    any_ws.segments.save("pros", attribute("plan").equals("pro"))

    def fail(*_: object) -> None:
        raise RuntimeError("the machine died")

    with monkeypatch.context() as patch:
        patch.setattr("inbound_core.storage.segments.apply", fail)
        with pytest.raises(RuntimeError):
            any_ws.segments.save("pros", attribute("plan").equals("free"))

    assert str(any_ws.segments.get("pros").condition) == "plan equals 'pro'"
    assert any_ws.segments.members("pros") == ["ana"]


def test_a_segment_in_use_or_of_the_other_kind_is_not_touched(any_ws: Workspace) -> None:
    any_ws.identify("ana", {})
    any_ws.segments.save_manual("vip")
    any_ws.segments.save("silent vip", in_segment("vip") & ~replied())

    with pytest.raises(SegmentInUse, match="silent vip"):
        any_ws.segments.delete("vip")
    with pytest.raises(SegmentKindError, match="data-driven"):
        any_ws.segments.add("silent vip", ["ana"])
    with pytest.raises(SegmentKindError, match="manual"):
        any_ws.segments.save("vip", replied())
    with pytest.raises(UnknownProfile, match="'zoe'"):
        any_ws.segments.add("vip", ["ana", "zoe"])
    with pytest.raises(UnknownSegment, match="There are: silent vip, vip"):
        any_ws.segments.members("vap")
    with pytest.raises(ConditionError, match="A name is needed"):
        any_ws.segments.save(" ", replied())
    assert any_ws.segments.members("vip") == []
    any_ws.segments.delete("silent vip")
    any_ws.segments.delete("vip")
    assert any_ws.segments.all() == []


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_segments_last_and_are_shared_by_all_who_open_the_store(kind: str, tmp_path: Path) -> None:
    with (
        store_url(kind, tmp_path) as url,
        Workspace.open(url, now=SteppingClock()) as first,
        Workspace.open(url, now=SteppingClock()) as second,
    ):
        first.add_sender(Sender(SENDER))
        first.identify("ana", {"phone": ANA})
        first.segments.save("yes", YES)

        second.receive(inbound("YES", ANA, at=START))

        assert first.segments.members("yes") == ["ana"]
