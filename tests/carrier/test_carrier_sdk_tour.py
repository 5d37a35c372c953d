"""A tour with Twilio's own Python SDK through every resource, with nothing changed but the host."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.carrier import Carrier, Media
from simulator.clock import VirtualClock
from tests.carrier.carriers import (
    ACCOUNT,
    HANDSET,
    NUMBER,
    SERVICE_NUMBER,
    TOKEN,
    Led,
    api_of,
    carrier_with,
    sdk_client,
)

SHAPES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "shapes.json").read_text())["shapes"]
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


@pytest.fixture
def client(carrier: Carrier) -> Iterator[Client]:
    with sdk_client(carrier) as made:
        yield made


def fetched(carrier: Carrier, path: str) -> dict[str, Any]:
    """Give the JSON of a path as the API serves it."""
    answer = requests.get(carrier.public_url + path, auth=(ACCOUNT, TOKEN), timeout=10)
    document: dict[str, Any] = answer.json()
    return document


def check_shape(document: dict[str, Any], shape: str) -> None:
    """Hold a resource to Twilio's description: every property, its type, its format."""
    for name, rule in SHAPES[shape].items():
        value = document[name]
        if "enum" in rule:
            assert value in rule["enum"], (name, value)
        elif value is None:
            assert rule["nullable"], name
        else:
            python = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}[rule["type"]]
            assert type(value) is python, (name, value)
            if rule.get("format") == "date-time-rfc-2822":
                assert parsedate_to_datetime(value).tzinfo is not None, name
            if rule.get("format") == "date-time":
                assert value.endswith("Z"), name
                assert datetime.fromisoformat(value).tzinfo is not None, name


def test_every_resource_has_the_shape_of_twilios_own_description(carrier: Carrier, client: Client) -> None:
    short_code = carrier.add_short_code("12345")
    (service,) = carrier.services()
    sent = client.messages.create(to=HANDSET, from_=NUMBER, body="hi", media_url=["http://127.0.0.1/cat.png"])
    (medium,) = client.messages(sent.sid).media.list()
    client.messaging.v1.services(service.sid).short_codes.create(short_code_sid=short_code.sid)
    alpha = client.messaging.v1.services(service.sid).alpha_senders.create(alpha_sender="ACME")
    pooled = carrier.number(SERVICE_NUMBER)
    root, pool = f"/2010-04-01/Accounts/{ACCOUNT}", f"/v1/Services/{service.sid}"

    for path, shape in (
        (f"{root}/Messages/{sent.sid}.json", "message"),
        (f"{root}/Messages/{sent.sid}/Media/{medium.sid}.json", "media"),
        (f"{root}/IncomingPhoneNumbers/{pooled.sid}.json", "incoming_phone_number"),
        (pool, "service"),
        (f"{pool}/PhoneNumbers/{pooled.sid}", "pool_number"),
        (f"{pool}/ShortCodes/{short_code.sid}", "pool_short_code"),
        (f"{pool}/AlphaSenders/{alpha.sid}", "alpha_sender"),
    ):
        check_shape(fetched(carrier, path), shape)


def test_numbers_are_bought_changed_found_and_released(carrier: Carrier, client: Client) -> None:
    bought = client.incoming_phone_numbers.create(area_code="415", friendly_name="front desk")
    assert bought.phone_number == "+14155550100"
    exact = client.incoming_phone_numbers.create(phone_number="+13105550150", sms_url="http://127.0.0.1:1/sms")
    assert exact.sms_url == "http://127.0.0.1:1/sms"

    changed = client.incoming_phone_numbers(bought.sid).update(sms_method="GET", voice_url="http://127.0.0.1/voice")
    assert (bought.friendly_name, exact.friendly_name) == ("front desk", "(310) 555-0150")
    assert (changed.sms_method, changed.voice_url) == ("GET", "http://127.0.0.1/voice")
    assert [n.sid for n in client.incoming_phone_numbers.list(phone_number="310555****")] == [exact.sid]
    assert [n.sid for n in client.incoming_phone_numbers.list(friendly_name="front desk")] == [bought.sid]
    assert len(client.incoming_phone_numbers.local.list()) == 4
    assert [len(client.incoming_phone_numbers.list(beta=beta)) for beta in (True, False)] == [4, 4]
    assert client.incoming_phone_numbers.list(origin="hosted") == []
    assert client.incoming_phone_numbers.toll_free.list() == []
    with pytest.raises(TwilioRestException) as taken:
        client.incoming_phone_numbers.create(phone_number=NUMBER)
    assert taken.value.code == 21422

    assert client.incoming_phone_numbers(bought.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.incoming_phone_numbers(bought.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


def test_services_and_their_pools_are_made_changed_and_taken_apart(carrier: Carrier, client: Client) -> None:
    services = client.messaging.v1.services
    made = services.create(friendly_name="Support", inbound_request_url="http://127.0.0.1:1/in", sticky_sender=False)
    assert (made.inbound_request_url, made.sticky_sender, made.use_inbound_webhook_on_number) == (
        "http://127.0.0.1:1/in", False, False,
    )  # fmt: skip
    changed = services(made.sid).update(inbound_request_url="", validity_period=60)
    assert (changed.inbound_request_url, changed.validity_period) == (None, 60)

    number = carrier.number(NUMBER)
    pooled = services(made.sid).phone_numbers.create(phone_number_sid=number.sid)
    assert (pooled.phone_number, pooled.country_code, pooled.capabilities) == (NUMBER, "US", ["MMS", "SMS", "Voice"])
    with pytest.raises(TwilioRestException) as twice:
        services(made.sid).phone_numbers.create(phone_number_sid=number.sid)
    assert twice.value.code == 21710
    with pytest.raises(TwilioRestException) as elsewhere:
        services(made.sid).phone_numbers.create(phone_number_sid=carrier.number(SERVICE_NUMBER).sid)
    assert elsewhere.value.code == 21712

    assert services(made.sid).phone_numbers(number.sid).delete()
    assert services(made.sid).phone_numbers.list() == []
    assert services(made.sid).delete()
    assert [service.friendly_name for service in services.list()] == ["Marketing"]


def test_pages_of_both_generations_are_followed_to_the_end(carrier: Carrier, client: Client) -> None:
    for index in range(7):
        carrier.add_service(f"service {index}")
        carrier.text(HANDSET, NUMBER, f"text {index}")

    assert len(client.messaging.v1.services.list(page_size=3)) == 8
    bodies = [message.body for message in client.messages.list(page_size=3)]
    assert bodies == [f"text {index}" for index in reversed(range(7))]
    first = client.messages.page(page_size=3)
    second = first.next_page()
    assert second is not None
    back = second.previous_page()
    assert back is not None
    assert [message.body for message in back] == ["text 6", "text 5", "text 4"]
    assert [message.body for message in client.messages.page(page_size=3, page_number=2)] == ["text 0"]


def test_messages_are_listed_by_each_filter() -> None:
    clock = VirtualClock(NOW)
    with carrier_with(clock) as carrier, sdk_client(carrier) as client:
        carrier.text(HANDSET, NUMBER, "first day")
        clock.advance(24 * 3600)
        carrier.text("+12025550102", NUMBER, "second day")

        def bodies(**wanted: Any) -> list[str | None]:
            return [message.body for message in client.messages.list(**wanted)]

        assert bodies(from_=HANDSET) == ["first day"]
        assert bodies(to=NUMBER) == ["second day", "first day"]
        assert bodies(to=HANDSET) == []
        assert bodies(from_="+1 202-555-0101") == bodies(from_="(202) 555-0101") == ["first day"]
        unescaped = fetched(carrier, f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?From={HANDSET}")
        assert [message["body"] for message in unescaped["messages"]] == ["first day"]
        assert bodies(date_sent=NOW) == ["first day"]
        assert bodies(date_sent_after=NOW + timedelta(hours=1)) == ["second day"]
        assert bodies(date_sent_before=NOW + timedelta(hours=1)) == ["first day"]
        assert bodies(limit=1) == ["second day"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param("DateSent=2026-03-02", 1, id="a day"),
        pytest.param("DateSent%3C=2026-03-01", 0, id="until a day"),
        pytest.param("DateSent%3E=2026-03-02T14:00:00Z", 1, id="from a moment"),
        pytest.param("DateSent%3E=2026-03-02T15:30:00+01:00", 0, id="from a moment with an unescaped zone"),
        pytest.param("DateSent%3E=03%2F02%2F2026+06%3A59%3A00+MST", 1, id="month first, with a zone"),
        pytest.param("DateSent%3E=03%2F02%2F2026+07%3A01%3A00+MST", 0, id="month first, later"),
        pytest.param("DateSent%3E=2026-03-02+14%3A00%3A00.000", 1, id="with a blank"),
        pytest.param("DateSent%3E=Mon%2C+02+Mar+2026+14%3A01%3A00+-0000", 0, id="as in a mail"),
        pytest.param("DateSent%3E=13%2F02%2F2026+06%3A59%3A00+MST", None, id="a thirteenth month"),
        pytest.param("DateSent%3C=9999-12-31", 1, id="until the last day there is"),
        pytest.param("DateSent%3C=9999-12-31T23:59:59.5-14:00", 1, id="until the last second there is"),
        pytest.param("DateSent%3E=0001-01-01T00:00:00%2B14:00", 1, id="from the first day there is"),
    ],
)
def test_dates_are_read_in_each_way_of_twilios_own_examples(wanted: str, found: int | None) -> None:
    with carrier_with(VirtualClock(NOW)) as carrier, api_of(carrier) as url:
        carrier.text(HANDSET, NUMBER, "hello")
        path = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{wanted}"
        answer = requests.get(path, auth=(ACCOUNT, TOKEN), timeout=10)
    if found is None:
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    else:
        assert len(answer.json()["messages"]) == found


def test_all_messages_can_be_deleted_while_they_are_paged_through(carrier: Carrier, client: Client) -> None:
    for index in range(5):
        carrier.text(HANDSET, NUMBER, f"text {index}")
    for message in client.messages.stream(page_size=2):
        assert message.delete()
    assert client.messages.list() == []


def test_a_message_is_redacted_and_deleted_once_it_is_through(carrier: Carrier, client: Client) -> None:
    message = client.messages.create(to=HANDSET, from_=NUMBER, body="a secret")
    with pytest.raises(TwilioRestException) as early:
        client.messages(message.sid).delete()
    assert (early.value.status, early.value.code) == (409, 20009)
    assert carrier.wait_idle()

    assert client.messages(message.sid).update(body="").body == ""
    assert carrier.message(message.sid).body == ""
    for changes in ({"body": "another text"}, {"status": "sent"}, {"body": "", "status": "canceled"}, {}):
        with pytest.raises(TwilioRestException) as refused:
            client.messages(message.sid).update(**changes)
        assert (refused.value.status, refused.value.code) == (400, 30400)
    assert client.messages(message.sid).feedback.create(outcome="confirmed").outcome == "confirmed"
    feedback = f"{carrier.public_url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}/Feedback.json"
    assert requests.post(feedback, auth=(ACCOUNT, TOKEN), timeout=10).status_code == 201
    assert client.messages(message.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.messages(message.sid).fetch()
    assert gone.value.code == 20404


def test_a_scheduled_message_waits_for_its_time_and_can_be_canceled() -> None:
    clock = VirtualClock(NOW)
    with carrier_with(clock) as carrier, sdk_client(carrier) as client:
        (service,) = carrier.services()

        def scheduled() -> Any:
            return client.messages.create(
                to=HANDSET,
                messaging_service_sid=service.sid,
                body="later",
                schedule_type="fixed",
                send_at=NOW + timedelta(hours=1),
            )

        kept, canceled = scheduled(), scheduled()
        assert (kept.status, kept.date_sent) == ("scheduled", None)
        assert client.messages(canceled.sid).update(status="canceled").status == "canceled"

        clock.advance(3599)
        assert client.messages(kept.sid).fetch().status == "scheduled"
        clock.advance(60)
        assert client.messages(kept.sid).fetch().status == "delivered"
        assert client.messages(canceled.sid).fetch().status == "canceled"
        with pytest.raises(TwilioRestException) as late:
            client.messages(kept.sid).update(status="canceled")
        assert late.value.status == 409


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"schedule_type": "fixed"}, 35111, id="no SendAt"),
        pytest.param({"schedule_type": "fixed", "send_at": NOW + timedelta(minutes=1)}, 35114, id="too soon"),
        pytest.param({"schedule_type": "fixed", "send_at": NOW + timedelta(days=36)}, 35114, id="too late"),
    ],
)
def test_a_schedule_outside_its_rules_is_refused(given: dict[str, Any], code: int) -> None:
    with carrier_with(VirtualClock(NOW)) as carrier, sdk_client(carrier) as client:
        (service,) = carrier.services()
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(to=HANDSET, messaging_service_sid=service.sid, body="later", **given)
        assert refused.value.code == code


def test_media_are_listed_fetched_and_deleted_and_their_bytes_need_no_credentials(
    carrier: Carrier, client: Client
) -> None:
    texted = carrier.text(HANDSET, NUMBER, "look", [Media("image/png", b"pixels")])
    assert texted.sid.startswith("MM")

    (medium,) = client.messages(texted.sid).media.list()
    assert (medium.content_type, medium.parent_sid) == ("image/png", texted.sid)
    url = carrier.public_url + str(medium.uri).removesuffix(".json")
    assert requests.get(url, timeout=10).content == b"pixels"
    assert client.messages(texted.sid).media(medium.sid).delete()
    assert client.messages(texted.sid).media.list() == []
    assert client.messages(texted.sid).fetch().num_media == "0"


def test_api_keys_open_the_api_until_they_are_deleted(carrier: Carrier) -> None:
    with api_of(carrier) as url:
        http = Led(url)
        owner = Client(ACCOUNT, TOKEN, http_client=http)
        key = owner.new_keys.create(friendly_name="ci")
        by_key = Client(key.sid, key.secret, ACCOUNT, http_client=http)
        assert by_key.messages.list() == []
        assert [known.friendly_name for known in owner.keys.list()] == ["ci"]

        assert owner.keys(key.sid).delete()
        with pytest.raises(TwilioRestException) as refused:
            by_key.messages.create(to=HANDSET, from_=NUMBER, body="hi")
        assert (refused.value.status, refused.value.code) == (401, 20003)
        http.session.close()


def test_the_account_its_applications_and_its_short_codes_are_there(carrier: Carrier, client: Client) -> None:
    carrier.add_short_code("12345")
    account = client.api.v2010.accounts(ACCOUNT).fetch()
    assert (account.sid, str(account.status), str(account.type)) == (ACCOUNT, "active", "Full")
    application = client.applications.create(friendly_name="bot", sms_url="http://127.0.0.1:1/bot")
    assert client.applications(application.sid).update(sms_method="GET").sms_method == "GET"
    assert [found.sid for found in client.applications.list()] == [application.sid]
    assert client.applications(application.sid).delete()
    assert [code.short_code for code in client.short_codes.list()] == ["12345"]


def test_bulk_consents_set_opt_outs_and_name_what_is_wrong(carrier: Carrier, client: Client) -> None:
    (service,) = carrier.services()
    good = {
        "contact_id": HANDSET, "correlation_id": "a" * 32, "sender_id": service.sid, "status": "opt-out",
        "source": "website", "date_of_consent": "2026-03-01T10:00:00Z",
    }  # fmt: skip
    bad = {**good, "contact_id": "+19", "date_of_consent": "2026-03-25"}

    answered = client.accounts.v1.bulk_consents.create(items=[good, bad])

    assert [item["error_code"] for item in answered.items] == [0, 30646]
    assert answered.items[1]["error_messages"] == ["INVALID_CONTACT_ID", "INVALID_DATE_OF_CONSENT"]
    assert carrier.opted_out(HANDSET, service.sid)
    client.accounts.v1.bulk_consents.create(items=[{**good, "status": "opt-in"}])
    assert carrier.opt_outs() == ()


def test_alerts_are_listed_newest_first_and_shown_with_the_whole_exchange(carrier: Carrier, client: Client) -> None:
    carrier.set_inbound_url("https://elsewhere.example/sms")
    texts = [carrier.text(HANDSET, NUMBER, f"text {index}") for index in range(5)]
    assert carrier.wait_idle()

    listed = client.monitor.v1.alerts.list(page_size=2)
    assert {alert.resource_sid for alert in listed} == {text.sid for text in texts}
    pages = [client.monitor.v1.alerts.page(page_size=2, page_number=number) for number in range(3)]
    assert [alert.sid for page in pages for alert in page] == [alert.sid for alert in listed]
    second = pages[2].previous_page()
    assert second is not None
    assert [alert.sid for alert in second] == [alert.sid for alert in listed[2:4]]
    shown = client.monitor.v1.alerts(listed[0].sid).fetch()
    assert shown.error_code == "11200"
    assert "Body" in shown.request_variables
    assert client.monitor.v1.alerts.list(log_level="warning") == []
