"""The whole story over real HTTP: a broadcast, the replies of several handsets, a segment, a campaign's follow-up."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from inbound_core import OutboundMessage
from inbound_core.campaign_records import Campaign, FollowUp, KeywordTrigger, SegmentTrigger
from inbound_core.condition_words import opted_out, replied
from inbound_core.twilio.transport import TwilioTransport
from simulator import Simulator, start
from tests.waiting import wait_until

ANA, BOB, CAT, DAN, HOME, NOBODY = (f"+1202555010{digit}" for digit in range(1, 7))
ASK = "Reply YES for updates."
WELCOME = FollowUp("Hi {{ profile.first_name }}, you get updates now.")


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with start() as simulator:
        yield simulator


@pytest.fixture
def town(sim: Simulator) -> Simulator:
    """Give a simulator where five numbers are known, one of them to two people."""
    people = {"ana": ANA, "bob": BOB, "cat": CAT, "dan": DAN, "liz": HOME, "max": "(202) 555-0105"}
    for name, phone in people.items():
        sim.workspace.identify(name, {"phone": phone, "first_name": name.title()})
    return sim


def heard(sim: Simulator, handset: str) -> list[str]:
    """Give what a handset got from the platform, without Twilio's own answers."""
    return [entry.body for entry in sim.carrier.conversation(handset) if entry.incoming and "updates" in entry.body]


def broadcast(sim: Simulator) -> None:
    service = sim.carrier.services()[0].sid
    for name in ("ana", "bob", "cat", "dan", "liz"):
        sim.workspace.send(name, ASK, service)


@pytest.mark.rule("R1")
@pytest.mark.rule("R2")
@pytest.mark.parametrize("by", ["segment", "keyword"])
def test_who_replies_with_the_keyword_enters_and_gets_the_follow_up(town: Simulator, by: str) -> None:
    ws, service = town.workspace, town.carrier.services()[0].sid
    ws.segments.save("wants updates", replied("yes").within(days=30) & ~opted_out())
    trigger = SegmentTrigger("wants updates") if by == "segment" else KeywordTrigger(("YES",))
    ws.campaigns.save(Campaign("welcome", trigger, (WELCOME,), sender=service))
    broadcast(town)

    told = {
        phone: town.text(phone, body).explanation
        for phone, body in (
            (ANA, "YES"),
            (BOB, " yes "),
            (CAT, "yes please"),
            (DAN, "STOP"),
            (HOME, "Yes"),
            (NOBODY, "YES"),
        )
    }
    wait_until(lambda: ws.campaigns.report("welcome").delivered == 3)
    town.carrier.wait_idle()

    assert ws.campaigns.report("welcome").sent == 3
    assert sorted(ws.segments.members("wants updates")) == ["ana", "bob", "liz"]
    welcome = {ANA: "Hi Ana", BOB: "Hi Bob", HOME: "Hi Liz"}
    for phone in (ANA, BOB, CAT, DAN, HOME, NOBODY):
        follow_up = [f"{welcome[phone]}, you get updates now."] if phone in welcome else []
        assert [body for body in heard(town, phone) if body != ASK] == follow_up, phone

    assert all(explanation is not None for explanation in told.values())
    stopped = {phone: told[phone].message_sid for phone in (CAT, DAN, NOBODY)}  # type: ignore[union-attr]
    reasons = {phone: ws.campaigns.why_not(sid, "welcome") for phone, sid in stopped.items()}
    assert not any(reason.fired for reason in reasons.values())
    assert "anonymous" in reasons[NOBODY].why
    assert ws.segments.why("max", "wants updates").reason.startswith("no such event")
    assert "in the last one keyword is ''" in ws.segments.why("cat", "wants updates").reason
    assert ws.campaigns.report("welcome").replied == 0
    assert town.text(ANA, "thank you").arrived
    assert ws.campaigns.report("welcome").replied == 1


@pytest.mark.rule("R13")
def test_two_who_share_a_number_each_get_the_message_when_both_enter(town: Simulator) -> None:
    ws = town.workspace
    ws.segments.save_manual("club")
    ws.campaigns.save(Campaign("welcome", SegmentTrigger("club"), (WELCOME,), sender=town.carrier.services()[0].sid))

    ws.segments.add("club", ["liz", "max", "ana"])
    assert f"{HOME} gets 2 messages" in str(ws.campaigns.preview("welcome"))
    ws.campaigns.run_due()
    wait_until(lambda: ws.campaigns.report("welcome").sent == 3)

    assert sorted(heard(town, HOME)) == ["Hi Liz, you get updates now.", "Hi Max, you get updates now."]
    assert ws.campaigns.report("welcome").several == ((HOME, 2, 2),)


@pytest.mark.rule("R21")
def test_who_stops_between_the_reply_and_the_follow_up_gets_nothing(town: Simulator) -> None:
    ws = town.workspace
    later = FollowUp("Still glad to get updates?", timedelta(seconds=1))
    ws.campaigns.save(Campaign("later", KeywordTrigger(("YES",)), (later,)))

    for phone in (ANA, BOB):
        town.text(phone, "YES")
    town.text(ANA, "STOP")
    wait_until(lambda: ws.campaigns.report("later").sent + sum(ws.campaigns.report("later").refused.values()) == 2)

    assert heard(town, BOB) == ["Still glad to get updates?"]
    assert [body for body in heard(town, ANA) if "glad" in body] == []
    assert ["R21" in reason for reason in ws.campaigns.report("later").refused] == [True]


def test_the_carrier_can_be_asked_what_it_took(town: Simulator) -> None:
    transport = TwilioTransport(town.account.account_sid, town.account.auth_token, town.url)
    service = town.carrier.services()[0].sid
    since = town.workspace.now() - timedelta(seconds=5)
    message = OutboundMessage(ANA, service, "updates for you", "ana")

    assert transport.find(message, since) == ()
    sids = (transport(message), transport(message))

    assert transport.find(message, since) == sids
    assert transport.find(message, town.workspace.now() + timedelta(hours=1)) == ()
    assert transport.find(OutboundMessage(ANA, service, "other updates", "ana"), since) == ()
    assert transport.find(OutboundMessage(BOB, service, "updates for you", "bob"), since) == ()
