"""Recorded stories: whatever happens by hand, its recording passes, and says what was so at the end."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inbound_core.campaign_records import Campaign, FollowUp, KeywordTrigger
from inbound_core.condition_words import opted_out, replied
from inbound_core.sending import OptedOutError
from simulator.matching import exactly, text_test
from simulator.scenarios import load, load_text, play
from simulator.scenarios.bench import Bench
from simulator.scenarios.recording import record_world

#: Texts with much in them that means something in a scenario: slots, patterns, and what YAML takes for more.
PIECES = ("{", "{{", "{{{{", "}}", " x ", "profile.x", "/", "/i", "+", "^", "$", "\\", "\n", "\r", "# ", ": ", "~", "1")
texts = st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8"), min_size=1, max_size=12).map("".join)

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


@given(texts)
@example("{{ x }}")
@example("/a+b/")
@example("/usr/bin")
@example("a\x85b\u2028")
@settings(max_examples=10, deadline=None)
def test_whatever_was_written_its_recording_says_it_and_expects_exactly_it(text: str):
    with Bench(over_http=False) as bench:
        bench.identify("ana", ANA, note=text)
        bench.handset(ANA).says(text)
        bench.send("ana", f"/{text}")
        sent = bench.handset(ANA).messages()[-1]
        recorded = record_world(bench.world, f"Talk of {text}")
    (story,) = load_text(recorded)
    verdict = play(story)
    said = next(step.value["body"] for step in story.steps if step.kind == "says")
    match = next(step.value["match"] for step in story.steps if step.kind == "expect")

    assert verdict.passed, verdict.report() + recorded
    assert (said, story.people[0].attributes["note"]) == (text, text)
    assert text_test(match)(sent)
    assert not any(text_test(match)(other) for other in (sent + "\n", sent[:-1], "x" + sent, sent.swapcase() + "x"))


@given(texts, texts)
@settings(deadline=None)
def test_a_text_is_matched_exactly_and_by_no_other(text: str, other: str):
    assert text_test(exactly(text))(text)
    assert text_test(exactly(text))(other) == (text == other)
