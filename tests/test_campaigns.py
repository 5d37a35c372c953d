"""Campaigns: what an answer sets off, for whom, how often, and what is refused before and after (R1, R2, R13)."""

from datetime import timedelta

import pytest

from inbound_core import OutboundMessage, Sender, Workspace
from inbound_core.campaign_checks import UnknownCampaignSender
from inbound_core.campaign_json import campaign_from_json, campaign_from_text, campaign_to_json, campaign_to_text
from inbound_core.campaign_questions import UnknownCampaign
from inbound_core.campaign_records import (
    ONCE,
    Campaign,
    CampaignError,
    FollowUp,
    KeywordTrigger,
    MessageTrigger,
    ReservedKeyword,
    SegmentTrigger,
    once_per,
)
from inbound_core.catalogue import UnknownAttribute, UnknownSegment
from inbound_core.condition_words import attribute, replied
from inbound_core.errors import PlacedError
from inbound_core.explanation import UnknownMessage
from inbound_core.segments import SegmentInUse
from inbound_core.sending import TransportError
from tests.stores import SENDER, SteppingClock, inbound, message_sid

ANA, BOB, CAT = "+12025550101", "+12025550102", "+12025550103"
OTHER = "+12025550198"
HELLO = FollowUp("Hi {{ profile.first_name | default('there') }}, you wrote {{ event.keyword | default('') }}.")


class Carrier:
    """Be a carrier that takes every message, or refuses those to some numbers."""

    def __init__(self) -> None:
        self.taken: list[OutboundMessage] = []
        self.refuses: dict[str, TransportError] = {}

    def __call__(self, message: OutboundMessage) -> str:
        if message.to_phone in self.refuses:
            raise self.refuses[message.to_phone]
        self.taken.append(message)
        return message_sid(("out", len(self.taken)))

    def texts(self) -> list[tuple[str, str]]:
        return [(message.to_phone, message.body) for message in self.taken]


@pytest.fixture
def carrier(any_ws: Workspace) -> Carrier:
    carrier = Carrier()
    any_ws.outgoing.transport = carrier
    return carrier


@pytest.fixture
def ws(any_ws: Workspace) -> Workspace:
    any_ws.identify("ana", {"phone": ANA, "first_name": "Ana"})
    any_ws.identify("bob", {"phone": BOB})
    return any_ws


def on_yes(**more: object) -> Campaign:
    given = {"name": "updates", "trigger": KeywordTrigger(("yes",)), "follow_ups": (HELLO,), **more}
    return Campaign(**given)  # type: ignore[arg-type]


def yes(ws: Workspace, clock: SteppingClock, phone: str = ANA, body: str = "YES", sid: object = None) -> str:
    message = inbound(body, phone, sid=sid, at=clock())
    ws.receive(message)
    return message.message_sid


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
    assert ws.campaigns.why_not(first, "welcome").fired
    assert "made nobody enter it" in ws.campaigns.why_not(again, "welcome").why


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
    assert "standard word" in told["STOP"].why
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
    assert "once per number, and ana has the number" in held[0].text
    assert "the switch lets one of them through" in str(family.campaigns.preview("pros"))


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
    assert not ws.outgoing.note_status("SM" + "0" * 32, "delivered")

    report = ws.campaigns.report("updates")
    assert (report.sent, report.delivered) == (1, 1)
    assert report.failed == {"Twilio refused the message: opted out (21610).": 1}
    assert "failed 1" in str(report)


def test_a_preview_fills_the_texts_in_and_names_who_would_get_none(ws: Workspace) -> None:
    ws.campaigns.save(on_yes(name="other"))

    preview = ws.campaigns.preview(on_yes(follow_ups=(FollowUp("Hi {{ profile.first_name }}"),)))

    assert preview.texts == {"ana": ("Hi Ana",)}
    assert "no 'first_name'" in preview.failures["bob"]
    assert "both fire on YES on every sender" in str(preview)
    assert [campaign.name for campaign in ws.campaigns.all()] == ["other"]


# -- conflicts and refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "says"),
    [
        pytest.param(KeywordTrigger(("no", "yes")), "both fire on YES on every sender", id="one word in common"),
        pytest.param(KeywordTrigger(("yes",), (OTHER,)), f"both fire on YES on {OTHER}", id="one sender in common"),
        pytest.param(MessageTrigger(), "YES is any message too", id="any message"),
        pytest.param(KeywordTrigger(("no",)), None, id="another word"),
    ],
)
def test_campaigns_that_one_message_sets_off_both_are_shown(
    ws: Workspace, other: KeywordTrigger | MessageTrigger, says: str | None
) -> None:
    ws.add_sender(Sender(OTHER))
    ws.campaigns.save(on_yes())

    saved = ws.campaigns.save(on_yes(name="other", trigger=other))

    told = [str(conflict) for conflict in ws.campaigns.conflicts()]
    assert len(told) == len(saved.conflicts) == (says is not None)
    assert says is None or says in told[0]


@pytest.mark.rule("R19")
@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("STOP", "opts the number out"),
        ("cancel", "opts the number out"),
        ("START", "opts the number in again"),
        ("unstop", "reserved"),
        ("Help", "answered by Twilio itself"),
        ("INFO", "reserved"),
    ],
)
def test_reserved_words_cannot_set_a_campaign_off(ws: Workspace, word: str, says: str) -> None:
    with pytest.raises(ReservedKeyword, match=rf"At trigger\.words\[1\]: {word.upper()} .*{says}"):
        ws.campaigns.save(on_yes(trigger=KeywordTrigger(("yes", word))))
    assert ws.campaigns.all() == []


def test_what_a_campaign_cannot_mean_is_refused_at_its_place(ws: Workspace) -> None:
    ws.add_sender(Sender(OTHER))
    ws.segments.save("all", replied() | ~replied())
    for campaign, error, says in (
        (on_yes(trigger=KeywordTrigger(("YES",), ("+12025550150",))), UnknownCampaignSender, r"trigger\.senders\[0\]"),
        (on_yes(sender="+12025550150"), UnknownCampaignSender, "At sender: .*none of this workspace's"),
        (on_yes(trigger=SegmentTrigger("al")), UnknownSegment, r"At trigger\.segment: .*did you mean 'all'"),
        (on_yes(trigger=SegmentTrigger("all")), UnknownCampaignSender, "say from which sender"),
        (on_yes(filter=attribute("plam").exists()), UnknownAttribute, r"At filter\.attribute\.field"),
    ):
        with pytest.raises(error, match=says):
            ws.campaigns.save(campaign)
    assert ws.campaigns.all() == []


def test_a_campaign_or_message_that_is_not_there_is_named(ws: Workspace, clock: SteppingClock) -> None:
    early = yes(ws, clock)
    ws.campaigns.save(on_yes())

    assert "saved after the message came" in ws.campaigns.why_not(early, "updates").why
    for ask in (ws.campaigns.get, ws.campaigns.delete, ws.campaigns.report, ws.campaigns.preview):
        with pytest.raises(UnknownCampaign, match="There are: updates"):
            ask("update")
    with pytest.raises(UnknownMessage):
        ws.campaigns.why_not("SM0", "updates")


def test_a_segment_that_a_campaign_is_defined_by_stays(ws: Workspace) -> None:
    ws.segments.save("all", replied())
    ws.campaigns.save(Campaign("welcome", SegmentTrigger("all"), (HELLO,)))

    with pytest.raises(SegmentInUse, match="welcome"):
        ws.segments.delete("all")
    assert ws.segments.what_if("all", replied("yes")).campaigns == ("welcome",)


FULL = on_yes(
    filter=attribute("plan").equals("pro"),
    frequency=once_per(days=7),
    follow_ups=(HELLO, FollowUp("later", timedelta(hours=1, seconds=0.5))),
    sender=SENDER,
    once_per_number=True,
    active=False,
)


@pytest.mark.parametrize(
    "campaign",
    [FULL, on_yes(), on_yes(trigger=MessageTrigger((SENDER,))), on_yes(trigger=SegmentTrigger("x"), frequency=ONCE)],
)
def test_a_campaign_round_trips_through_json(campaign: Campaign) -> None:
    assert campaign_from_text(campaign_to_text(campaign)) == campaign
    assert campaign.name in str(campaign)


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        pytest.param({"follow_ups": []}, "follow_ups", "at least one", id="nothing to send"),
        pytest.param({"follow_ups": "x"}, "follow_ups", "A list", id="no list"),
        pytest.param({"follow_ups": [{"template": "{{ x"}]}, "follow_ups[0].template", "cannot be read", id="template"),
        pytest.param(
            {"follow_ups": [{"template": "x", "after": {"days": 400}}]}, "follow_ups[0].after", "366", id="delay"
        ),
        pytest.param({"trigger": {"keyword": {"words": []}}}, "trigger.words", "at least one word", id="no words"),
        pytest.param({"trigger": {"keyword": {"words": ["yes please"]}}}, "trigger.words[0]", "not one word", id="two"),
        pytest.param({"trigger": {"timer": {}}}, "trigger", "'timer' is no trigger", id="trigger"),
        pytest.param({"frequency": {"kind": "often"}}, "frequency", "'often' is no frequency", id="frequency"),
        pytest.param({"frequency": {"kind": "once_per"}}, "frequency.period", "needs a period", id="no period"),
        pytest.param(
            {"frequency": {"kind": "once_per", "period": {"days": 0}}}, "frequency.period", "never end", id="period 0"
        ),
        pytest.param(
            {"filter": {"and": [{"event": {"name": "x", "within": {"days": 0}}}]}},
            "filter.and[0].event.within",
            "window of zero",
            id="filter",
        ),
        pytest.param({"name": " "}, "name", "needs a name", id="no name"),
        pytest.param({"active": 1}, "active", "neither true nor false", id="flag"),
        pytest.param({"colour": "red"}, "", "'colour' is not known", id="unknown key"),
    ],
)
def test_json_that_is_no_campaign_is_refused_at_its_place(change: dict[str, object], place: str, says: str) -> None:
    with pytest.raises(PlacedError, match=says.replace("'", "'")) as refused:
        campaign_from_json({**campaign_to_json(on_yes()), **change})

    assert refused.value.place == place


def test_text_that_is_no_json_is_no_campaign() -> None:
    with pytest.raises(CampaignError, match="no JSON"):
        campaign_from_text("{")
