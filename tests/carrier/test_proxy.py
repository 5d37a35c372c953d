"""An application in a process of its own, changed in nothing but its environment, reaches the simulator."""

import os
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from simulator.carrier import Carrier
from simulator.certificates import Authority, CertificateError
from simulator.commands.proxy import as_line
from simulator.commands.proxy import proxy as proxy_command
from simulator.proxy import Proxy, ProxyError, environment, is_twilio
from tests.carrier.applications import running
from tests.carrier.carriers import ACCOUNT, HANDSET, NUMBER, TOKEN, api_of, carrier_with

PROGRAM = f"""
from twilio.rest import Client
client = Client("{ACCOUNT}", "{TOKEN}")
sent = client.messages.create(to="{HANDSET}", from_="{NUMBER}", body="unmodified")
print(client.messages(sent.sid).fetch().body, len(client.messages.list(page_size=1)))
print(len(client.messaging.v1.services.list(page_size=1)))
"""


ADDRESS = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}.json"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


@pytest.fixture
def proxy(carrier: Carrier, authority: Authority) -> Iterator[Proxy]:
    with api_of(carrier) as url, Proxy(url, authority) as running_proxy:
        yield running_proxy


def run(command: list[str], variables: dict[str, str]) -> str:
    env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(command, env={**env, **variables}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_unmodified_python_program_sends_reads_and_pages(carrier: Carrier, proxy: Proxy) -> None:
    carrier.add_service("Second")
    variables = dict(environment(proxy.url, proxy.authority)["python"])
    assert run([sys.executable, "-c", PROGRAM], variables).split() == ["unmodified", "1", "2"]
    assert [message.body for message in carrier.messages()] == ["unmodified"]


def test_another_product_of_twilio_is_refused_though_its_path_is_known(proxy: Proxy) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": proxy.url}
        session.auth = (ACCOUNT, TOKEN)
        known = session.get("http://messaging.twilio.com/v1/Services", timeout=10)
        refused = session.get("http://conversations.twilio.com/v1/Services", timeout=10)
        page = session.get("http://www.twilio.com/docs/errors/21610", timeout=10)
    assert (known.status_code, refused.status_code, page.status_code) == (200, 501, 501)
    assert "GET conversations.twilio.com/v1/Services" in refused.json()["message"]
    assert "GET www.twilio.com/docs/errors/21610" in page.json()["message"]


def test_other_traffic_passes_through(proxy: Proxy, authority: Authority) -> None:
    with running() as application:
        application.requests.clear()
        with requests.Session() as session:
            session.trust_env = False
            session.proxies = {"http": proxy.url}
            assert session.get(f"{application.base}/elsewhere?x=1", timeout=10).text == "<Response/>"
        assert application.requests.pop().url.endswith("/elsewhere?x=1")


def test_a_connection_to_another_host_is_a_plain_tunnel(proxy: Proxy) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def echo() -> None:
        with listener, listener.accept()[0] as one:
            one.sendall(one.recv(100).upper())

    thread = threading.Thread(target=echo)
    thread.start()
    port = int(proxy.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(f"CONNECT 127.0.0.1:{listener.getsockname()[1]} HTTP/1.1\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        client.sendall(b"not tls at all")
        assert client.recv(100) == b"NOT TLS AT ALL"
    thread.join()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param("CONNECT nowhere HTTP/1.1\r\n\r\n", b"400", id="no port"),
        pytest.param("CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n", b"502", id="nothing listens"),
        pytest.param("CONNECT ..twilio.com:443 HTTP/1.1\r\n\r\n", b"400", id="no name for a certificate"),
        pytest.param("CONNECT a..b:443 HTTP/1.1\r\n\r\n", b"502", id="no name to look up"),
        pytest.param("GET http://a..b/ HTTP/1.1\r\n\r\n", b"502", id="no name to look up, asked plainly"),
        pytest.param("GET http://[ HTTP/1.1\r\n\r\n", b"400", id="no address"),
        pytest.param("GET http://127.0.0.1:99999/ HTTP/1.1\r\n\r\n", b"400", id="no port there is"),
        pytest.param("GET / HTTP/1.1\r\n\r\n", b"400", id="not asked as a proxy"),
        pytest.param("POST http://api.twilio.com/ HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n", b"413", id="too large"),
        pytest.param(
            "POST http://api.twilio.com/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411", id="no length"
        ),
    ],
)
def test_what_cannot_be_passed_on_is_refused(proxy: Proxy, request_: str, status: bytes) -> None:
    port = int(proxy.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(request_.encode())
        assert client.recv(1000).split()[1] == status


def test_closing_ends_a_connection_that_was_kept_open(carrier: Carrier, authority: Authority) -> None:
    with api_of(carrier) as url, requests.Session() as session:
        session.trust_env = False
        session.auth = (ACCOUNT, TOKEN)
        session.verify = str(authority.files.bundle)
        with Proxy(url, authority) as proxy:
            session.proxies = {"https": proxy.url}
            assert session.get(ADDRESS, timeout=10).status_code == 200
        with pytest.raises(requests.ConnectionError):
            session.get(ADDRESS, timeout=10)


def test_a_simulator_that_is_gone_is_named(authority: Authority) -> None:
    with Proxy("http://127.0.0.1:1", authority) as proxy, requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": proxy.url}
        answer = session.get("http://api.twilio.com/2010-04-01/Accounts.json", timeout=10)
    assert answer.status_code == 502
    assert "Does the simulator run there?" in answer.text


@pytest.mark.parametrize(
    ("host", "ours"),
    [("api.twilio.com", True), ("API.TWILIO.COM.", True), ("twilio.com", True), ("api.sydney.au1.twilio.com", True),
     ("nottwilio.com", False), ("twilio.com.example", False), ("", False)],
)  # fmt: skip
def test_only_twilios_hosts_are_taken(host: str, ours: bool) -> None:
    assert is_twilio(host) is ours


def test_the_authority_is_kept_and_its_key_is_private(tmp_path: Path) -> None:
    first = Authority(tmp_path)
    kept = first.files.certificate.read_bytes()
    assert Authority(tmp_path).files.certificate.read_bytes() == kept
    assert first.files.key.stat().st_mode & 0o077 == 0
    assert kept in first.files.bundle.read_bytes()
    first.files.key.write_text("damaged")
    with pytest.raises(CertificateError, match="cannot be used"):
        Authority(tmp_path)


def test_what_cannot_start_says_why(authority: Authority) -> None:
    with pytest.raises(ProxyError, match="not the URL of a simulator"):
        Proxy("127.0.0.1:8025", authority)
    with Proxy("http://127.0.0.1:1", authority) as taken, pytest.raises(ProxyError, match="cannot listen"):
        Proxy("http://127.0.0.1:1", authority, port=int(taken.url.rpartition(":")[2]))


def test_the_printed_line_can_be_pasted_though_the_folder_has_a_blank() -> None:
    line = as_line({"HTTP_PROXY": "http://127.0.0.1:8026", "NODE_EXTRA_CA_CERTS": "/my files/ca.pem"})
    assert shlex.split(line) == ["HTTP_PROXY=http://127.0.0.1:8026", "NODE_EXTRA_CA_CERTS=/my files/ca.pem"]


def test_the_command_without_a_simulator_says_what_to_do(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(proxy_command, ["--workspace", str(tmp_path)])
    assert outcome.exit_code != 0
    assert "inbound serve" in str(outcome.exception)
