"""How webhooks go out: to which URL, with what, and through which doors."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Response, redirect, request
from werkzeug.datastructures import Authorization

from simulator.carrier import Carrier, Media
from simulator.carrier.digest import authorization
from simulator.clock import VirtualClock
from tests.carrier.applications import Application, running
from tests.carrier.carriers import HANDSET, NUMBER, SERVICE_NUMBER, carrier_with, codes, sdk_client, text_and_wait


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


@pytest.fixture
def application() -> Iterator[Application]:
    with running() as app:
        yield app


# -- which URL ------------------------------------------------------------------------------------------------


def test_a_number_of_its_own_asks_its_sms_url(carrier: Carrier, application: Application) -> None:
    carrier.add_number(NUMBER, sms_url=f"{application.base}/own")
    text_and_wait(carrier)
    assert len(application.of("/own")) == 1
    assert "MessagingServiceSid" not in dict(application.requests[0].form)


def test_a_twiml_application_takes_the_place_of_the_numbers_urls(carrier: Carrier, application: Application) -> None:
    with sdk_client(carrier) as client:
        bot = client.applications.create(friendly_name="bot", sms_url=f"{application.base}/bot", sms_method="GET")
    carrier.add_number(NUMBER, sms_url=f"{application.base}/own", sms_application_sid=bot.sid)
    text_and_wait(carrier)
    assert [asked.method for asked in application.of("/bot")] == ["GET"]
    assert application.of("/own") == []


def test_a_number_in_a_service_asks_the_service_unless_that_defers_to_the_number(
    carrier: Carrier, application: Application
) -> None:
    (service,) = carrier.services()
    carrier.add_number(SERVICE_NUMBER, sms_url=f"{application.base}/own")
    with sdk_client(carrier) as client:
        resource = client.messaging.v1.services(service.sid)
        resource.update(inbound_request_url=f"{application.base}/service")
        text_and_wait(carrier, to=SERVICE_NUMBER)
        resource.update(use_inbound_webhook_on_number=True)
        text_and_wait(carrier, to=SERVICE_NUMBER)
    assert len(application.of("/service")) == 1
    assert len(application.of("/own")) == 1
    assert dict(application.of("/service")[0].form)["MessagingServiceSid"] == service.sid


def test_a_service_without_inbound_url_drops_the_message_unlogged_and_still_opts_out(carrier: Carrier) -> None:
    (service,) = carrier.services()
    text_and_wait(carrier, "STOP", SERVICE_NUMBER)
    assert carrier.messages() == ()
    assert carrier.attempts() == ()
    assert carrier.opted_out(HANDSET, service.sid)
    assert carrier.conversation(HANDSET)[0].body == "STOP"


def test_a_number_without_sms_url_logs_the_message_and_asks_nobody(carrier: Carrier) -> None:
    text_and_wait(carrier)
    assert [message.status for message in carrier.messages()] == ["received"]
    assert carrier.attempts() == ()


# -- what is sent ---------------------------------------------------------------------------------------------


def test_get_puts_the_parameters_into_the_query_beside_what_was_there(
    carrier: Carrier, application: Application
) -> None:
    carrier.add_number(NUMBER, sms_url=f"{application.base}/sms?tenant=7&x=a%20b", sms_method="GET")
    text_and_wait(carrier, "¿Qué tal? 👍 a&b=c+d")
    (asked,) = application.requests
    assert asked.form == []
    assert dict(asked.args)["tenant"] == "7"
    assert dict(asked.args)["Body"] == "¿Qué tal? 👍 a&b=c+d"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("  spaces around  ", id="spaces"),
        pytest.param("line\r\nbreak\ttab", id="line breaks"),
        pytest.param("100% & <b>=+?#/", id="reserved characters"),
        pytest.param("é 漢字 👩‍👩‍👧 \u202e", id="unicode"),
        pytest.param("nul\x00inside", id="a NUL"),
        pytest.param("x" * 1600, id="longest"),
    ],
)
def test_every_body_arrives_as_it_was_texted_and_signed(carrier: Carrier, application: Application, body: str) -> None:
    carrier.set_inbound_url(application.url)
    text_and_wait(carrier, body)
    assert dict(application.requests[0].form)["Body"] == body


def test_media_come_as_numbered_urls_that_lead_to_the_bytes(carrier: Carrier, application: Application) -> None:
    carrier.set_inbound_url(application.url)
    carrier.public_url = "http://127.0.0.1:9"
    sent = carrier.text(HANDSET, NUMBER, "", [Media("image/png", b"1"), Media("text/vcard", b"2")])
    assert carrier.wait_idle()
    form = dict(application.requests[0].form)
    assert (form["NumMedia"], form["MediaContentType1"], form["NumSegments"]) == ("2", "text/vcard", "1")
    assert form["MediaUrl0"].startswith(
        f"http://127.0.0.1:9/2010-04-01/Accounts/{carrier.account_sid}/Messages/{sent.sid}"
    )


def test_the_place_of_both_numbers_is_told_as_far_as_the_area_code_tells_it(
    carrier: Carrier, application: Application
) -> None:
    carrier.set_inbound_url(application.url)
    text_and_wait(carrier)
    form = dict(application.requests[0].form)
    assert (form["FromCountry"], form["FromState"], form["FromCity"], form["FromZip"]) == ("US", "DC", "", "")


# -- doors -- -------------------------------------------------------------------------------------------------


def test_a_user_and_password_in_the_url_answer_a_challenge_and_are_not_signed(
    carrier: Carrier, application: Application
) -> None:
    def guarded() -> Response:
        if request.authorization is None:
            return Response("", 401, {"WWW-Authenticate": 'Basic realm="app"'})
        assert (request.authorization.username, request.authorization.password) == ("me", "p@ss")
        return Response("<Response/>", content_type="text/xml")

    application.views["/sms"] = guarded
    carrier.set_inbound_url(application.url.replace("://", "://me:p%40ss@"))
    text_and_wait(carrier)
    assert ["Authorization" in asked.headers for asked in application.requests] == [False, True]
    assert codes(carrier) == []


def test_a_digest_challenge_is_answered_so_that_werkzeug_reads_it(carrier: Carrier, application: Application) -> None:
    def guarded() -> Response:
        given = request.authorization
        if given is None:
            challenge = 'Digest realm="app", nonce="abc", qop="auth", opaque="o", algorithm=MD5'
            return Response("", 401, {"WWW-Authenticate": challenge})
        assert (given.type, given.username, given.get("nonce"), given.get("opaque")) == ("digest", "me", "abc", "o")
        assert given.get("response") == _expected_digest(given, "me", "secret")
        return Response("<Response/>", content_type="text/xml")

    application.views["/sms"] = guarded
    carrier.set_inbound_url(application.url.replace("://", "://me:secret@"))
    text_and_wait(carrier)
    assert len(application.requests) == 2
    assert codes(carrier) == []


def test_of_several_schemes_the_safer_one_is_taken(carrier: Carrier, application: Application) -> None:
    def guarded() -> Response:
        answer = Response("<Response/>", content_type="text/xml")
        if request.authorization is None:
            answer.status_code = 401
            for scheme in ("Negotiate", 'Digest realm="app", nonce="abc", qop="auth"', 'Basic realm="other"'):
                answer.headers.add("WWW-Authenticate", scheme)
        return answer

    application.views["/sms"] = guarded
    carrier.set_inbound_url(application.url.replace("://", "://me:secret@"))
    text_and_wait(carrier)
    given = application.requests[1].headers["Authorization"]
    assert given.startswith('Digest username="me", realm="app", nonce="abc"')


@pytest.mark.parametrize(("algorithm", "name"), [("MD5-sess", "md5"), ("SHA-256-sess", "sha256")])
def test_the_digest_of_a_session_is_as_rfc_7616_has_it(algorithm: str, name: str) -> None:
    challenge = f'Digest realm="app", nonce="abc", qop="auth", algorithm={algorithm}'
    given = Authorization.from_header(
        authorization(challenge, "POST", "http://127.0.0.1/sms", "me", "secret")["Authorization"]
    )
    assert given is not None

    def hashed(text: str) -> str:
        return hashlib.new(name, text.encode()).hexdigest()

    session = hashed(f"{hashed('me:app:secret')}:abc:{given.get('cnonce')}")
    target = hashed("POST:/sms")
    assert given.get("response") == hashed(f"{session}:abc:00000001:{given.get('cnonce')}:auth:{target}")


def _expected_digest(given: Any, user: str, password: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    secret, target = md5(f"{user}:{given.get('realm')}:{password}"), md5(f"POST:{given.get('uri')}")
    return md5(f"{secret}:{given.get('nonce')}:{given.get('nc')}:{given.get('cnonce')}:auth:{target}")


def test_credentials_are_not_shown_to_another_host_that_a_redirect_leads_to(
    carrier: Carrier, application: Application
) -> None:
    with running() as other:
        challenge = {"WWW-Authenticate": 'Basic realm="give me"'}
        other.views["/trap"] = lambda: Response("", 401, challenge)
        application.views["/sms"] = lambda: redirect(f"{other.base}/trap", 307)
        carrier.set_inbound_url(application.url.replace("://", "://me:secret@"))
        text_and_wait(carrier)
        assert ["Authorization" in asked.headers for asked in other.requests] == [False]
    assert codes(carrier) == [11200]


def test_a_redirect_turns_a_post_into_a_get_unless_it_says_otherwise(
    carrier: Carrier, application: Application
) -> None:
    application.views["/sms"] = lambda: redirect("/moved", 302)
    application.views["/moved"] = lambda: redirect("/kept", 307)
    carrier.set_inbound_url(application.url)
    text_and_wait(carrier)
    assert [(asked.method, asked.url.rsplit("/", 1)[1]) for asked in application.requests] == [
        ("POST", "sms"), ("GET", "moved"), ("GET", "kept"),
    ]  # fmt: skip


def test_a_redirected_get_goes_where_it_is_told_and_says_nothing_twice(
    carrier: Carrier, application: Application
) -> None:
    application.views["/sms"] = lambda: redirect("/sms/?" + request.query_string.decode(), 308)
    carrier.add_number(NUMBER, sms_url=application.url, sms_method="GET")
    text_and_wait(carrier)
    (moved,) = application.of("/sms/")
    assert [value for name, value in moved.args if name == "Body"] == ["hello"]


def test_redirects_without_end_are_given_up(carrier: Carrier, application: Application) -> None:
    application.views["/sms"] = lambda: redirect("/sms", 307)
    carrier.set_inbound_url(application.url)
    text_and_wait(carrier)
    assert codes(carrier) == [11215]


def test_cookies_come_back_for_the_same_pair_of_numbers_until_four_idle_hours_are_over() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with carrier_with(clock) as carrier, running() as application:

        def counting() -> Response:
            seen = int(request.cookies.get("seen", "0")) + 1
            answer = Response(f"<Response><Message>{seen}</Message></Response>", content_type="text/xml")
            answer.set_cookie("seen", str(seen))
            return answer

        application.views["/sms"] = counting
        carrier.set_inbound_url(application.url)

        def answered(handset: str) -> str:
            carrier.text(handset, NUMBER, "hi")
            assert carrier.wait_idle()
            return carrier.conversation(handset)[-1].body

        assert [answered(HANDSET), answered(HANDSET), answered("+12025550102")] == ["1", "2", "1"]
        clock.advance(4 * 3600 + 1)
        assert answered(HANDSET) == "1"


def test_cookies_are_kept_as_long_as_the_conversation_goes_on_though_none_is_set_anew() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with carrier_with(clock) as carrier, running() as application:

        def once() -> Response:
            answer = Response("<Response/>", content_type="text/xml")
            if not request.cookies:
                answer.set_cookie("session", "ana")
            return answer

        application.views["/sms"] = once
        carrier.set_inbound_url(application.url)
        for _ in range(4):
            text_and_wait(carrier)
            clock.advance(2 * 3600)
        assert [asked.headers.get("Cookie") for asked in application.requests] == [None] + ["session=ana"] * 3
