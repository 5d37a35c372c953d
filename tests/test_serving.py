"""Serving: what the server's loop answers by itself, and what it hands to a thread."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask, Response, request
from waitress import wasyncore

from simulator import SimulatorConfig, start
from simulator.channels import QUICK
from simulator.fault_plans import FaultPlan
from simulator.faults import API_FAULTS
from simulator.places import Place
from simulator.serving import listen, serve_app

CREATION = "/2010-04-01/Accounts/AC1/Messages.json"


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """Serve an app whose POSTs to /quick count as quick, and that answers by which thread it did so."""
    app = Flask("served")
    app.extensions[QUICK] = lambda method, path: method == "POST" and path == "/quick"

    @app.route("/<way>", methods=["GET", "POST"])
    def answer(way: str) -> Response:
        if request.args.get("fail"):
            raise ValueError("as asked")
        thread = "loop" if threading.current_thread().name == "simulator" else "thread"
        return Response(f"[{request.method} {way} by the {thread}{request.get_data(as_text=True)}]")

    listener = listen("127.0.0.1", 0)
    server = serve_app(app, listener, threads=4)
    yield listener.getsockname()
    server.stop()


def asked(address: tuple[str, int], *requests: str) -> str:
    """Send requests in one piece over one connection and give all that comes back until it is closed."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall("".join(requests).encode())
        found = b""
        while piece := connection.recv(65_536):
            found += piece
    return found.decode()


def http(method: str, path: str, body: str = "", last: bool = False) -> str:
    ends = "Connection: close\r\n" if last else ""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{ends}Content-Length: {len(body)}\r\n\r\n{body}"


def test_the_loop_answers_what_is_quick_and_a_thread_all_else(address: tuple[str, int]) -> None:
    assert "[POST quick by the loop hello]" in asked(address, http("POST", "/quick", " hello", last=True))
    assert "[GET quick by the thread]" in asked(address, http("GET", "/quick", last=True))
    assert "[POST slow by the thread]" in asked(address, http("POST", "/slow", last=True))


def test_requests_that_come_in_one_piece_are_answered_in_their_order(address: tuple[str, int]) -> None:
    ways = ["/quick", "/slow", "/quick", "/quick", "/slow", "/slow", "/quick"]
    asks = [http("POST", way, f" {n}", last=n == len(ways) - 1) for n, way in enumerate(ways)]
    for _ in range(20):
        found = asked(address, *asks)
        answers = [part.partition("]")[0].split() for part in found.split("[")[1:]]

        assert [answer[1] for answer in answers] == [way[1:] for way in ways]
        assert [int(answer[-1]) for answer in answers] == list(range(len(ways)))


def test_a_body_that_comes_in_pieces_is_waited_for_while_others_are_served(address: tuple[str, int]) -> None:
    whole = http("POST", "/quick", " " + "x" * 200_000, last=True).encode()
    with socket.create_connection(address, timeout=10) as slow:
        slow.sendall(whole[:100_000])
        assert "by the loop" in asked(address, http("POST", "/quick", last=True))
        slow.sendall(whole[100_000:])
        found = b""
        while piece := slow.recv(65_536):
            found += piece

    assert found.endswith(b"x" * 200_000 + b"]")


def test_a_quick_request_that_fails_or_cannot_be_read_ends_nothing_but_itself(address: tuple[str, int]) -> None:
    assert asked(address, http("POST", "/quick?fail=1", last=True)).startswith("HTTP/1.1 500")
    assert asked(address, "POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n").startswith("HTTP/1.1 400")
    assert asked(address, "nonsense\r\n\r\n").startswith("HTTP/1.0 400")
    with socket.create_connection(address) as gone:
        gone.sendall(http("POST", "/quick").encode())  # and its answer is not waited for
    assert "by the loop" in asked(address, http("POST", "/quick", last=True))


def test_the_servers_loop_rests_while_a_thread_writes_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []
    poll = wasyncore.poll
    monkeypatch.setattr(wasyncore, "poll", lambda *args: (rounds.append(1), poll(*args)))

    def answer(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        return [b"hello"]

    listener = listen("127.0.0.1", 0)
    server = serve_app(answer, listener, threads=4)
    for _ in range(100):
        connection = HTTPConnection(*listener.getsockname())
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"hello"
        connection.close()
    server.stop()

    # To accept, to read, to be woken when the answer is complete, and to close.
    assert len(rounds) < 10 * 100


def test_those_who_wait_for_an_application_leave_a_thread_to_what_it_asks_meanwhile() -> None:
    came = threading.Event()

    def answer(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
        if environ["PATH_INFO"] == "/simulator/texts":
            assert came.wait(5)
        came.set()
        start_response("200 OK", [("Content-Length", "5")])
        return [b"hello"]

    listener = listen("127.0.0.1", 0)
    server = serve_app(answer, listener, threads=1)
    texts = [HTTPConnection(*listener.getsockname(), timeout=10) for _ in range(3)]
    for connection in texts:
        connection.request("POST", "/simulator/texts")
    application = HTTPConnection(*listener.getsockname(), timeout=2)
    application.request("GET", CREATION)

    assert application.getresponse().read() == b"hello"
    assert [connection.getresponse().read() for connection in texts] == [b"hello"] * 3
    for connection in (*texts, application):
        connection.close()
    server.stop()


@pytest.mark.parametrize(
    ("method", "path", "quick"),
    [
        pytest.param("POST", "/inbound/sms", True, id="a reply that comes in"),
        pytest.param("POST", CREATION, True, id="a message that is created"),
        pytest.param("GET", CREATION, False, id="a list of messages"),
        pytest.param("POST", "/inbound/sms/", False, id="another address"),
        pytest.param("POST", "/2010-04-01/Accounts/AC1/Messages/SM1.json", False, id="a change of a message"),
        pytest.param("POST", "/simulator/text", False, id="a text by hand"),
        pytest.param("GET", "/", False, id="the page"),
    ],
)
def test_in_memory_replies_and_creations_are_quick(method: str, path: str, quick: bool) -> None:
    with start() as sim:
        is_quick: Callable[[str, str], bool] = sim.app.extensions[QUICK]

        assert is_quick(method, path) is quick


def test_nothing_is_quick_that_waits_for_a_disk(tmp_path: Path) -> None:
    with start(SimulatorConfig(place=Place.at(tmp_path / "workspace"))) as sim:
        assert not sim.app.extensions[QUICK]("POST", "/inbound/sms")
        assert not sim.app.extensions[QUICK]("POST", CREATION)


def test_an_api_that_may_hang_is_not_quick() -> None:
    with start() as sim:
        sim.app.extensions[API_FAULTS].arm(FaultPlan("webhook", "slow"))
        assert sim.app.extensions[QUICK]("POST", CREATION)
        sim.app.extensions[API_FAULTS].arm(FaultPlan("api", "hang"))

        assert not sim.app.extensions[QUICK]("POST", CREATION)
        assert sim.app.extensions[QUICK]("POST", "/inbound/sms")
