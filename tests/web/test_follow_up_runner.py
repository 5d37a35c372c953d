"""Follow-up runner: in a running simulator campaigns answer by themselves, on either kind of clock."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from inbound_core import OutboundMessage
from inbound_core.campaign_records import Campaign, FollowUp, KeywordTrigger, SegmentTrigger
from inbound_core.condition_words import replied
from inbound_core.quiet_hours import QuietHours
from inbound_core.sending import TransportError
from simulator import Simulator, start
from simulator.clock import VirtualClock

ANA = "+12025550101"


def heard(sim: Simulator, count: int) -> list[str]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = [bubble.body for bubble in sim.carrier.conversation(ANA) if bubble.incoming]
        if len(found) >= count:
            return found
        time.sleep(0.01)
    return found


@pytest.mark.rule("R2")
def test_a_keyword_is_followed_up_without_anybody_asking_for_it() -> None:
    with start() as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        soon = FollowUp("Still there?", timedelta(seconds=0.3))
        sim.workspace.campaigns.save(Campaign("join", KeywordTrigger(("JOIN",)), (FollowUp("Welcome"), soon)))
        sim.text(ANA, "join")

        assert heard(sim, 2) == ["Welcome", "Still there?"]


def test_on_a_clock_that_stands_still_follow_ups_come_when_it_is_moved() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with start(clock=clock) as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        tomorrow = FollowUp("Still there?", timedelta(days=1))
        sim.workspace.campaigns.save(Campaign("join", KeywordTrigger(("JOIN",)), (tomorrow,)))
        sim.text(ANA, "join")
        clock.advance(3600)
        assert heard(sim, 0) == []
        clock.advance(24 * 3600)
        sim.carrier.wait_idle()

        assert heard(sim, 1) == ["Still there?"]


def test_a_night_is_slept_through_on_a_clock_that_is_moved_and_the_page_says_what_waits_and_why() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 22, 30, tzinfo=UTC))
    with start(clock=clock) as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        hours = QuietHours("21:00", "08:00", "Europe/London")
        welcome = Campaign("join", KeywordTrigger(("JOIN",)), (FollowUp("Welcome"),), quiet_hours=hours)
        sim.workspace.campaigns.save(welcome)
        sim.text(ANA, "join")
        sim.carrier.wait_idle()
        page = requests.get(f"{sim.url}/handsets/{ANA}", timeout=10).text

        assert "Follow-up 1: put off to 08:00 Europe/London: quiet hours 21:00-08:00." in page
        assert "join, follow-up 1 to ana: put off to 08:00 Europe/London" in page
        assert clock.next_due() == datetime(2026, 3, 3, 8, tzinfo=UTC)
        assert heard(sim, 0) == []
        clock.run_until_idle()

        assert heard(sim, 1) == ["Welcome"]


@pytest.mark.rule("R2")
def test_on_a_clock_that_stands_still_a_silence_that_grows_long_sets_a_campaign_off() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with start(clock=clock) as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        sim.workspace.segments.save("silent", replied() & replied().within(days=30).never())
        sender = sim.workspace.senders()[0].key
        sim.workspace.campaigns.save(
            Campaign("wake", SegmentTrigger("silent"), (FollowUp("We miss you"),), sender=sender)
        )
        sim.text(ANA, "hello")
        clock.advance(30 * 24 * 3600)
        assert heard(sim, 0) == []
        clock.advance(1)
        sim.carrier.wait_idle()

        assert heard(sim, 1) == ["We miss you"]


def test_on_a_clock_that_stands_still_a_carrier_that_was_away_is_tried_again() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with start(clock=clock) as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        sim.workspace.campaigns.save(Campaign("join", KeywordTrigger(("JOIN",)), (FollowUp("Welcome"),)))
        there = sim.workspace.outgoing.transport

        def away(message: OutboundMessage) -> str:
            raise TransportError("The carrier refused the connection.", passing=True)

        sim.workspace.outgoing.transport = away
        sim.text(ANA, "join")
        sim.carrier.wait_idle()
        sim.workspace.outgoing.transport = there
        assert heard(sim, 0) == []
        clock.advance(10)
        sim.carrier.wait_idle()

        assert heard(sim, 1) == ["Welcome"]


def test_a_look_that_fails_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[object] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    with start() as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        sim.workspace.campaigns.save(Campaign("join", KeywordTrigger(("JOIN",)), (FollowUp("Welcome"),)))
        run_due = sim.workspace.campaigns.run_due

        def locked() -> None:
            raise OSError("the store is locked")

        monkeypatch.setattr(sim.workspace.campaigns, "run_due", locked)
        sim.text(ANA, "join")
        deadline = time.monotonic() + 10
        while len(failures) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        monkeypatch.setattr(sim.workspace.campaigns, "run_due", run_due)

        assert heard(sim, 1) == ["Welcome"]
    assert len(failures) >= 2


def test_a_look_that_waited_while_another_was_under_way_leaves_a_closed_workspace_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, may_end, looks = threading.Event(), threading.Event(), []
    with start(clock=VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))) as sim:
        runner = sim._follow_ups

        def slow() -> list[Campaign]:
            looks.append(threading.current_thread().name)
            begun.set()
            may_end.wait(10)
            return []

        monkeypatch.setattr(sim.workspace.campaigns, "all", slow)
        threads = [threading.Thread(target=runner.run, name=name) for name in ("first", "second")]
        threads[0].start()
        begun.wait(10)
        threads[1].start()
        closing = threading.Thread(target=sim.close)
        closing.start()
        while not runner._closed:
            time.sleep(0.001)
        may_end.set()
        for thread in (*threads, closing):
            thread.join(10)

    assert looks == ["first"]
