"""A real application in another process, and real TLS, on the other end of the webhooks."""

import http.server
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import trustme

from simulator.carrier import CarrierError
from tests.carrier.applications import TOKEN, stubborn
from tests.carrier.carriers import HANDSET, NUMBER, carrier_with, codes, text_and_wait


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).parent / "application_process.py"), TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.mark.parametrize(
    ("way", "settings", "reply", "alerts"),
    [
        pytest.param("good", {}, "good heard hello é 👍", [], id="good"),
        pytest.param("moved", {}, "good heard hello é 👍", [], id="moved"),
        pytest.param("slow", {}, "slow heard hello é 👍", [], id="slow"),
        pytest.param("slow", {"total_timeout": 0.3}, "fallback", [11205], id="too slow"),
        pytest.param("failing", {}, "fallback", [11200], id="failing"),
        pytest.param("broken", {}, "fallback", [12100], id="broken"),
    ],
)
def test_an_application_that_checks_signatures_is_asked_and_answers(
    application: str, way: str, settings: dict[str, float], reply: str, alerts: list[int]
) -> None:
    with carrier_with(**settings) as carrier:
        carrier.set_inbound_url(f"{application}/{way}", f"{application}/fallback")
        text_and_wait(carrier, "hello é 👍")
        assert carrier.conversation(HANDSET)[-1].body == reply
        assert codes(carrier) == alerts


def test_a_request_that_somebody_else_forges_is_refused_by_the_same_application(application: str) -> None:
    forged = {"Body": "hello", "From": HANDSET}
    assert requests.post(f"{application}/forged", data=forged, timeout=10).status_code == 403
    assert "/forged" not in requests.get(f"{application}/heard", timeout=10).json()


@contextmanager
def https_application(
    authority: trustme.CA, asked: threading.Event | None = None, certificate: trustme.LeafCert | None = None
) -> Iterator[str]:
    """Run an application that speaks TLS; one request to `/silent` it takes, sets `asked`, and never answers."""
    asked = asked or threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/silent":
                asked.set()
                self.rfile.read()  # until the other side hangs up
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"over TLS")

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (certificate or authority.issue_cert("localhost")).configure_cert(context)
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # refused handshakes are the point
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"https://localhost:{server.server_address[1]}/sms#rc=0"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_https_is_spoken_where_the_certificate_is_trusted_and_refused_where_not(tmp_path: Path) -> None:
    authority, file = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    with https_application(authority) as url:
        with carrier_with(trusted_certificates=str(file)) as carrier:
            carrier.set_inbound_url(url)
            text_and_wait(carrier)
            assert carrier.conversation(HANDSET)[-1].body == "over TLS"
        with carrier_with() as carrier:
            carrier.set_inbound_url(url)
            text_and_wait(carrier)
            assert codes(carrier) == [11237]


@pytest.mark.parametrize(
    ("name", "expires", "code"),
    [
        pytest.param("elsewhere.example", None, 11235, id="another name"),
        pytest.param("localhost", datetime(2020, 1, 1, tzinfo=UTC), 11236, id="expired"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told_by_the_code(
    tmp_path: Path, name: str, expires: datetime | None, code: int
) -> None:
    authority, file = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    certificate = authority.issue_cert(name, not_before=datetime(2019, 1, 1, tzinfo=UTC), not_after=expires)
    with (
        https_application(authority, certificate=certificate) as url,
        carrier_with(trusted_certificates=str(file)) as carrier,
    ):
        carrier.set_inbound_url(url)
        text_and_wait(carrier)
        assert codes(carrier) == [code]


def test_an_application_that_speaks_no_tls_is_told_by_the_code() -> None:
    with stubborn(b"HTTP/1.0 400 Bad Request\r\n\r\n", hang_up=True) as url, carrier_with() as carrier:
        carrier.set_inbound_url(url.replace("http:", "https:") + "#rc=0")
        text_and_wait(carrier)
        assert codes(carrier) == [11220]


def test_closing_ends_a_webhook_over_tls_that_hangs(tmp_path: Path) -> None:
    authority, file, asked = trustme.CA(), tmp_path / "ca.pem", threading.Event()
    authority.cert_pem.write_to_path(str(file))
    with https_application(authority, asked) as url:
        with carrier_with(trusted_certificates=str(file)) as carrier:
            carrier.set_inbound_url(url.replace("/sms", "/silent"))
            carrier.text(HANDSET, NUMBER, "hello?")
            assert asked.wait(10)
            started = time.monotonic()
        assert time.monotonic() - started < 2


def test_certificates_that_cannot_be_read_are_named() -> None:
    with pytest.raises(CarrierError, match=r"nowhere\.pem"), carrier_with(trusted_certificates="nowhere.pem"):
        pass
