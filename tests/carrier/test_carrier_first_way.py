"""The first way through the fake Twilio: a handset texts, an application answers, opt-outs hold."""

from collections.abc import Iterator

import pytest
from flask import Flask
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from simulator.carrier import Carrier, Origin
from tests.carrier.applications import Application, running
from tests.carrier.carriers import HANDSET, NUMBER, SERVICE_NUMBER, TOKEN, carrier_with, sdk_client


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


@pytest.fixture
def application() -> Iterator[Application]:
    with running() as app:
        yield app


def test_an_inbound_message_reaches_the_application_with_every_parameter_signed(
    carrier: Carrier, application: Application
) -> None:
    carrier.set_inbound_url(application.url)

    message = carrier.text(HANDSET, NUMBER, "hello")
    assert carrier.wait_idle()

    (request,) = application.requests
    assert {name for name, _ in request.form} >= {
        "MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "ApiVersion", "From", "To", "Body", "NumMedia",
        "NumSegments", "SmsStatus", "FromCity", "FromState", "FromZip", "FromCountry",
    }  # fmt: skip
    assert dict(request.form)["MessageSid"] == message.sid
    assert "OptOutType" not in dict(request.form)
    signature = request.headers["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(application.url, dict(request.form), signature)
    assert request.headers["I-Twilio-Idempotency-Token"]


@pytest.mark.rule("R22")
def test_twilio_answers_a_stop_itself_and_the_api_does_not_list_the_answer(carrier: Carrier) -> None:
    carrier.text(HANDSET, NUMBER, " stop ")

    said = carrier.conversation(HANDSET)

    assert [bubble.by for bubble in said] == [Origin.HANDSET, Origin.TWILIO]
    assert said[1].body.startswith("You have successfully been unsubscribed.")
    assert [message.body for message in carrier.messages()] == [" stop "]
    assert carrier.opted_out(HANDSET, NUMBER)


@pytest.mark.rule("R20")
def test_a_stop_to_a_number_of_a_service_holds_for_the_service_and_no_other_sender(carrier: Carrier) -> None:
    (service,) = carrier.services()

    carrier.text(HANDSET, SERVICE_NUMBER, "STOP")

    assert [entry.scope for entry in carrier.opt_outs()] == [service.sid]
    assert not carrier.opted_out(HANDSET, NUMBER)


def test_a_twiml_message_becomes_a_real_reply_that_is_delivered(carrier: Carrier, application: Application) -> None:
    application.answer("<Response><Message>Thanks!</Message></Response>")
    carrier.set_inbound_url(application.url)

    carrier.text(HANDSET, NUMBER, "YES please")
    assert carrier.wait_idle()

    said = carrier.conversation(HANDSET)
    assert [(bubble.body, bubble.status) for bubble in said] == [("YES please", "received"), ("Thanks!", "delivered")]
    assert carrier.messages()[0].direction == "outbound-reply"


def test_sending_to_someone_opted_out_is_refused_at_once_by_number_and_fails_later_by_service(
    carrier: Carrier,
) -> None:
    carrier.text(HANDSET, NUMBER, "STOP")
    carrier.text(HANDSET, SERVICE_NUMBER, "STOP")
    (service,) = carrier.services()

    with sdk_client(carrier) as client:
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(to=HANDSET, from_=NUMBER, body="hi")
        accepted = client.messages.create(to=HANDSET, messaging_service_sid=service.sid, body="hi")
        assert (accepted.status, accepted.from_, accepted.num_segments) == ("accepted", None, "0")
        assert carrier.wait_idle()
        failed = client.messages(accepted.sid).fetch()

    assert (refused.value.status, refused.value.code) == (400, 21610)
    assert (failed.status, failed.error_code) == ("failed", 21610)


def test_the_sdk_sends_fetches_and_lists_and_the_message_is_delivered(carrier: Carrier) -> None:
    with sdk_client(carrier) as client:
        sent = client.messages.create(to=HANDSET, from_=NUMBER, body="hi there")
        assert (sent.status, sent.direction, sent.num_segments) == ("queued", "outbound-api", "1")
        assert carrier.wait_idle()
        assert client.messages(sent.sid).fetch().status == "delivered"
        assert [message.sid for message in client.messages.list(to=HANDSET)] == [sent.sid]
        assert {number.phone_number for number in client.incoming_phone_numbers.list()} == {NUMBER, SERVICE_NUMBER}


def test_a_route_that_is_not_imitated_says_so(carrier: Carrier) -> None:
    from simulator.carrier import rest_blueprint

    app = Flask("rest")
    app.register_blueprint(rest_blueprint(carrier))
    answer = app.test_client().get("/v1/Nothing", auth=(carrier.account_sid, TOKEN))
    assert answer.status_code == 501
    assert "GET /v1/Nothing" in answer.get_json()["message"]
