"""How patiently webhooks go out, and what happens when the application fails or may not be asked."""

import gzip
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response, redirect

from simulator.carrier import Carrier
from simulator.carrier.bus import PER_HOST
from tests.carrier.applications import Application, closed_port, running, stubborn
from tests.carrier.carriers import HANDSET, NUMBER, carrier_with, codes, sdk_client, text_and_wait
from tests.waiting import wait_until


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


@pytest.fixture
def application() -> Iterator[Application]:
    with running() as app:
        yield app


def test_a_refused_connection_is_tried_once_more_with_the_same_idempotency_token(carrier: Carrier) -> None:
    with closed_port() as url:
        carrier.set_inbound_url(url)
        sid = text_and_wait(carrier)
    attempts = carrier.attempts(sid)
    assert [attempt.error_code for attempt in attempts] == [11205, 11205]
    assert len({attempt.headers["I-Twilio-Idempotency-Token"] for attempt in attempts}) == 1
    assert codes(carrier) == [11205]


@pytest.mark.parametrize(
    ("fragment", "status", "tries"),
    [
        pytest.param("", 500, 1, id="an answer is not retried by default"),
        pytest.param("#rc=3&rp=5xx", 500, 4, id="5xx when asked for"),
        pytest.param("#rc=3&rp=4xx", 500, 1, id="another class is not"),
        pytest.param("#rc=2&rp=all", 404, 3, id="all"),
        pytest.param("#rc=0&rp=all", 500, 1, id="no retries"),
        pytest.param("#rc=9&rp=5xx", 500, 2, id="a count out of range leaves the default"),
        pytest.param(f"#rc={'9' * 5000}&rp=5xx", 500, 2, id="a count of thousands of digits, too"),
        pytest.param(f"#ct={'9' * 5000}", 500, 1, id="and so does such a time"),
    ],
)
def test_the_fragment_of_the_url_sets_the_retries_and_is_neither_sent_nor_signed(
    carrier: Carrier, application: Application, fragment: str, status: int, tries: int
) -> None:
    application.answer("no", status)
    carrier.set_inbound_url(application.url + fragment)
    sid = text_and_wait(carrier)
    assert len(application.requests) == tries
    assert all("#" not in attempt.url for attempt in carrier.attempts(sid))
    assert codes(carrier) == [11200]


@pytest.mark.parametrize(
    ("answer", "drip"),
    [
        pytest.param(b"", 0.0, id="silent"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 11\r\n\r\n<Response/>", 0.05, id="drip"
        ),
    ],
)
def test_an_application_that_never_finishes_is_left_at_the_total_time(
    carrier: Carrier, answer: bytes, drip: float
) -> None:
    with stubborn(answer, drip) as url:
        carrier.set_inbound_url(f"{url}#tt=400&rc=0")
        started = time.monotonic()
        sid = text_and_wait(carrier)
    assert time.monotonic() - started < 3
    (attempt,) = carrier.attempts(sid)
    assert (attempt.status, attempt.error_code) == (None, 11205)
    assert 0.3 < attempt.seconds < 2


def test_nothing_blocks_while_an_application_hangs(carrier: Carrier) -> None:
    with stubborn() as url, running() as application, sdk_client(carrier) as client:
        carrier.add_number(NUMBER, sms_url=url)
        carrier.add_number("+12025550198", sms_url=application.url)
        for index in range(PER_HOST + 50):
            carrier.text(f"+1{(202, 415)[index // 100]}55501{index % 100:02}", NUMBER, "hello?")
        started = time.monotonic()
        carrier.text(HANDSET, "+12025550198", "you there?")
        sent = client.messages.create(to=HANDSET, from_=NUMBER, body="hi")
        wait_until(lambda: len(application.requests) == 1)
        wait_until(lambda: carrier.message(str(sent.sid)).status == "delivered")
        assert time.monotonic() - started < 10
        assert not carrier.wait_idle(0)


# -- fallback -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "content_type", "code"),
    [
        pytest.param("oops", 500, "text/xml", 11200, id="500"),
        pytest.param("gone", 404, "text/xml", 11200, id="404"),
        pytest.param("<Response><Message>", 200, "text/xml", 12100, id="broken XML"),
        pytest.param(" <?xml version='1.0'?><Response/>", 200, "text/xml", 12100, id="a blank before the declaration"),
        pytest.param("<Reply/>", 200, "text/xml", 12100, id="no Response"),
        pytest.param('<!DOCTYPE x [<!ENTITY a "b">]><Response/>', 200, "text/xml", 12100, id="an entity"),
        pytest.param('{"reply": "hi"}', 200, "application/json", 12300, id="JSON"),
        pytest.param("<Response>" + " " * 70_000 + "</Response>", 200, "text/xml", 11750, id="too large"),
    ],
)
def test_a_failure_is_an_alert_and_goes_to_the_fallback_url_with_its_code_and_url(
    carrier: Carrier, application: Application, body: str, status: int, content_type: str, code: int
) -> None:
    application.answer(body, status, content_type)
    application.answer("<Response><Message>from the fallback</Message></Response>", path="/fallback")
    carrier.set_inbound_url(application.url, f"{application.base}/fallback")

    sid = text_and_wait(carrier)

    (fallback,) = application.of("/fallback")
    form = dict(fallback.form)
    assert (form["ErrorCode"], form["ErrorUrl"], form["MessageSid"]) == (str(code), application.url, sid)
    assert codes(carrier) == [code]
    assert carrier.alerts()[0].resource_sid == sid
    assert carrier.conversation(HANDSET)[-1].body == "from the fallback"


def test_the_fallback_is_not_told_the_user_and_password_of_the_first_url(
    carrier: Carrier, application: Application
) -> None:
    application.answer("oops", 500)
    with_secret = application.url.replace("://", "://me:secret@") + "#rc=0"
    carrier.set_inbound_url(with_secret, f"{application.base}/fallback")
    text_and_wait(carrier)
    assert dict(application.of("/fallback")[0].form)["ErrorUrl"] == application.url


def test_without_fallback_url_a_failure_stays_an_alert_and_the_person_hears_nothing(
    carrier: Carrier, application: Application
) -> None:
    application.answer("oops", 500)
    carrier.set_inbound_url(application.url)
    text_and_wait(carrier)
    assert codes(carrier) == [11200]
    assert len(carrier.conversation(HANDSET)) == 1


def test_a_zipped_answer_is_read_and_one_that_swells_past_the_limit_is_not(
    carrier: Carrier, application: Application
) -> None:
    def zipped(body: str) -> Response:
        packed = gzip.compress(body.encode())
        return Response(packed, headers={"Content-Encoding": "gzip"}, content_type="text/xml")

    carrier.set_inbound_url(application.url)
    application.views["/sms"] = lambda: zipped("<Response><Message>small</Message></Response>")
    text_and_wait(carrier)
    assert carrier.conversation(HANDSET)[-1].body == "small"
    application.views["/sms"] = lambda: zipped("<Response>" + " " * 50_000_000 + "</Response>")
    text_and_wait(carrier)
    assert codes(carrier) == [11750]


def test_a_missing_content_type_is_a_failure(carrier: Carrier) -> None:
    with stubborn(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n<Response/>") as url:
        carrier.set_inbound_url(url)
        text_and_wait(carrier)
    assert codes(carrier) == [11200]


def test_a_redirect_that_leads_to_no_url_is_an_alert(carrier: Carrier) -> None:
    with stubborn(b"HTTP/1.1 302 Found\r\nLocation: http://[broken\r\nContent-Length: 0\r\n\r\n") as url:
        carrier.set_inbound_url(url)
        text_and_wait(carrier)
    assert codes(carrier) == [11321]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\nYou owe us 1", id="short"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nYou owe us 1",
            id="chunked",
        ),
    ],
)
def test_an_answer_that_breaks_off_is_a_failure_and_half_of_it_is_sent_to_nobody(
    carrier: Carrier, answer: bytes
) -> None:
    with stubborn(answer, hang_up=True) as url:
        carrier.set_inbound_url(f"{url}#rp=all&rc=2")
        sid = text_and_wait(carrier)
    assert codes(carrier) == [11206]
    assert len(carrier.attempts(sid)) == 1
    assert len(carrier.conversation(HANDSET)) == 1


def test_an_answer_that_began_and_stalls_is_not_asked_for_again_and_one_that_never_began_is(carrier: Carrier) -> None:
    tries = []
    for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"):
        with stubborn(answer) as url:
            carrier.set_inbound_url(f"{url}#rt=150&rp=rt&rc=2")
            tries.append(len(carrier.attempts(text_and_wait(carrier))))
    assert tries == [3, 1]
    assert codes(carrier) == [11205, 11205]


@pytest.mark.parametrize("status", [300, 302, 304])
def test_an_answer_that_leads_elsewhere_without_saying_where_is_a_failure(
    carrier: Carrier, application: Application, status: int
) -> None:
    application.answer("<Response><Message>hi</Message></Response>", status)
    carrier.set_inbound_url(application.url)
    text_and_wait(carrier)
    assert codes(carrier) == [11200]
    assert len(carrier.conversation(HANDSET)) == 1


def test_an_answer_that_is_no_http_is_a_failure(carrier: Carrier) -> None:
    with stubborn(b"220 smtp.example ready\r\n\r\n") as url:
        carrier.set_inbound_url(f"{url}#rc=0")
        text_and_wait(carrier)
    assert codes(carrier) == [11206]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("http://elsewhere.example/sms", 11200, id="another host"),
        pytest.param("http://169.254.169.254/latest", 11200, id="cloud metadata"),
        pytest.param("http://127.0.0.1.elsewhere.example/", 11200, id="a host that begins like ours"),
        pytest.param("http://127.0.0.1@elsewhere.example/", 11200, id="our host as user name"),
        pytest.param("http://127.0.0.1\\@elsewhere.example/", 11200, id="our host before a backslash"),
        pytest.param("http://elsewhere.example#@127.0.0.1/", 11200, id="our host in the fragment"),
        pytest.param("http://3232235777/", 11200, id="an address as one number"),
        pytest.param("http://0300.0250.1.1/", 11200, id="an octal address"),
        pytest.param("http://0xc0.168.1.1/", 11200, id="a hexadecimal address"),
        pytest.param("http://[::ffff:192.168.1.1]/", 11200, id="an address mapped into IPv6"),
        pytest.param("ftp://127.0.0.1/sms", 11321, id="another scheme"),
        pytest.param("not a url", 11321, id="no URL"),
        pytest.param("http://127.0.0.1:99999/", 11321, id="no port"),
    ],
)
def test_a_url_that_may_not_be_asked_is_refused_before_any_packet_leaves(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch, url: str, code: int
) -> None:
    def no_lookup(*_: Any, **__: Any) -> None:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", no_lookup)
    carrier.set_inbound_url(url)
    text_and_wait(carrier)
    assert codes(carrier) == [code]
    (attempt,) = carrier.attempts()
    assert attempt.status is None
    assert code == 11321 or "allowed_hosts" in attempt.error


def test_a_host_that_has_no_address_is_an_alert_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_host(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with carrier_with(allowed_hosts=("app.invalid",)) as carrier:
        monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
        carrier.set_inbound_url("http://app.invalid/sms")
        sid = text_and_wait(carrier)
        assert [attempt.error_code for attempt in carrier.attempts(sid)] == [11210, 11210]
        assert "app.invalid:80" in carrier.alerts()[0].text


def test_a_host_name_that_cannot_be_looked_up_is_the_same_alert() -> None:
    with carrier_with(allowed_hosts=("*",)) as carrier:
        carrier.set_inbound_url(f"http://{'a' * 70}.invalid/sms#rc=0")
        text_and_wait(carrier)
        assert codes(carrier) == [11210]


def test_a_redirect_to_another_host_is_refused_too(carrier: Carrier, application: Application) -> None:
    application.views["/sms"] = lambda: redirect("http://elsewhere.example/", 307)
    carrier.set_inbound_url(application.url)
    text_and_wait(carrier)
    assert codes(carrier) == [11200]
    assert "elsewhere.example is not among the allowed hosts" in carrier.alerts()[0].text


def test_closing_ends_webhooks_that_hang() -> None:
    with stubborn() as url:
        with carrier_with() as carrier:
            carrier.set_inbound_url(url)
            carrier.text(HANDSET, NUMBER, "hello?")
            wait_until(lambda: not carrier.account.running.idle)
            started = time.monotonic()
        assert time.monotonic() - started < 2
