"""What a Python test gives: a misspelt word fails it with the nearest right one, as in a scenario file."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from inbound_core.errors import InboundError
from simulator.fault_plans import FaultPlan
from simulator.matching import closest
from simulator.scenarios.bench import Bench, GivenError, Unmet

ANA, BEN = "+12025550101", "+12025550102"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(over_http=False) as made:
        made.handset(ANA, "ana").says("STOP")
        yield made


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param({"coutn": 7}, "'coutn' is no key of expects. Did you mean count?", id="count misspelt"),
        pytest.param(
            {"form": "news"}, "'form' is no key of expects. Did you mean sender?", id="from, as Python has it"
        ),
        pytest.param({"by": "twillio"}, "Did you mean twilio?", id="by whom"),
        pytest.param({"sender": "nwes"}, "No sender is named nwes. Did you mean news?", id="sender misspelt"),
        pytest.param({"count": "1"}, "expects.count: should be a whole number", id="a number as text"),
        pytest.param({"within": "soon"}, "a duration such as 90s", id="no duration"),
        pytest.param({"match": "/(/"}, "/(/ is no regular expression", id="no regular expression"),
        pytest.param({"match": "/x/g"}, "only i may stand", id="no such flag"),
        pytest.param({"to": "ben"}, "leave `to` out", id="another one's messages"),
        pytest.param({"sender": "news", "from": "news"}, "mean the same", id="said twice"),
    ],
)
def test_an_expectation_that_can_never_be_meant_fails_before_anything_is_used_up(
    bench: Bench, more: dict[str, Any], words: str
):
    with pytest.raises(GivenError) as caught:
        bench.handset(ANA).expects(**{"match": "/unsubscribed/", **more})

    assert isinstance(caught.value, InboundError)
    assert words in str(caught.value)
    bench.handset(ANA).expects("/unsubscribed/")


def test_the_sender_of_a_message_is_expected_by_its_name(bench: Bench):
    with pytest.raises(Unmet, match="from alerts"):
        bench.handset(ANA).expects("/unsubscribed/", sender="alerts")

    bench.handset(ANA).expects("/unsubscribed/", sender="news", by="twilio", count=1).expects_nothing()


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda bench: bench.handset(ANA).says("hi", to="nwes"), id="a handset texts"),
        pytest.param(lambda bench: bench.send(BEN, "hi", sender="nwes"), id="the platform sends"),
    ],
)
def test_a_misspelt_sender_is_told_with_the_nearest_one_and_nothing_goes_out(
    bench: Bench, act: Callable[[Bench], object]
):
    before = bench.transcript()
    with pytest.raises(LookupError, match=r"No sender is named nwes\. Did you mean news\?") as caught:
        act(bench)

    assert isinstance(caught.value, InboundError)
    assert bench.transcript() == before


@pytest.mark.parametrize(
    ("hop", "kind", "more", "words"),
    [
        pytest.param("webhok", "slow", {}, "Did you mean webhook?", id="hop misspelt"),
        pytest.param("webhook", "slwo", {}, "Did you mean slow?", id="kind misspelt"),
        pytest.param("webhook", "hang", {}, "It is a fault of the hop api", id="on the wrong hop"),
        pytest.param("webhook", "slow", {"frist": 1}, "'frist' is no key of fault. Did you mean first?", id="trigger"),
        pytest.param("webhook", "slow", {"copies": 3}, "slow has no copies", id="a detail of others"),
        pytest.param("carrier", "undelivered", {"code": 500}, "30001", id="a status where Twilio's code belongs"),
        pytest.param("webhook", "slow", {"nth": 1, "every": 2}, "One fault has one trigger", id="two triggers"),
        pytest.param("webhook", "slow", {"person": "anna"}, "Did you mean ana?", id="person misspelt"),
        pytest.param("webhook", "slow", {"delay": -3}, 'not "-3s"', id="back in time"),
        pytest.param("webhook", "slow", {"until": "noon"}, "until should be a time with a zone", id="no time"),
    ],
)
def test_a_fault_that_cannot_happen_is_not_armed_and_tells_the_nearest_word(
    bench: Bench, hop: str, kind: str, more: dict[str, Any], words: str
):
    with pytest.raises(GivenError) as caught:
        bench.fault(hop, kind, **more)

    assert words in str(caught.value)
    assert len(str(caught.value)) < 200
    assert bench.world.faults.plans == ()


def test_a_fault_is_given_in_the_words_of_python_or_of_a_scenario(bench: Bench):
    end = bench.clock.now() + timedelta(hours=1)
    wanted = FaultPlan("webhook", "slow", until=end, person=ANA, delay=2.5)

    bench.fault("webhook", "slow", until=end, person=ANA, delay=2.5)
    bench.fault("webhook", "slow", within="1h", person="ana", delay="2s500ms", nth=None)
    bench.fault("carrier", "undelivered", code=30005)

    assert bench.world.faults.plans == (wanted, wanted, FaultPlan("carrier", "undelivered", code=30005))


def test_people_go_by_the_profile_on_their_number_unless_their_handset_has_a_name(bench: Bench):
    early = bench.handset(BEN)
    bench.identify("ana_profile", "(202) 555-0101")
    bench.identify("ben", BEN)
    bench.identify("bella", BEN)
    bench.identify("cal", "+12025550103")
    bench.identify("cal", "+12025550104")
    bench.handset("+12025550105", "cal")

    assert [bench.world.name_of(f"+1202555010{n}") for n in range(1, 6)] == [
        "ana",
        "ben/bella",
        "cal",
        "cal (+12025550104)",
        "cal (+12025550105)",
    ]
    assert early.name == "ben"
    assert bench.handset("+12025550103", "carol").name == "carol"


def test_each_handset_expects_its_own_messages_though_a_profile_moved_from_one_to_the_other(bench: Bench):
    for number in (BEN, "+12025550103"):
        bench.identify("ben", number)
        bench.send("ben", f"You are at {number}")

    bench.handset(BEN).expects(f"You are at {BEN}").expects_nothing()
    bench.handset("+12025550103").expects("You are at +12025550103").expects_nothing()


def test_what_was_not_expected_in_a_test_tells_what_to_write_there(bench: Bench):
    with pytest.raises(Unmet, match=r"\.expects\(\.\.\.\).*simulator\.allow_unexpected\(\)") as caught:
        bench.handset(ANA).expects_nothing()
    assert "unexpected: allow" not in str(caught.value)
    with pytest.raises(Unmet, match=r"simulator\.allow_unexpected\(\)"):
        bench.refuse_unexpected()


@pytest.mark.parametrize(
    ("match", "nearest", "others"),
    [
        pytest.param("/code/", "Your cod is 1", ["Other", "Hello"], id="a short text beside"),
        pytest.param("/^Your code: [0-9]{4}$/", "Hello Ana, your code: none.", ["[0-9]{4}$", "You?"], id="signs"),
        pytest.param(r"/(?:code|token): \d+\./i", "Dear Ana, your code: none.", ["code", "d+"], id="a group"),
        pytest.param("See you at 9.", "See you at 8. Reply STOP to end.", ["See you.", "At 9!"], id="a whole text"),
        pytest.param("/unsubscribed/", "You are unsubscibed. " + "Goodbye. " * 40, ["used", "suns"], id="a long text"),
    ],
)
def test_the_text_with_the_part_most_like_the_match_is_the_nearest(match: str, nearest: str, others: list[str]):
    for texts in ([nearest, *others], [*others, nearest]):
        assert closest(match, texts, str)[0] == nearest


def test_near_misses_name_people_and_come_in_the_order_of_likeness(bench: Bench):
    bench.identify("ben", BEN)
    for body in ("Your cod is 1", "Other"):
        bench.send("ben", body)
    with pytest.raises(Unmet) as caught:
        bench.handset(BEN).expects("/code/")

    told = [line for line in str(caught.value).splitlines() if line.startswith("Closest: ")]
    assert ["ben <- news: 'Your cod is 1'" in told[0], "ben <- news: 'Other'" in told[1]] == [True, True]
