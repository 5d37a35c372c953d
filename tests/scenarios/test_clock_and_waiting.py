"""Clock and waiting over HTTP: for applications that read the time, and for tests in other languages."""

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from simulator import Simulator, start
from simulator.cli import cli
from simulator.clock import VirtualClock
from simulator.places import Place, Serving
from simulator.running import SimulatorConfig
from simulator.waiting import NoSuchMessage, Wanted, WantedError

ANA, BEN = "+12025550101", "+12025550102"
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def frozen() -> Iterator[Simulator]:
    with start(clock=VirtualClock(MORNING)) as simulator:
        yield simulator


def ask(simulator: Simulator, path: str, body: object = None, token: bool = True) -> tuple[int, Any]:
    headers = {"X-Inbound-Token": simulator.token} if token else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(simulator.url + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
        return error.code, json.loads(text)["error"] if text.startswith("{") else text


def waited(simulator: Simulator, **asked: Any) -> tuple[int, Any]:
    return ask(simulator, "/simulator/wait?" + urlencode(asked))


def test_an_application_reads_the_clock_and_moving_it_needs_the_token(frozen: Simulator):
    before = frozen.clock.now()

    status, told = ask(frozen, "/simulator/clock", token=False)
    assert (status, told["now"], told["frozen"]) == (200, before.isoformat(), True)
    assert ask(frozen, "/simulator/clock", {"advance": "24h"}, token=False)[0] == 403
    assert frozen.clock.now() == before

    assert ask(frozen, "/simulator/clock", {"advance": "24h"})[1]["unix"] == before.timestamp() + 86_400
    assert ask(frozen, "/simulator/clock", {"set": "2026-06-01T12:00:00+02:00"})[1]["now"].startswith("2026-06-01T10:")
    assert ask(frozen, "/simulator/clock", {"run_until_idle": True})[1]["next_due"] is None


@pytest.mark.parametrize(
    ("move", "words"),
    [
        pytest.param({"advance": -5}, "moves forward", id="back"),
        pytest.param({"advance": "soon"}, "Write it as 90s", id="no duration"),
        pytest.param({"advance": "99999999d"}, "at most 36525 days", id="further than calendars"),
        pytest.param({"set": "2020-01-01"}, "time only moves forward", id="to the past"),
        pytest.param({"set": "noon"}, "is no time", id="no time"),
        pytest.param({"rewind": "1h"}, "is no move", id="no such move"),
        pytest.param({}, "Send one of", id="nothing"),
        pytest.param([], "Send one of", id="a list"),
    ],
)
def test_a_move_that_cannot_be_made_moves_nothing(frozen: Simulator, move: object, words: str):
    before = frozen.clock.now()
    status, told = ask(frozen, "/simulator/clock", move)

    assert status == 400
    assert words in told
    assert frozen.clock.now() == before


def test_a_clock_that_goes_with_time_tells_how_fast_and_cannot_be_moved():
    with start() as simulator:
        told = ask(simulator, "/simulator/clock")[1]

        assert (told["frozen"], told["scale"]) == (False, 1.0)
        assert "inbound serve --frozen" in ask(simulator, "/simulator/clock", {"advance": "1h"})[1]


def test_a_wait_is_answered_when_the_message_comes_and_the_next_one_goes_on_behind_it(frozen: Simulator):
    later = threading.Timer(0.2, frozen.text, (ANA, "STOP"))
    later.start()
    status, told = waited(frozen, to=ANA, match="/unsubscribed/", timeout=20)
    later.join()

    assert status == 200
    (message,) = told["messages"]
    assert (message["by"], message["status"]) == ("twilio", "delivered")
    assert waited(frozen, to=ANA, after=message["sequence"], timeout=0)[0] == 404


def test_a_wait_in_vain_tells_what_came_instead_and_what_came_closest(frozen: Simulator):
    frozen.text(BEN, "HELP")
    status, told = waited(frozen, to=BEN, match="/reply start to subscribe/i", timeout=0)

    assert status == 404
    assert f"No message to {BEN} that is '/reply start to subscribe/i' came within 0 s." in told
    assert f"1 to {BEN}" in told
    assert "Closest: +12025550142 -> +12025550102: 'Reply STOP to unsubscribe" in told


def test_what_cannot_be_waited_for_is_refused_at_once(frozen: Simulator):
    assert waited(frozen, match="/(/", timeout=20) == (
        400,
        "/(/ is no regular expression: missing ), unterminated subpattern at position 0.",
    )
    with pytest.raises(WantedError, match="at least 1"):
        Wanted(count=0)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        pytest.param(
            f"wait?too=%2B{ANA[1:]}&timeout=0",
            None,
            "'too' is nothing that can be asked here. Did you mean to?",
            id="to",
        ),
        pytest.param("wait?timout=1", None, "Did you mean timeout?", id="timeout"),
        pytest.param("wait?timeout=abc", None, "'timeout' should be a number of seconds, such as 2.5", id="no seconds"),
        pytest.param("wait?timeout=nan", None, "'timeout' should be a number of seconds", id="not a number"),
        pytest.param("wait?after=last&timeout=0", None, "'after' should be a whole number", id="no place"),
        pytest.param("wait?count=two&timeout=0", None, "'count' should be a whole number", id="no count"),
        pytest.param("wait?to=ana&timeout=0", None, "Write it as %2B12025550101", id="no number"),
        pytest.param("wait?status=deliverd&timeout=0", None, "Did you mean delivered?", id="status"),
        pytest.param("messages?limt=3", None, "Did you mean limit?", id="limit"),
        pytest.param("messages?before=yesterday", None, "'before' should be a whole number", id="no page"),
        pytest.param("log?limit=all", None, "'limit' should be a whole number", id="no limit"),
        pytest.param("changes?wait=0&aftr=1", None, "Did you mean after?", id="after"),
        pytest.param(f"conversations/{ANA}?limit=3", None, "There is nothing to ask for here.", id="nothing asked"),
        pytest.param(
            "texts",
            {"form": ANA, "body": "hi"},
            "'form' is nothing that can be asked here. Did you mean from?",
            id="from",
        ),
    ],
)
def test_what_a_request_misspells_is_refused_with_the_nearest_right_word(
    frozen: Simulator, path: str, body: object, words: str
):
    frozen.text(ANA, "STOP")
    status, told = ask(frozen, f"/simulator/{path}", body)

    assert status == 400
    assert words in told


@pytest.mark.parametrize("to", [ANA, f"%2B{ANA[1:]}", ANA[1:], "(202)%20555-0101"])
def test_a_number_may_be_written_with_a_plus_sign_that_an_address_makes_a_blank(frozen: Simulator, to: str):
    frozen.text(ANA, "HELP")
    frozen.text(BEN, "HELP")
    status, told = ask(frozen, f"/simulator/wait?to={to}&from=+12025550142&timeout=0")

    assert status == 200
    assert {message["to"] for message in told["messages"]} == {ANA}


def test_python_waits_in_the_same_words(frozen: Simulator):
    frozen.text("+12025550103", "STOP")

    assert frozen.wait_for("/unsubscribed/", to="+12025550103")[0].origin == "twilio"
    with pytest.raises(NoSuchMessage, match="No message with status failed came within 0 s"):
        frozen.wait_for(seconds=0, status="failed")


def test_commands_beside_a_clock_that_stands_still_tell_its_time(tmp_path: Path):
    campaign = {
        "name": "join",
        "trigger": {"keyword": {"words": ["JOIN"]}},
        "follow_ups": [{"template": "Welcome"}, {"template": "Still there?", "after": {"days": 1}}],
        "quiet_hours": {"start": "08:00", "end": "10:00", "zone": "UTC"},
    }

    def run(*arguments: str, given: str | None = None) -> str:
        result = CliRunner().invoke(cli, arguments, input=given, env={"INBOUND_WORKSPACE": str(tmp_path)})
        assert result.exit_code == 0, result.output
        return result.output

    with start(SimulatorConfig(place=Place.at(tmp_path)), VirtualClock(MORNING)) as simulator:
        Place.at(tmp_path).note_serving(Serving(simulator.url, simulator.token, os.getpid()))
        simulator.workspace.identify("ana", {"phone": ANA})
        run("campaigns", "save", "-", given=json.dumps(campaign))
        simulator.text(ANA, "join")

        assert run("campaigns", "run").strip() == "Nothing was due. The next is due at 2026-03-02 10:00:00."
        simulator.clock.advance(3600)  # type: ignore[attr-defined]
        simulator.carrier.wait_idle()
        assert run("campaigns", "run").strip() == "Nothing was due. The next is due at 2026-03-03 09:00:00."
        assert "2026-03-02 10:00:00  message_sent" in run("log")
