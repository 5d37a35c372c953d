"""Faults: when each trigger lets one happen, and what it does on its hop."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.chance import Chance
from simulator.clock import VirtualClock
from simulator.fault_plans import KINDS, FaultPlan, Firing
from simulator.faults import Faults
from simulator.scenarios import load_text, play
from simulator.scenarios.playing import WorldConfig

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA, BEN = "+12025550101", "+12025550102"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.mark.parametrize(
    ("trigger", "occasions"),
    [
        pytest.param({}, [1, 2, 3, 4, 5, 6], id="always"),
        pytest.param({"nth": 3}, [3], id="the third"),
        pytest.param({"first": 2}, [1, 2], id="the first two"),
        pytest.param({"every": 3}, [3, 6], id="every third"),
        pytest.param({"probability": 0.0}, [], id="never by chance"),
        pytest.param({"probability": 1.0}, [1, 2, 3, 4, 5, 6], id="always by chance"),
    ],
)
def test_a_trigger_says_on_which_occasions_a_fault_happens(
    clock: VirtualClock, trigger: dict[str, float], occasions: list[int]
):
    faults = Faults(clock)
    faults.arm(FaultPlan("api", "error", **trigger))

    assert [n for n in range(1, 7) if faults.api_fault(ANA, "hello")] == occasions
    assert len(faults.firings) == len(occasions)


def test_a_probability_gives_the_same_occasions_from_the_same_seed(clock: VirtualClock):
    def happened(seed: str) -> list[bool]:
        faults = Faults(clock, Chance(seed))
        faults.arm(FaultPlan("api", "error", probability=0.5))
        return [faults.api_fault(ANA, "hello") is not None for _ in range(64)]

    assert happened("one") == happened("one")
    assert happened("one") != happened("two")
    assert 10 < sum(happened("one")) < 54


def test_only_the_person_and_keyword_that_are_named_count(clock: VirtualClock):
    faults = Faults(clock)
    faults.arm(FaultPlan("api", "error", person=ANA, keyword="stop", nth=1))

    assert faults.api_fault(BEN, "STOP") is None
    assert faults.api_fault(ANA, "STOP PLEASE") is None
    assert faults.api_fault(ANA, " Stop ") is not None
    assert faults.api_fault(ANA, "STOP") is None


def test_a_window_ends_by_the_clock(clock: VirtualClock):
    faults = Faults(clock)
    faults.arm(FaultPlan("api", "hang", until=START + timedelta(minutes=1)))
    clock.advance(60)

    assert faults.api_fault(ANA, "hello") is not None
    clock.advance(1)
    assert faults.api_fault(ANA, "hello") is None


def test_each_firing_is_told_and_a_cleared_fault_happens_no_more(clock: VirtualClock):
    told: list[Firing] = []
    faults = Faults(clock, listener=told.append)
    faults.arm(FaultPlan("api", "rate_limit"))
    faults.api_fault(ANA, "hello")
    faults.clear()

    assert faults.api_fault(ANA, "hello") is None
    assert [str(firing) for firing in told] == ["api: the API answers 429 and a Retry-After"]
    assert faults.plans == ()


@pytest.mark.parametrize(("hop", "kind"), [(hop, kind) for hop, kinds in KINDS.items() for kind in kinds])
def test_a_fault_exists_on_its_own_hop_only(hop: str, kind: str):
    assert FaultPlan(hop, kind).seconds >= 0
    for other in KINDS.keys() - {hop}:
        with pytest.raises(ValueError, match="is no fault of the hop"):
            FaultPlan(other, kind)


def test_a_key_that_no_fault_has_is_named():
    with pytest.raises(ValueError, match="A fault has no nht"):
        FaultPlan.from_dict({"hop": "api", "kind": "error", "nht": 1})


FOLLOW_UP = """\
version: 1
people:
  ana: {{number: "+12025550101"}}
campaigns:
  welcome: {{trigger: {{keyword: {{words: [JOIN]}}}}, follow_ups: [{{template: Welcome}}]}}
steps:
  - fault: {{hop: api, first: 1, {fault}}}
  - ana.says: JOIN
  - advance: 5m
  - expect: {{to: ana, match: Welcome, count: 1}}
  - expect_fault: {{hop: api, count: 1}}
"""


@pytest.mark.parametrize("over_http", [pytest.param(False, id="in process"), pytest.param(True, id="over HTTP")])
@pytest.mark.parametrize(
    "fault", ["kind: rate_limit", "kind: error", "kind: error, code: 503", "kind: hang, delay: 1s"]
)
def test_a_follow_up_that_the_api_did_not_take_is_tried_again(fault: str, over_http: bool):
    (story,) = load_text(FOLLOW_UP.format(fault=fault))
    verdict = play(story, WorldConfig(over_http=over_http))

    assert verdict.passed, verdict.report()


def test_a_follow_up_that_the_api_did_not_answer_for_is_asked_about_and_then_sent():
    (story,) = load_text(FOLLOW_UP.format(fault="kind: hang, delay: 20s"))
    verdict = play(story)

    assert verdict.passed, verdict.report()
