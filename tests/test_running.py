"""Running: a simulator starts at once on a free port, says what is wrong, and stops clean."""

import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator import SimulatorConfig, start
from simulator.client import SimulatorClient, SimulatorError
from simulator.guard import HEADER
from simulator.outcomes import TextOutcome
from simulator.places import Account, Place, PlaceError, Serving, write_private
from simulator.serving import AddressError, PortTaken
from tests.waiting import wait_until

ANA = "+12025550101"
#: Credentials that are no texts.
WRONG_KIND = '{"account_sid": 5, "auth_token": [], "site_id": null, "api_key": {}}'


def test_two_simulators_run_side_by_side_and_leave_no_thread_behind() -> None:
    before = threading.active_count()
    with start() as one, start() as two:
        assert one.url != two.url
        assert one.account.account_sid != two.account.account_sid
        assert one.text(ANA, "hello").arrived
        assert two.workspace.activity() == []

    wait_until(lambda: threading.active_count() <= before)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{one.url}/simulator/health", timeout=2)


def test_a_port_that_is_taken_is_told_with_the_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTaken, match="--port 0"):
            start(SimulatorConfig(port=other.getsockname()[1]))


def test_an_address_of_another_machine_is_told_with_another_remedy() -> None:
    with pytest.raises(AddressError, match="address of this machine"):
        start(SimulatorConfig(host="192.0.2.1", password="long enough"))


def test_a_wrong_method_is_told_with_the_right_one() -> None:
    with start() as simulator:
        answer = requests.get(simulator.inbound_url, timeout=10)

    assert answer.status_code == 405
    assert answer.text == (
        "This address takes POST, not GET. Choose HTTP POST where the address is entered at Twilio.\n"
    )


def test_it_listens_on_loopback_only() -> None:
    with start() as simulator:
        assert simulator.url.startswith("http://127.0.0.1:")


def test_a_workspace_is_found_again_with_its_people_numbers_and_opt_outs(tmp_path: Path) -> None:
    config = SimulatorConfig(place=Place.at(tmp_path / "ws"))
    with start(config) as first:
        first.workspace.identify("ana", {"phone": ANA})
        first.text(ANA, "STOP")
        account, numbers = first.account, [number.sid for number in first.carrier.numbers()]
    with start(config) as second:
        assert second.account == account
        assert [number.sid for number in second.carrier.numbers()] == numbers
        assert [profile.id for profile in second.workspace.profiles()] == ["ana"]
        assert second.carrier.opted_out(ANA, second.carrier.services()[0].sid)
        assert all(sender.inbound_url == second.inbound_url for sender in second.workspace.senders())


def test_what_changes_state_needs_the_runs_token_and_no_other_sites_page() -> None:
    with start() as simulator:
        url, text = f"{simulator.url}/simulator/texts", {"from": ANA, "body": "hello"}
        token = {HEADER: simulator.token}
        refused = [
            requests.post(url, json=text, headers=headers, timeout=10).status_code
            for headers in (
                {},
                {HEADER: "wrong"},
                {**token, "Origin": "http://evil.example"},
                {**token, "Sec-Fetch-Site": "cross-site"},
                {**token, "Host": "evil.example"},
            )
        ]
        assert refused == [403] * 5
        assert simulator.workspace.activity() == []

        allowed = requests.post(url, json=text, headers=token, timeout=10)
        assert TextOutcome.from_dict(allowed.json()).arrived


def test_every_answer_has_strict_headers() -> None:
    with start() as simulator:
        for path in ("/simulator/health", "/nowhere", "/inbound/sms"):
            headers = requests.get(simulator.url + path, timeout=10).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({}, 400, "'from' is missing"),
        ({"from": ANA, "body": 3}, 400, "'body' is missing"),
        ({"from": ANA, "body": "hello", "to": "+12025550177"}, 404, "none of the platform's numbers"),
        ({"from": "nobody", "body": "hello"}, 400, "nobody"),
    ],
)
def test_a_text_at_fault_is_answered_with_the_reason(values: dict[str, object], status: int, said: str) -> None:
    with start() as simulator:
        url = f"{simulator.url}/simulator/texts"
        answer = requests.post(url, json=values, headers={HEADER: simulator.token}, timeout=10)

    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_an_outcome_survives_the_way_through_json() -> None:
    with start() as simulator:
        outcome = simulator.text(ANA, "STOP <b>")

    assert TextOutcome.from_dict(json.loads(json.dumps(outcome.to_dict()))) == outcome
    assert "STOP &lt;b&gt;" in outcome._repr_html_()
    assert "STOP <b>" not in outcome._repr_html_()


# -- places ------------------------------------------------------------------------------------------------


def test_credentials_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    place = Place.at(tmp_path / "ws")

    assert place.account() == place.account()
    assert (place.folder / "account.json").stat().st_mode & 0o077 == 0


def test_a_second_simulator_on_one_workspace_is_refused(tmp_path: Path) -> None:
    place = Place.at(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        place.note_serving(Serving(f"http://127.0.0.1:{other.getsockname()[1]}", "t", 1))

        with pytest.raises(PlaceError, match="already runs"):
            place.note_serving(Serving("http://127.0.0.1:2", "t", 2))
        place.forget_serving()
        assert place.serving() is not None


@pytest.mark.parametrize(
    "pid", [pytest.param(2**22 + 1, id="no process"), pytest.param(1, id="another process by now")]
)
def test_the_note_of_a_simulator_that_died_does_not_count(tmp_path: Path, pid: int) -> None:
    place = Place.at(tmp_path)
    place.note_serving(Serving("http://127.0.0.1:1", "t", pid))

    assert place.serving() is None


def test_a_folder_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    assert Place.at(tmp_path / "deep" / "ws").folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:80", "http://[", "http://127.0.0.1:99999", "ftp://127.0.0.1:80", "http://:80", 5]
)
def test_no_text_goes_to_an_address_elsewhere_that_a_folder_brought_along(tmp_path: Path, url: Any) -> None:
    place = Place.at(tmp_path)
    write_private(place.folder / "serving.json", {"url": url, "token": "t", "pid": os.getpid()})

    assert place.serving() is None


def test_a_note_with_a_number_that_no_process_has_does_not_count(tmp_path: Path) -> None:
    place = Place.at(tmp_path)
    write_private(place.folder / "serving.json", {"url": "http://127.0.0.1:80", "token": "t", "pid": 10**20})

    assert place.serving() is None


def test_a_file_that_could_not_be_written_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "serving.json").mkdir()

    with pytest.raises(PlaceError, match="cannot be written"):
        write_private(tmp_path / "serving.json", {"token": "secret"})
    assert [path.name for path in tmp_path.iterdir()] == ["serving.json"]


@pytest.mark.parametrize(
    "answer", [b"200 OK\r\n\r\n<p>hello", b"200 OK\r\n\r\n[]", b"302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n{}"]
)
def test_another_program_on_a_simulators_port_is_told_and_never_followed(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def reply() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.0 " + answer)

        thread = threading.Thread(target=reply)
        thread.start()
        client = SimulatorClient(f"http://127.0.0.1:{other.getsockname()[1]}", "t")
        with pytest.raises(SimulatorError, match="is no simulator"):
            client.health()
        thread.join()


@pytest.mark.parametrize("content", ["{", "[1]", '{"account_sid": "AC1"}', "[" * 100_000, WRONG_KIND])
def test_a_damaged_account_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "account.json").write_text(content, encoding="utf-8")

    with pytest.raises(PlaceError, match=r"account\.json"):
        Place.at(tmp_path).account()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(PlaceError, match="--workspace"):
        Place.at(tmp_path / "file" / "ws")


def test_secrets_do_not_show() -> None:
    account = Account.new()

    assert account.auth_token not in repr(account)
    assert account.api_key not in repr(account)
    assert "secret" not in repr(Serving("http://127.0.0.1:1", "secret", 1))
