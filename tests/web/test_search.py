"""Search: the same words find the same messages on the page, over HTTP and in Python."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from simulator import Simulator, start
from simulator.search import search_messages
from simulator.search_words import SearchError, read_search

ANA, BOB, EVE = "+12025550101", "+12025550102", "+12025550103"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with start() as simulator:
        simulator.workspace.identify("ana", {"phone": ANA})
        simulator.workspace.identify("bob", {"phone": BOB})
        simulator.text(ANA, "When do you open?")
        simulator.text(BOB, "100% sure_thing")
        simulator.text(EVE, "Größe M \\ danke")
        simulator.text(BOB, "STOP")
        simulator.workspace.send("ana", "We open at 9", simulator.carrier.services()[0].sid)
        simulator.carrier.wait_idle()
        yield simulator


def found(sim: Simulator, words: str) -> list[str]:
    return [message.body[:12] for message in search_messages(sim.workspace, sim.carrier, words)][::-1]


QUESTION, SURE, SIZE, STOP, ANSWER, OPEN = (
    "When do you ",
    "100% sure_th",
    "Größe M \\ da",
    "STOP",
    "You have suc",
    "We open at 9",
)


@pytest.mark.parametrize(
    ("words", "bodies"),
    [
        pytest.param("", [QUESTION, SURE, SIZE, STOP, ANSWER, OPEN], id="no words find all"),
        pytest.param("open", [QUESTION, OPEN], id="a word, in any case"),
        pytest.param("OPEN when", [QUESTION], id="all of several words"),
        pytest.param("open -when", [OPEN], id="a word and not another"),
        pytest.param('"you open"', [QUESTION], id="words that stand together"),
        pytest.param("GRÖSSE", [], id="a spelling that is another"),
        pytest.param("größe", [SIZE], id="letters outside ASCII in another case"),
        pytest.param("100%", [SURE], id="a per cent sign is no wildcard"),
        pytest.param("e_t", [SURE], id="an underscore is no wildcard"),
        pytest.param("\\", [SIZE], id="a backslash is itself"),
        pytest.param("'; DROP TABLE messages; --", [], id="SQL is text"),
        pytest.param(f"from:{ANA}", [QUESTION], id="who wrote"),
        pytest.param("from:0102", [SURE, STOP], id="a part of a number"),
        pytest.param(f"to:{ANA}", [OPEN], id="who was written to"),
        pytest.param(f"-from:{ANA} -to:{ANA} is:inbound", [SURE, SIZE, STOP], id="not one person"),
        pytest.param("profile:ana", [QUESTION, OPEN], id="what a profile wrote and got"),
        pytest.param("-profile:ana is:inbound", [SURE, SIZE, STOP], id="what it did not"),
        pytest.param("is:anonymous", [SIZE], id="whom nobody knows"),
        pytest.param("is:inbound -is:anonymous", [QUESTION, SURE, STOP], id="whom somebody knows"),
        pytest.param("keyword:stop", [STOP], id="a keyword, in any case"),
        pytest.param('keyword:"yes please"', [], id="what is no keyword"),
        pytest.param("is:twilio", [ANSWER], id="what Twilio said itself"),
        pytest.param("status:received", [QUESTION, SURE, SIZE, STOP], id="how far it came"),
        pytest.param("STATUS:Delivered is:outbound", [ANSWER, OPEN], id="fields and values in any case"),
        pytest.param("is:failed", [], id="nothing failed"),
        pytest.param("after:2h", [QUESTION, SURE, SIZE, STOP, ANSWER, OPEN], id="since two hours"),
        pytest.param("before:2h", [], id="before two hours ago"),
        pytest.param("http://example", [], id="a colon that is no field"),
    ],
)
def test_a_search_finds_what_its_words_say(sim: Simulator, words: str, bodies: list[str]) -> None:
    assert found(sim, words) == bodies


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param("form:+1202", "Did you mean from:", id="a field misspelt"),
        pytest.param("is:anonymos", "Did you mean is:anonymous", id="a kind misspelt"),
        pytest.param("before:tomorrow", "2026-03-02", id="no time"),
        pytest.param("after:999999d", "how long ago", id="before all time"),
        pytest.param("x" * 1001, "the most is", id="too long"),
    ],
)
def test_a_search_at_fault_says_what_was_probably_meant(words: str, told: str) -> None:
    with pytest.raises(SearchError, match=told):
        read_search(words, NOW)


def test_a_time_without_zone_is_utc() -> None:
    (term,) = read_search("after:2026-03-02T09:00", NOW).terms

    assert term.at == NOW


def test_pages_of_a_search_join_without_gap_or_repeat(sim: Simulator) -> None:
    every = search_messages(sim.workspace, sim.carrier, "")
    first = search_messages(sim.workspace, sim.carrier, "", limit=4)
    second = search_messages(sim.workspace, sim.carrier, "", limit=4, before=first[-1].sequence)

    assert [m.sid for m in first + second] == [m.sid for m in every]
