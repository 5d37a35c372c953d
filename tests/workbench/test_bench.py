"""Bench: both sides for a notebook, in memory or in the process of a running simulator."""

import gc
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from IPython.core.events import EventManager

from inbound_core.messages import OutboundMessage
from inbound_core.workspace import Workspace
from simulator import SimulatorConfig, start
from simulator.client import SimulatorError
from simulator.clock import VirtualClock
from simulator.places import Place, Serving
from workbench import BothSides
from workbench import steps as step
from workbench.bench import Bench, connect
from workbench.setup_card import SetupCard

ANA = "+14155550101"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Give a workspace on which a simulator runs, as `inbound serve` leaves its note."""
    folder = Place.at(tmp_path)
    with start(SimulatorConfig(place=folder)) as simulator:
        folder.note_serving(Serving(simulator.url, simulator.token, os.getpid()))
        yield folder


@pytest.fixture
def far(place: Place) -> Iterator[Bench]:
    bench = connect("a lesson", place.folder)
    yield bench
    bench.close()


def test_two_benches_in_memory_tell_the_same_story_word_for_word() -> None:
    told = []
    for _ in range(2):
        bench = connect(in_memory=True)
        bench.identify("ana", "2023-05-01", phone=ANA)
        told.append((repr(bench.text(ANA, "STOP")), [m.sid for m in bench.wire.conversation(ANA)], repr(bench)))
        bench.close()

    assert told[0] == told[1]


def test_what_a_rule_refuses_comes_back_as_a_sentence(bench: Bench) -> None:
    refused = bench.send("+14155550199", "hello")
    unknown = bench.text(ANA, "hello", "+14155550198")

    assert not refused
    assert "R16" in refused.text
    assert "none of the platform's numbers" in repr(unknown)


def test_the_lessons_clock_moves_when_it_is_told_to(bench: Bench) -> None:
    before = bench.workspace.now()
    bench.pass_time(days=30)

    assert (bench.workspace.now() - before).days == 30


def test_a_running_simulator_is_found_and_texts_show_on_both_sides(far: Bench) -> None:
    far.identify("ana", "2023-05-01", phone=ANA)
    told = far.text(ANA, "hello")

    assert told.explanation is not None
    assert told.explanation.attributed_to == "ana"
    assert [m.body for m in far.wire.conversation(ANA)] == ["hello"]
    assert far.wire.attempts(told.outcome.message_sid)[0].status == 200
    assert not far.pass_time(days=1)


@pytest.mark.rule("R21")
def test_a_running_simulator_keeps_opt_outs_and_delivers_what_may_be_sent(far: Bench) -> None:
    far.identify("ana", "2023-05-01", phone=ANA)
    far.text(ANA, "STOP")
    sender = far.senders()[0].key

    assert not far.send("ana", "news", sender)
    assert far.wire.opted_out(ANA, sender)
    assert far.send("ana", "your parcel", "+12025550199")
    assert far.wire.conversation(ANA)[-1].body == "your parcel"


@pytest.mark.rule("R5")
def test_a_managed_number_can_be_added_to_a_running_simulator(far: Bench) -> None:
    far.identify("ana", "2023-05-01", phone=ANA)

    for _again in range(2):
        told = far.text(ANA, "hello", far.add_managed_number("+12025550144"))
        assert told.explanation is not None
        assert told.explanation.attributed_to == "ana"


def test_a_lesson_that_is_opened_again_begins_where_it_began_the_first_time(place: Place) -> None:
    first = connect("a lesson", place.folder)
    first.identify("ana", "2023-05-01", phone=ANA)
    first.text(ANA, "STOP")
    first.close()
    again = connect("a lesson", place.folder)

    assert again.workspace.profile("ana") is None
    assert again.workspace.consent(ANA).opted_out_senders(ANA) == ()
    again.close()


def test_people_who_were_there_before_a_lesson_are_as_they_were_once_it_starts_over(place: Place) -> None:
    with Workspace.open(place.platform_url) as mine:
        mine.identify("ana", {"phone": "(202) 555-0107", "plan": "pro"})
    first = connect("a lesson", place.folder)
    first.identify("ana", "2023-05-01", phone=ANA, first_name="Ana")
    first.identify("ana", phone="+12025550108", plan="free")
    first.close()
    again = connect("a lesson", place.folder)

    ana = again.workspace.profile("ana")
    assert ana is not None
    assert ana.attributes == {"phone": "(202) 555-0107", "plan": "pro"}
    assert "profile_deleted" not in {str(entry.kind) for entry in again.workspace.activity()}
    again.close()


def test_another_lesson_leaves_the_first_ones_people_alone(place: Place) -> None:
    first = connect("a lesson", place.folder)
    first.identify("ana", "2023-05-01", phone=ANA)
    other = connect("another lesson", place.folder)

    assert other.workspace.profile("ana") is not None
    first.close()
    other.close()


def test_widgets_follow_what_another_bench_changes(place: Place) -> None:
    mine, theirs = connect("mine", place.folder), connect("theirs", place.folder)
    card = SetupCard(mine)
    theirs.identify("ana", phone=ANA)

    assert "no profile yet" in card._table.value
    assert mine.look_again()
    assert "1 of 1 profile" in card._table.value
    assert not mine.look_again()
    mine.close()
    theirs.close()


def test_a_message_in_doubt_can_be_asked_for_at_the_running_simulator(far: Bench) -> None:
    transport = far.workspace.outgoing.transport
    message = OutboundMessage(ANA, "+12025550199", "Are you there?")

    sid = transport(message)

    assert transport.find(message, far.workspace.now() - timedelta(minutes=1)) == (sid,)


def test_after_each_cell_only_benches_in_use_look_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = SimpleNamespace(events=EventManager(None, {"post_run_cell": lambda _: None}))
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)
    in_use, closed, forgotten = (connect(in_memory=True) for _ in range(3))
    looks: list[Bench] = []
    monkeypatch.setattr(Bench, "look_again", lambda self: looks.append(self))
    closed.close()
    forgotten.close()
    forgotten.closed = False
    del forgotten
    gc.collect()

    for _ in range(2):
        shell.events.trigger("post_run_cell", None)

    assert looks == [in_use, in_use]
    assert len(shell.events.callbacks["post_run_cell"]) == 1
    in_use.close()


def test_a_simulator_that_is_down_is_a_sentence(tmp_path: Path) -> None:
    folder = Place.at(tmp_path)
    with start(SimulatorConfig(place=folder)) as simulator:
        folder.note_serving(Serving(simulator.url, simulator.token, os.getpid()))
        bench = connect("", folder.folder)
    told = bench.text(ANA, "hello")
    with pytest.raises(SimulatorError, match="does not answer"):
        bench.add_managed_number("+12025550144")
    bench.close()

    assert "does not answer" in repr(told)


def test_a_simulator_that_was_ended_and_started_again_is_found_again(tmp_path: Path) -> None:
    folder = Place.at(tmp_path)
    with start(SimulatorConfig(place=folder)) as first:
        folder.note_serving(Serving(first.url, first.token, os.getpid()))
        bench = connect("", folder.folder)
        bench.identify("ana", phone=ANA)
    assert "does not answer" in repr(bench.text(ANA, "hello"))
    with start(SimulatorConfig(place=folder)) as again:
        folder.note_serving(Serving(again.url, again.token, os.getpid()))
        sent = bench.send("ana", "Still there?")
        told = bench.text(ANA, "hello")
        bench.close()

    assert sent, sent.text
    assert "profile ana" in repr(told)


def test_a_lesson_shows_and_counts_nothing_of_another_one(place: Place) -> None:
    first = connect("a lesson", place.folder)
    first.identify("ana", "2023-05-01", phone=ANA)
    first.text(ANA, "STOP")
    first.close()
    other = connect("another lesson", place.folder)
    sides = BothSides(other)
    stopped = step.got(ANA, first.wire.conversation(ANA)[-1].body)

    assert sides.list.rows == []
    assert not stopped.done(other)
    other.text(ANA, "hello")
    assert {row[1]["text"] for row in sides.list.rows} == {"handset", "Twilio", "platform"}
    other.close()


def test_a_lesson_counts_what_happens_under_a_clock_that_stands_still(tmp_path: Path) -> None:
    folder = Place.at(tmp_path)
    with start(SimulatorConfig(place=folder), VirtualClock(datetime(2020, 1, 1, tzinfo=UTC))) as simulator:
        folder.note_serving(Serving(simulator.url, simulator.token, os.getpid()))
        bench = connect("a lesson", folder.folder)
        sides = BothSides(bench)
        bench.text(ANA, "STOP")

        assert bench.heard(ANA)
        assert {row[1]["text"] for row in sides.list.rows} >= {"handset", "Twilio"}
        bench.close()


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        pytest.param("x\ud800y", "no phone number", id="half a character"),
        pytest.param("a\x00b", "no phone number", id="a zero byte"),
        pytest.param("9" * 10_000, "no phone number", id="10 kB"),
    ],
)
def test_a_number_that_is_none_is_a_short_sentence(bench: Bench, phone: str, said: str) -> None:
    told = repr(bench.text(phone, "hello"))

    assert told.startswith("Not texted:")
    assert said in told
    assert len(told) < 700
    assert not bench.send(phone, "hello")


def test_words_that_twilio_would_not_take_are_a_sentence(bench: Bench) -> None:
    assert "cannot be a keyword" in repr(bench.advanced_opt_out(["NO THANKS"], "Bye"))
