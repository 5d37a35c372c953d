"""Campaigns that cannot be meant: each refused at its place, and those that collide shown."""

from datetime import timedelta

import pytest

from inbound_core import Sender, Workspace
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
from inbound_core.quiet_hours import QuietHours
from inbound_core.segments import SegmentInUse
from tests.campaign_cases import ANA, BOB, HELLO, OTHER, on_yes, yes
from tests.stores import SENDER, SERVICE, SteppingClock


@pytest.fixture
def ws(any_ws: Workspace) -> Workspace:
    any_ws.identify("ana", {"phone": ANA, "first_name": "Ana"})
    any_ws.identify("bob", {"phone": BOB})
    return any_ws


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


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        pytest.param(SENDER, SENDER, f"on {SENDER}", id="the same number"),
        pytest.param(SENDER, SERVICE, f"on {SENDER}", id="a number and its service"),
        pytest.param(SERVICE, SENDER, f"on {SENDER}", id="a service and its number"),
        pytest.param(SENDER, OTHER, None, id="two numbers of a service"),
    ],
)
def test_campaigns_collide_only_where_one_message_reaches_both(
    ws: Workspace, first: str, second: str, where: str | None
) -> None:
    for phone in (SENDER, OTHER):
        ws.add_sender(Sender(phone, SERVICE))
    ws.campaigns.save(on_yes(trigger=KeywordTrigger(("yes",), (first,))))

    ws.campaigns.save(on_yes(name="other", trigger=KeywordTrigger(("yes",), (second,))))

    told = [conflict.why for conflict in ws.campaigns.conflicts()]
    assert told == ([] if where is None else [f"both fire on YES {where}."])


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
        (on_yes(frequency=once_per(days=36_501)), CampaignError, r"At frequency\.period: .*the frequency once"),
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
    quiet_hours=QuietHours("21:00", "08:00", "Europe/London", "timezone"),
)


@pytest.mark.parametrize(
    "campaign",
    [
        FULL,
        on_yes(),
        on_yes(quiet_hours=QuietHours("13:00", "14:00", "UTC")),
        on_yes(trigger=MessageTrigger((SENDER,))),
        on_yes(trigger=SegmentTrigger("x"), frequency=ONCE),
    ],
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
        pytest.param({"trigger": {"segment": {"name": ["x"]}}}, "trigger.segment.name", "A name", id="no segment"),
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
        pytest.param({"quiet_hours": {"start": "21:00"}}, "quiet_hours", "'end' is missing", id="quiet hours"),
        pytest.param(
            {"quiet_hours": {"start": "21:00", "end": "08:00", "zone": "Mars"}}, "quiet_hours.zone", "Mars", id="zone"
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


@pytest.mark.parametrize("text", ["{", "9" * 5000, "[" * 100_000], ids=["unfinished", "long number", "deep"])
def test_text_that_is_no_json_is_no_campaign(text: str) -> None:
    with pytest.raises(CampaignError, match="no JSON"):
        campaign_from_text(text)


def test_a_name_that_is_there_twice_in_json_is_refused_and_not_one_of_the_two_taken() -> None:
    text = campaign_to_text(on_yes())

    with pytest.raises(CampaignError, match="'active' is there twice"):
        campaign_from_text(text.replace('"active": true', '"active": false, "active": true'))


@pytest.mark.parametrize(
    ("given", "place"),
    [
        pytest.param({"trigger": "yes"}, "trigger", id="trigger"),
        pytest.param({"follow_ups": "Hi"}, "follow_ups", id="text to send"),
        pytest.param({"follow_ups": ("Hi",)}, "follow_ups[0]", id="texts to send"),
        pytest.param({"filter": {"segment": {"name": "pros"}}}, "filter", id="JSON among Python"),
        pytest.param({"frequency": "once"}, "frequency", id="frequency"),
        pytest.param({"quiet_hours": {"start": "21:00"}}, "quiet_hours", id="quiet hours"),
        pytest.param({"active": "no"}, "active", id="flag"),
    ],
)
def test_parts_of_another_type_are_refused_at_their_place(given: dict[str, object], place: str) -> None:
    with pytest.raises(CampaignError, match=r"^At .*: Give ") as refused:
        on_yes(**given)

    assert refused.value.place == place


def test_delays_and_periods_that_are_no_time_are_refused() -> None:
    with pytest.raises(CampaignError, match="timedelta"):
        FollowUp("Hi", 5)  # type: ignore[arg-type]
    for span in ({"months": 1}, {"days": 1e300}, {"days": float("nan")}):
        with pytest.raises(CampaignError, match=r"At frequency\.period: .* is no length of time"):
            once_per(**span)


def test_one_word_or_sender_is_not_taken_for_its_letters() -> None:
    assert KeywordTrigger("yes", SENDER) == KeywordTrigger(("YES",), (SENDER,))  # type: ignore[arg-type]
    assert MessageTrigger(SENDER) == MessageTrigger((SENDER,))  # type: ignore[arg-type]


def test_what_no_store_can_hold_is_replaced_in_a_campaign() -> None:
    campaign = Campaign("a\ud800", KeywordTrigger(("YES",)), (FollowUp("hi \ud800\x00"),))

    assert (campaign.name, campaign.follow_ups[0].template) == ("a\ufffd", "hi \ufffd\ufffd")
