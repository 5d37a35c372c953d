"""What an application's TwiML does: replies, redirects, warnings and limits."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse

from inbound_core import Workspace
from simulator.carrier import Carrier
from simulator.carrier.twiml import TwimlError, read_answer
from simulator.clock import VirtualClock
from simulator.texting import text
from tests.carrier.applications import Application, running
from tests.carrier.carriers import HANDSET, NUMBER, SERVICE_NUMBER, carrier_with, codes, text_and_wait


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


@pytest.fixture
def application(carrier: Carrier) -> Iterator[Application]:
    with running() as app:
        carrier.set_inbound_url(app.url)
        yield app


def replies(carrier: Carrier) -> list[str]:
    return [message.body for message in reversed(carrier.messages()) if message.direction == "outbound-reply"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param("<Response/>", [], id="empty"),
        pytest.param("<Response><Message>one</Message><Message>two</Message></Response>", ["one", "two"], id="several"),
        pytest.param("<Response><Message><Body>in Body</Body></Message></Response>", ["in Body"], id="Body"),
        pytest.param("<Response><!-- no --><Message>a &amp; b</Message></Response>", ["a & b"], id="comment, entity"),
        pytest.param("<Response><Message>é 👍</Message></Response>", ["é 👍"], id="unicode"),
        pytest.param("<?xml version='1.0' encoding='UTF-8'?><Response><Sms>old</Sms></Response>", ["old"], id="Sms"),
    ],
)
def test_each_message_verb_is_one_reply_in_order(
    carrier: Carrier, application: Application, answer: str, expected: list[str]
) -> None:
    application.answer(answer)
    text_and_wait(carrier)
    assert replies(carrier) == expected
    assert codes(carrier) == []


def test_what_twilios_own_twiml_library_writes_is_carried_out(carrier: Carrier, application: Application) -> None:
    twiml = MessagingResponse()
    message = twiml.message(to="+12025550102", action=f"{application.base}/status")
    message.body("for someone else")
    message.media("/cat.png")
    application.answer(str(twiml))
    text_and_wait(carrier)
    (reply,) = (m for m in carrier.messages() if m.direction == "outbound-reply")
    assert (reply.to_phone, reply.from_phone, reply.num_media, reply.status) == ("+12025550102", NUMBER, 1, "delivered")
    assert carrier.media(reply.sid)[0].url == f"{application.base}/cat.png"
    assert [dict(a.form)["MessageStatus"] for a in application.of("/status")] == ["sent", "delivered"]


def test_plain_text_is_one_reply(carrier: Carrier, application: Application) -> None:
    application.answer("just text <b>", content_type="text/plain")
    text_and_wait(carrier)
    assert replies(carrier) == ["just text <b>"]


@pytest.mark.parametrize(
    ("content_type", "answer"),
    [
        pytest.param("text/plain; charset=iso-8859-1", "caf\u00e9".encode("latin-1"), id="plain"),
        pytest.param("text/plain; charset=nonsense", "caf\u00e9".encode(), id="plain, an encoding that is none"),
        pytest.param(
            'text/xml; charset="ISO-8859-1"',
            "<Response><Message>caf\u00e9</Message></Response>".encode("latin-1"),
            id="XML",
        ),
        pytest.param(
            "text/xml",
            '<?xml version="1.0" encoding="utf-16"?><Response><Message>caf\u00e9</Message></Response>'.encode("utf-16"),
            id="declared in the document",
        ),
    ],
)
def test_an_answer_is_read_in_the_encoding_that_it_names(content_type: str, answer: bytes) -> None:
    assert read_answer(content_type, answer).replies[0].body == "caf\u00e9"


def test_a_reply_may_come_from_a_short_code_of_the_account(carrier: Carrier, application: Application) -> None:
    carrier.add_short_code("12345")
    application.answer('<Response><Message from="12345">hi</Message></Response>')
    text_and_wait(carrier)
    assert carrier.messages()[0].from_phone == "12345"
    assert codes(carrier) == []


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_answer_is_no_reply(carrier: Carrier, application: Application, status: int) -> None:
    application.answer("", status)
    text_and_wait(carrier)
    assert (replies(carrier), codes(carrier)) == ([], [])


def test_an_empty_200_is_an_error_where_the_switch_says_so() -> None:
    with carrier_with(empty_reply_is_error=True) as carrier, running() as application:
        carrier.set_inbound_url(application.url)
        application.answer("")
        text_and_wait(carrier)
        assert codes(carrier) == [11200]


def test_a_redirect_fetches_more_and_what_follows_it_is_not_reached(carrier: Carrier, application: Application) -> None:
    application.answer('<Response><Redirect method="GET">more?x=1</Redirect><Message>never</Message></Response>')
    application.answer("<Response><Message>more</Message></Response>", path="/more")
    text_and_wait(carrier)
    assert replies(carrier) == ["more"]
    (more,) = application.of("/more")
    assert (more.method, dict(more.args)["Body"]) == ("GET", "hello")


@pytest.mark.parametrize("url", ["http://[broken", "ftp://127.0.0.1/x", "http://127.0.0.1:port/"])
def test_an_address_that_is_none_is_an_alert_wherever_it_stands(
    carrier: Carrier, application: Application, url: str
) -> None:
    application.answer(f"<Response><Message><Media>{url}</Media></Message><Redirect>{url}</Redirect></Response>")
    text_and_wait(carrier)
    application.answer(f'<Response><Message action="{url}">hi</Message></Response>')
    text_and_wait(carrier)
    assert codes(carrier) == [14103, 11321, 11321, 11321]
    assert replies(carrier) == ["hi"]


def test_what_stands_around_a_tag_that_does_not_belong_there_is_still_sent(
    carrier: Carrier, application: Application
) -> None:
    application.answer("<Response><Message><Body>Dear <b>Ana</b>, welcome</Body></Message></Response>")
    text_and_wait(carrier)
    assert replies(carrier) == ["Dear , welcome"]


def test_ten_replies_to_one_message_are_sent_through_however_many_redirects_they_come(
    carrier: Carrier, application: Application
) -> None:
    application.answer(f"<Response>{'<Message>a</Message>' * 6}<Redirect>/more</Redirect></Response>")
    application.answer(f"<Response>{'<Message>b</Message>' * 6}</Response>", path="/more")
    text_and_wait(carrier)
    assert sorted(replies(carrier)) == ["a"] * 6 + ["b"] * 4
    assert codes(carrier) == [14109]


def test_plain_text_over_the_limit_is_an_alert_and_not_sent(carrier: Carrier, application: Application) -> None:
    application.answer("x" * 1601, content_type="text/plain")
    text_and_wait(carrier)
    assert (replies(carrier), codes(carrier)) == ([], [14103])


def test_redirects_by_twiml_that_go_round_are_ended(carrier: Carrier, application: Application) -> None:
    application.answer("<Response><Redirect>/sms</Redirect></Response>")
    text_and_wait(carrier)
    assert codes(carrier) == [11215]


@pytest.mark.parametrize(
    ("answer", "code", "sent"),
    [
        pytest.param("<Response><Play>x</Play><Message>hi</Message></Response>", 12200, 1, id="a verb of voice"),
        pytest.param("<Response><message>hi</message></Response>", 12200, 0, id="wrong case"),
        pytest.param('<Response><Message colour="red">hi</Message></Response>', 12200, 1, id="unknown attribute"),
        pytest.param(
            '<Response><Redirect url="/x">/empty</Redirect></Response>', 12200, 0, id="an attribute of Redirect"
        ),
        pytest.param('<Response><Message to="nobody">hi</Message></Response>', 14101, 0, id="bad to"),
        pytest.param('<Response><Message from="me">hi</Message></Response>', 14102, 0, id="bad from"),
        pytest.param('<Response><Message from="+12025550177">x</Message></Response>', 14102, 0, id="a foreign from"),
        pytest.param("<Response><Message></Message></Response>", 14103, 0, id="nothing to send"),
        pytest.param(f"<Response><Message>{'x' * 1601}</Message></Response>", 14103, 0, id="too long"),
        pytest.param('<Response><Message method="PUT">hi</Message></Response>', 14104, 1, id="bad method"),
        pytest.param(f"<Response>{'<Message>x</Message>' * 11}</Response>", 14109, 10, id="more than ten"),
        pytest.param(f"<Response><Message>{'👍' * 801}</Message></Response>", 14103, 0, id="1602 UTF-16 units"),
        pytest.param("<Response><Message><Body>a <b>c</b></Body></Message></Response>", 12200, 1, id="a tag in Body"),
        pytest.param("<Response>hello<Message>hi</Message></Response>", 12200, 1, id="text outside of a verb"),
        pytest.param("<Response><Message>hi</Message> you</Response>", 12200, 1, id="text behind a verb"),
    ],
)
def test_what_the_schema_does_not_have_is_a_warning_and_the_rest_is_done(
    carrier: Carrier, application: Application, answer: str, code: int, sent: int
) -> None:
    application.answer(answer)
    application.answer("<Response/>", path="/empty")
    text_and_wait(carrier)
    assert codes(carrier) == [code]
    assert carrier.alerts()[0].log_level == "warning"
    assert len(replies(carrier)) == sent


def test_a_reply_to_someone_opted_out_fails_with_21610(carrier: Carrier, application: Application) -> None:
    application.answer("<Response><Message>sorry to see you go</Message></Response>")
    text_and_wait(carrier, "STOP")
    (reply,) = (m for m in carrier.messages() if m.direction == "outbound-reply")
    assert (reply.status, reply.error_code) == ("failed", 21610)


def test_a_reply_that_failed_is_not_among_what_the_handset_heard(carrier: Carrier, application: Application) -> None:
    application.answer("<Response><Message>sorry to see you go</Message></Response>")
    with Workspace.open() as workspace:
        outcome = text(workspace, carrier, HANDSET, "STOP", NUMBER)
    assert [body.split(".")[0] for body in outcome.heard] == ["You have successfully been unsubscribed"]


def test_two_machines_that_answer_each_other_are_stopped_after_fifteen_replies_for_thirty_seconds() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with carrier_with(clock) as carrier, running() as application:
        carrier.set_inbound_url(application.url)
        application.views["/sms"] = lambda: Response("<Response><Message>hi!</Message></Response>", mimetype="text/xml")
        for _ in range(17):
            text_and_wait(carrier, "hi!")
        clock.advance(31)
        text_and_wait(carrier, "hi!")
        found = [m.error_code for m in reversed(carrier.messages()) if m.direction == "outbound-reply"]
        assert codes(carrier) == [14107] * 2
    assert found == [None] * 15 + [14107] * 2 + [None]


def test_a_reply_of_a_number_in_a_service_bears_the_services_sid(carrier: Carrier, application: Application) -> None:
    application.answer("<Response><Message>hi</Message></Response>")
    text_and_wait(carrier, to=SERVICE_NUMBER)
    (reply,) = (m for m in carrier.messages() if m.direction == "outbound-reply")
    assert (reply.from_phone, reply.messaging_service_sid) == (SERVICE_NUMBER, carrier.services()[0].sid)


KINDS = [
    "text/xml",
    "application/xml; charset=x",
    "text/html; charset=utf-16",
    "text/plain",
    "text/plain; charset=idna",
]


@given(st.binary(max_size=200), st.sampled_from(KINDS))
def test_no_answer_whatever_it_holds_breaks_the_reader(body: bytes, kind: str) -> None:
    try:
        outcome = len(read_answer(kind, body).replies)
    except TwimlError as error:
        outcome = error.code
    assert outcome in {*range(11), 11200, 12100, 12300}


@given(st.text(max_size=300))
def test_plain_text_comes_back_as_it_is(text: str) -> None:
    encoded = text.encode("utf-8", "surrogatepass")
    replies_ = read_answer("text/plain", encoded).replies
    assert "".join(reply.body for reply in replies_) == encoded.decode("utf-8", "replace")
