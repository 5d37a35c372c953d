"""Follow-up runner: in a running simulator campaigns answer by themselves, on either kind of clock."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from inbound_core.campaign_records import Campaign, FollowUp, KeywordTrigger
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
