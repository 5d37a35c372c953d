"""What sending does: who may be written to, which sender writes, how statuses move, what callbacks tell."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import phonenumbers
import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.carrier import ApiError, Carrier, Reach
from simulator.clock import VirtualClock
from tests.carrier.applications import Application, running
from tests.carrier.carriers import (
    ACCOUNT,
    HANDSET,
    NUMBER,
    SERVICE_NUMBER,
    TOKEN,
    api_of,
    carrier_with,
    codes,
    sdk_client,
)


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


@pytest.fixture
def client(carrier: Carrier) -> Iterator[Client]:
    with sdk_client(carrier) as made:
        yield made


@pytest.fixture
def application() -> Iterator[Application]:
    with running() as app:
        yield app


#: A landline of a country whose plan tells; libphonenumber's own example.
ABROAD = phonenumbers.format_number(
    phonenumbers.example_number_for_type("DE", phonenumbers.PhoneNumberType.FIXED_LINE),
    phonenumbers.PhoneNumberFormat.E164,
)
LATER = datetime(2040, 1, 1, tzinfo=UTC)
HI: dict[str, Any] = {"to": HANDSET, "from_": NUMBER, "body": "hi"}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        pytest.param({"to": "notanumber"}, 400, 21211, id="To is no number"),
        pytest.param({"to": "+1202555"}, 400, 21211, id="To is too short"),
        pytest.param({"to": NUMBER}, 400, 21266, id="To is From"),
        pytest.param({"to": "54321"}, 400, 21265, id="To is a short code"),
        pytest.param({"to": ""}, 400, 21604, id="no To"),
        pytest.param({"to": "whatsapp:+12025550101"}, 501, 20001, id="another channel"),
        pytest.param({"to": ABROAD}, 400, 21635, id="a landline abroad"),
        pytest.param({"from_": None}, 400, 21603, id="no From"),
        pytest.param({"from_": "+12025550177"}, 400, 21659, id="From of another account"),
        pytest.param({"from_": "54321"}, 400, 21659, id="a short code of another account"),
        pytest.param({"from_": f"whatsapp:{NUMBER}"}, 400, 21910, id="From of another channel"),
        pytest.param({"from_": "no-sender-at-all!"}, 400, 21212, id="From is nothing"),
        pytest.param({"from_": "ACME"}, 400, 21612, id="a name to the US"),
        pytest.param({"body": None}, 400, 21602, id="no body"),
        pytest.param({"body": ""}, 400, 21602, id="empty body"),
        pytest.param({"body": "x" * 1601}, 400, 21617, id="1601 characters"),
        pytest.param({"body": "👍" * 801}, 400, 21617, id="1602 UTF-16 units"),
        pytest.param({"media_url": ["http://127.0.0.1/x.png"] * 11}, 400, 21623, id="eleven media"),
        pytest.param({"media_url": ["cat.png"]}, 400, 21620, id="a media URL that is none"),
        pytest.param({"status_callback": "nowhere"}, 400, 21609, id="a callback that is no URL"),
        pytest.param({"status_callback": "http://my_host/x"}, 400, 21609, id="a callback with an underscore"),
        pytest.param({"validity_period": 0}, 400, 21624, id="validity too short"),
        pytest.param({"validity_period": 36001}, 400, 21624, id="validity too long"),
        pytest.param({"validity_period": "9" * 5000}, 400, 21624, id="validity of thousands of digits"),
        pytest.param({"from_": None, "messaging_service_sid": "MG" + "0" * 32}, 404, 21701, id="unknown service"),
        pytest.param({"from_": None, "messaging_service_sid": "news"}, 400, 21705, id="no sid of a service"),
        pytest.param(
            {"schedule_type": "fixed", "send_at": datetime(2040, 1, 1, tzinfo=UTC)}, 400, 35118, id="no service"
        ),
        pytest.param({"content_sid": "HX" + "0" * 32}, 501, 20001, id="content templates"),
        pytest.param({"to": "+15005550001"}, 400, 21211, id="magic: invalid"),
        pytest.param({"to": "+15005550002"}, 400, 21612, id="magic: not routable"),
        pytest.param({"to": "+15005550003"}, 400, 21408, id="magic: region"),
        pytest.param({"to": "+15005550004"}, 400, 21610, id="magic: opted out"),
        pytest.param({"to": "+15005550009"}, 400, 21614, id="magic: no mobile"),
        pytest.param({"from_": "+15005550001"}, 400, 21212, id="magic: invalid sender"),
        pytest.param({"from_": "+15005550007"}, 400, 21606, id="magic: not owned"),
        pytest.param({"from_": "+15005550008"}, 429, 21611, id="magic: full queue"),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code_and_leaves_no_message(
    carrier: Carrier, client: Client, changes: dict[str, Any], status: int, code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{name: value for name, value in {**HI, **changes}.items() if value is not None})
    assert (refused.value.status, refused.value.code) == (status, code)
    assert carrier.messages() == ()


NOT_YOURS = "is not a valid, SMS-capable inbound phone number or short code for your account."


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        pytest.param({"to": "+1202555"}, "Invalid 'To' Phone Number: +120XXXX", id="21211"),
        pytest.param(
            {"from_": "no-sender!"},
            "The 'From' number no-sender! is not a valid phone number, shortcode, or alphanumeric sender ID.",
            id="21212",
        ),
        pytest.param({"body": ""}, "Message body is required.", id="21602"),
        pytest.param({"from_": None}, "A 'From' phone number is required.", id="21603"),
        pytest.param({"to": ""}, "A 'To' phone number is required.", id="21604"),
        pytest.param({"from_": "+15005550007"}, f"The From phone number +15005550007 {NOT_YOURS}", id="21606"),
        pytest.param(
            {"from_": "+12025550177"},
            "'From' +12025550177 is not a Twilio phone number or Short Code country mismatch",
            id="21659",
        ),
        pytest.param({"to": "54321"}, "'To' number cannot be a Short Code: 5XXXX", id="21265"),
        pytest.param({"to": "+15005550004"}, "Attempt to send to unsubscribed recipient", id="21610"),
        pytest.param(
            {"body": "x" * 1601}, "The concatenated message body exceeds the 1600 character limit.", id="21617"
        ),
    ],
)
def test_what_twilio_refuses_is_refused_in_its_own_words(client: Client, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{name: value for name, value in {**HI, **changes}.items() if value is not None})
    assert refused.value.msg == f"Unable to create record: {text}"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"to": "54321"}, 21211), ({"to": NUMBER}, 21211), ({"from_": "+12025550177"}, 21606)],
)
def test_the_codes_of_before_2024_are_a_switch(changes: dict[str, Any], code: int) -> None:
    with (
        carrier_with(specific_number_codes=False) as carrier,
        sdk_client(carrier) as client,
        pytest.raises(TwilioRestException) as refused,
    ):
        client.messages.create(**{**HI, **changes})
    assert refused.value.code == code


def test_a_sender_given_along_with_a_service_is_one_of_its_pool_unless_the_switch_says_otherwise() -> None:
    with carrier_with() as carrier:
        (service,) = carrier.services()
        assert carrier.send(HANDSET, "hi", SERVICE_NUMBER, service.sid).status == "accepted"
        with pytest.raises(ApiError) as stranger:
            carrier.send(HANDSET, "hi", NUMBER, service.sid)
    assert stranger.value.code == 21711
    with carrier_with(from_in_pool=False) as carrier:
        assert carrier.send(HANDSET, "hi", NUMBER, carrier.services()[0].sid).status == "accepted"


def test_the_magic_sender_writes_to_anyone(client: Client) -> None:
    assert client.messages.create(to=HANDSET, from_="+15005550006", body="hi").status == "queued"


def test_whether_an_emoji_counts_twice_is_a_switch() -> None:
    with carrier_with(emoji_count_twice=False) as carrier:
        assert carrier.send(HANDSET, "👍" * 1600, NUMBER).status == "queued"


def test_the_limits_of_an_account_are_switches() -> None:
    with carrier_with(trial=True, verified_numbers=("+12025550102",), enabled_regions=("US",)) as carrier:
        for to, code in ((HANDSET, 21608), ("+447700900123", 21408)):
            with pytest.raises(ApiError) as refused:
                carrier.send(to, "hi", NUMBER)
            assert refused.value.code == code
        assert carrier.send("+12025550102", "hi", NUMBER).status == "queued"


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        pytest.param("👍" * 40, "2", id="40 emoji"),
        pytest.param("x" * 320, "3", id="320 GSM"),
        pytest.param("€" * 100, "2", id="100 euro"),
    ],
)
def test_segments_are_counted_as_they_are_sent(client: Client, body: str, segments: str) -> None:
    assert client.messages.create(**{**HI, "body": body}).num_segments == segments


def test_a_long_text_sent_as_mms_is_one_message(carrier: Carrier, client: Client) -> None:
    sent = client.messages.create(**{**HI, "body": "x" * 320}, send_as_mms=True)
    assert (sent.sid[:2], sent.num_segments, sent.num_media) == ("MM", "1", "0")


def test_smart_encoding_is_asked_for_by_the_message_or_its_service(carrier: Carrier, client: Client) -> None:
    curly = "“" + "x" * 100 + "”"
    assert client.messages.create(**{**HI, "body": curly}).num_segments == "2"
    assert client.messages.create(**{**HI, "body": curly}, smart_encoded=True).num_segments == "1"
    (service,) = carrier.services()
    sent = client.messages.create(to=HANDSET, messaging_service_sid=service.sid, body=curly)
    assert sent.body == '"' + "x" * 100 + '"'


# -- senders --------------------------------------------------------------------------------------------------


def sent_from(carrier: Carrier, to: str) -> str | None:
    sid = carrier.send(to, "hi", messaging_service_sid=carrier.services()[0].sid).sid
    assert carrier.wait_idle()
    return carrier.message(sid).from_phone


def test_a_service_keeps_its_sender_for_a_person_and_picks_one_near_for_a_new_one(carrier: Carrier) -> None:
    (service,) = carrier.services()
    carrier.add_number("+14155550150", service_sid=service.sid)
    carrier.add_number("+447700900100", service_sid=service.sid)
    assert sent_from(carrier, "+14155550101") == "+14155550150"
    assert sent_from(carrier, "+447700900123") == "+447700900100"
    carrier.text("+14155550102", SERVICE_NUMBER, "I wrote to this one")
    assert sent_from(carrier, "+14155550102") == SERVICE_NUMBER


def test_without_stickiness_and_place_the_senders_take_turns(carrier: Carrier, client: Client) -> None:
    (service,) = carrier.services()
    carrier.add_number("+12025550143", service_sid=service.sid)
    client.messaging.v1.services(service.sid).update(sticky_sender=False, area_code_geomatch=False)
    assert [sent_from(carrier, HANDSET) for _ in range(4)] == [SERVICE_NUMBER, "+12025550143"] * 2


def test_a_name_writes_where_names_are_taken_and_an_empty_pool_fails(carrier: Carrier, client: Client) -> None:
    empty = carrier.add_service("Empty")
    failed = carrier.send(HANDSET, "hi", messaging_service_sid=empty.sid)
    assert carrier.wait_idle()
    assert (carrier.message(failed.sid).status, carrier.message(failed.sid).error_code) == ("failed", 21704)

    client.messaging.v1.services(empty.sid).alpha_senders.create(alpha_sender="ACME")
    named = carrier.send("+447700900123", "hi", messaging_service_sid=empty.sid)
    assert carrier.wait_idle()
    assert carrier.message(named.sid).from_phone == "ACME"


def test_a_service_that_is_deleted_on_the_way_fails_its_messages_and_no_others() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with carrier_with(clock) as carrier:
        (service,) = carrier.services()
        lost, kept = carrier.send(HANDSET, "hi", messaging_service_sid=service.sid), carrier.send(HANDSET, "hi", NUMBER)
        carrier.account.directory.remove(service.sid)
        clock.run_until_idle()
        assert (carrier.message(lost.sid).status, carrier.message(lost.sid).error_code) == ("failed", 21701)
        assert carrier.message(kept.sid).status == "delivered"


def test_a_misspelt_parameter_is_named_where_the_account_is_strict() -> None:
    form = {"To": HANDSET, "From": NUMBER, "Body": "hi", "StatusCallbackUrl": "http://127.0.0.1/"}
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    for strict, status in ((True, 400), (False, 201)):
        with carrier_with(strict_parameters=strict) as carrier, api_of(carrier) as url:
            answer = requests.post(url + path, form, auth=(ACCOUNT, TOKEN), timeout=10)
        assert answer.status_code == status
        assert strict == ("Did you mean StatusCallback?" in answer.text)


def test_a_short_code_writes_and_hears(carrier: Carrier) -> None:
    carrier.add_short_code("12345")
    assert carrier.send(HANDSET, "hi", "12345").from_phone == "12345"
    assert carrier.text(HANDSET, "12345", "hello").to_phone == "12345"


# -- statuses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by_service", "expected"),
    [
        pytest.param(False, ["sent", "delivered"], id="by number"),
        pytest.param(True, ["queued", "sent", "delivered"], id="by service"),
    ],
)
def test_callbacks_tell_each_status_in_order_but_not_the_first(
    carrier: Carrier, client: Client, application: Application, by_service: bool, expected: list[str]
) -> None:
    by = {"messaging_service_sid": carrier.services()[0].sid} if by_service else {"from_": NUMBER}
    sent = client.messages.create(to=HANDSET, body="hi", status_callback=application.url, **by)
    assert carrier.wait_idle()

    forms = [dict(asked.form) for asked in application.requests]
    assert [form["MessageStatus"] for form in forms] == expected
    assert all(form["MessageSid"] == form["SmsSid"] == sent.sid for form in forms)
    assert all("Body" not in form and "ErrorCode" not in form for form in forms)
    assert len(forms[-1]["RawDlrDoneDate"]) == 10
    assert "RawDlrDoneDate" not in forms[0]
    assert ("MessagingServiceSid" in forms[0]) == by_service


@pytest.mark.parametrize(
    ("reach", "error"),
    [
        pytest.param(Reach.BLOCKED, 30004, id="blocked"),
        pytest.param(Reach.UNKNOWN, 30005, id="unknown"),
        pytest.param(Reach.LANDLINE, 30006, id="landline"),
        pytest.param(Reach.FILTERED, 30007, id="filtered"),
        pytest.param(Reach.BROKEN, 30008, id="broken"),
    ],
)
def test_a_handset_that_cannot_be_reached_ends_the_message_with_the_carriers_code(
    carrier: Carrier, application: Application, reach: Reach, error: int
) -> None:
    carrier.set_reach(HANDSET, reach)
    sent = carrier.send(HANDSET, "hi", NUMBER, status_callback=application.url)
    assert carrier.wait_idle()
    message = carrier.message(sent.sid)
    assert (message.status, message.error_code) == ("undelivered", error)
    assert dict(application.requests[-1].form)["ErrorCode"] == str(error)


def test_a_phone_that_is_off_gets_its_messages_when_it_is_on_again_or_never() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with carrier_with(clock) as carrier:
        carrier.set_reach(HANDSET, "off")
        lost = carrier.send(HANDSET, "one", NUMBER)
        clock.advance(60)
        kept = carrier.send(HANDSET, "two", NUMBER)
        clock.advance(5)
        assert carrier.message(kept.sid).status == "sent"
        carrier.set_reach(HANDSET, "on")
        clock.advance(1)
        assert carrier.message(kept.sid).status == "delivered"
        assert (carrier.message(lost.sid).status, carrier.message(lost.sid).error_code) == ("undelivered", 30003)


def test_a_message_without_receipt_stays_sent(carrier: Carrier) -> None:
    carrier.set_reach(HANDSET, "no_receipt")
    sent = carrier.send(HANDSET, "hi", NUMBER)
    assert carrier.wait_idle()
    assert carrier.message(sent.sid).status == "sent"


def test_statuses_only_move_forward(carrier: Carrier) -> None:
    seen: dict[str, list[str]] = {}
    carrier.subscribe(
        lambda event: (
            seen.setdefault(event.subject.sid, []).append(event.subject.status) if event.kind == "message" else None
        )
    )
    for index in range(50):
        carrier.send(HANDSET, f"hi {index}", NUMBER)
    assert carrier.wait_idle()
    assert set(map(tuple, seen.values())) == {("queued", "sending", "sent", "delivered")}


def test_messages_wait_their_turn_at_the_senders_rate_and_fail_past_their_validity() -> None:
    clock = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with carrier_with(clock, sending_rate=1.0) as carrier:
        sids = [carrier.send(HANDSET, "hi", NUMBER, validity_period=5).sid for _ in range(8)]
        clock.advance(2.5)
        assert [carrier.message(sid).status for sid in sids].count("delivered") == 3
        clock.run_until_idle()
        ends = [(carrier.message(sid).status, carrier.message(sid).error_code) for sid in sids]
    assert ends == [("delivered", None)] * 6 + [("failed", 30036)] * 2


def test_what_a_service_sends_into_a_full_queue_fails_with_30001() -> None:
    with carrier_with(VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)), sending_rate=0.001) as carrier:
        (service,) = carrier.services()
        for _ in range(17):
            last = carrier.send(HANDSET, "hi", messaging_service_sid=service.sid)
        carrier.clock.advance(1)
        assert (carrier.message(last.sid).status, carrier.message(last.sid).error_code) == ("failed", 30001)


def test_a_queue_of_more_than_four_hours_takes_no_more() -> None:
    with carrier_with(VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)), sending_rate=0.001) as carrier:
        for _ in range(15):
            carrier.send(HANDSET, "hi", NUMBER)
        with pytest.raises(ApiError) as full:
            carrier.send(HANDSET, "hi", NUMBER)
    assert (full.value.code, full.value.status) == (21611, 429)


def test_messages_on_their_way_go_on_after_a_restart(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/carrier.db"
    start = datetime(2026, 3, 2, tzinfo=UTC)
    with carrier_with(VirtualClock(start), database_url=url) as carrier:
        sid = carrier.send(HANDSET, "hi", NUMBER).sid
        later = carrier.send(
            HANDSET, "later", messaging_service_sid=carrier.services()[0].sid, schedule_type="fixed",
            send_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
        ).sid  # fmt: skip
    clock = VirtualClock(start)
    again = Carrier(carrier.config, clock)
    clock.advance(60)
    assert (again.message(sid).status, again.message(later).status) == ("delivered", "scheduled")
    clock.advance(3600)
    assert again.message(later).status == "delivered"
    again.close()


def test_a_failing_callback_is_an_alert_and_stops_nothing(carrier: Carrier, application: Application) -> None:
    application.answer("", 500)
    sent = carrier.send(HANDSET, "hi", NUMBER, status_callback=application.url)
    assert carrier.wait_idle()
    assert carrier.message(sent.sid).status == "delivered"
    assert codes(carrier) == [11200, 11200]


def test_the_services_callback_hears_when_the_message_has_none(
    carrier: Carrier, client: Client, application: Application
) -> None:
    (service,) = carrier.services()
    client.messaging.v1.services(service.sid).update(status_callback=f"{application.base}/service")
    bot = client.applications.create(friendly_name="x", message_status_callback=f"{application.base}/application")
    own = {"status_callback": f"{application.base}/own"}
    for more in ({}, own, {"application_sid": bot.sid}, {**own, "application_sid": bot.sid}):
        client.messages.create(to=HANDSET, body="hi", messaging_service_sid=service.sid, **more)
    assert carrier.wait_idle()
    heard = [len(application.of(path)) for path in ("/service", "/own", "/application")]
    assert heard == [3, 6, 3]
