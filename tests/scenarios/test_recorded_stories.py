"""Recorded stories: whatever happens by hand, its recording passes, and says what was so at the end."""

from datetime import timedelta
from pathlib import Path

import pytest

from inbound_core.campaign_records import Campaign, FollowUp, KeywordTrigger
from inbound_core.condition_words import opted_out, replied
from inbound_core.sending import OptedOutError
from simulator.scenarios import load, play
from simulator.scenarios.bench import Bench

ANA, BEN, STRANGER = "+12025550101", "+12025550102", "+12025550104"


def test_what_happened_to_profiles_consent_segments_and_campaigns_is_recorded_and_passes(tmp_path: Path):
    with Bench(over_http=False) as bench:
        news = bench.world.sender_keys["news"]
        bench.workspace.set_policy(keyword_trailing_punctuation=True)
        bench.workspace.segments.save("joined", replied("JOIN"))
        bench.workspace.segments.save("out", opted_out(news))
        thanks = FollowUp("Thanks {{ profile.plan | default('all') }}", timedelta(days=2))
        bench.workspace.campaigns.save(Campaign("thanks", KeywordTrigger(("JOIN",), (news,)), (thanks,)))
        bench.identify("ana@example.com", "(202) 555-0101", plan="free")
        bench.identify("ben", BEN)
        bench.identify("bea", "202.555.0102")
        bench.handset(ANA).says("JOIN")
        bench.handset(STRANGER).says("who is this?")
        bench.advance(3600)
        bench.identify("sid", STRANGER, plan="pro")
        bench.workspace.identify("ana@example.com", {"plan": "pro"})
        bench.handset(STRANGER).says("me again")
        bench.advance(3 * 86_400)
        bench.handset(BEN).says("STOP!")
        with pytest.raises(OptedOutError):
            bench.send("bea", "Our news")
        bench.workspace.delete("ben")
        bench.handset(BEN).says("still here")
        path = bench.save(tmp_path / "talk.scenario.yaml")
    text = path.read_text()
    (story,) = load(path)
    verdict = play(story)

    assert verdict.passed, verdict.report() + text
    assert story.policy == {"keyword_trailing_punctuation": True}
    assert [str(step) for step in story.steps if not step.kind.startswith("expect")] == [
        *("ana_example_com.says", "sid.says", "advance", "identify", "identify", "sid.says"),
        *("advance", "advance", "ben.says", "news.sends", "delete", "ben.says"),
    ]
    expected = [step.value for step in story.steps if step.kind.startswith("expect")]
    assert {"to": "ana_example_com", "match": "Thanks pro", "by": "platform", "within": "1m"} in expected
    assert {"of": "sid", "attributed_to": None, "action": "none"} in expected
    assert {"of": "ben", "attributed_to": "bea", "action": "none"} in expected
    assert {"of": "ben", "sender": "news", "state": "opted_out", "side": "platform"} in expected
    assert {"name": "joined", "includes": ["ana_example_com"], "excludes": ["bea", "sid"]} in expected


def test_two_ids_that_read_the_same_stay_two_people(tmp_path: Path):
    with Bench(over_http=False) as bench:
        bench.identify("ana b", ANA)
        bench.identify("ana_b", BEN)
        bench.handset(ANA).says("hello")
        bench.handset(BEN).says("hello")
        (story,) = load(bench.save(tmp_path / "talk.scenario.yaml"))
    verdict = play(story)

    assert [person.name for person in story.people] == ["ana_b", "ana_b_2"]
    assert verdict.passed, verdict.report()
