"""What the fake Twilio promises: the first minute of use, and the table of what it imitates."""

import html
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

import simulator.carrier
from simulator.carrier import Carrier, CarrierConfig
from simulator.carrier.capabilities import CAPABILITIES, Certainty, markdown_table
from simulator.carrier.signing import sign
from tests.carrier.applications import Application, running, stubborn
from tests.carrier.carriers import (
    ACCOUNT,
    HANDSET,
    NUMBER,
    SERVICE_NUMBER,
    TOKEN,
    api_of,
    carrier_with,
    sdk_client,
    text_and_wait,
)


def reply_to_yes(carrier: Carrier, client: Any, application: Application) -> object:
    application.answer("<Response><Message>Thanks!</Message></Response>")
    text_and_wait(carrier, "YES")
    return [(m.body, m.direction) for m in client.messages.list(to=HANDSET)]


def code_of_sending(client: Any, **message: Any) -> object:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{"to": HANDSET, "from_": NUMBER, "body": "hi", **message})
    return refused.value.code


def stop_then_send(carrier: Carrier, client: Any, application: Application) -> object:
    text_and_wait(carrier, "STOP")
    return code_of_sending(client)


def segments(carrier: Carrier, client: Any, application: Application) -> object:
    bodies = ("👍" * 40, "x" * 320, "€" * 100)
    return [client.messages.create(to=HANDSET, from_=NUMBER, body=body).num_segments for body in bodies]


def too_long(carrier: Carrier, client: Any, application: Application) -> object:
    return code_of_sending(client, body="x" * 1601)


def no_number(carrier: Carrier, client: Any, application: Application) -> object:
    return code_of_sending(client, to="notanumber")


def magic(carrier: Carrier, client: Any, application: Application) -> object:
    return [code_of_sending(client, to=to) for to in ("+15005550001", "+15005550009")]


def status_later(carrier: Carrier, client: Any, application: Application) -> object:
    sent = client.messages.create(to=HANDSET, from_=NUMBER, body="hi")
    assert carrier.wait_idle()
    return [sent.status, client.messages(sent.sid).fetch().status]


def failing_webhook(carrier: Carrier, client: Any, application: Application) -> object:
    application.answer("", 500)
    application.answer("<Response><Message>sorry</Message></Response>", path="/fallback")
    text_and_wait(carrier, "hello")
    return [len(application.of("/sms")), len(application.of("/fallback")), carrier.conversation(HANDSET)[-1].body]


def without_credentials(carrier: Carrier, client: Any, application: Application) -> object:
    url = f"{carrier.public_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    return requests.get(url, timeout=10).status_code


@pytest.mark.parametrize(
    ("probe", "answer"),
    [
        pytest.param(reply_to_yes, [("Thanks!", "outbound-reply")], id="a TwiML answer is sent"),
        pytest.param(stop_then_send, 21610, id="STOP, then send"),
        pytest.param(segments, ["2", "3", "2"], id="40 emoji, 320 GSM, 100 euro"),
        pytest.param(too_long, 21617, id="1601 characters"),
        pytest.param(no_number, 21211, id="To=notanumber"),
        pytest.param(magic, [21211, 21614], id="magic numbers"),
        pytest.param(status_later, ["queued", "delivered"], id="the status moves by itself"),
        pytest.param(failing_webhook, [1, 1, "sorry"], id="a webhook that fails goes to the fallback URL"),
        pytest.param(without_credentials, 401, id="no credentials, no messages"),
    ],
)
def test_the_first_minute_gets_twilios_answers(probe: Any, answer: object) -> None:
    with carrier_with() as carrier, running() as application, sdk_client(carrier) as client:
        carrier.set_inbound_url(application.url, f"{application.base}/fallback")
        assert probe(carrier, client, application) == answer


def test_where_the_switch_says_so_lists_begin_with_the_oldest() -> None:
    with carrier_with(newest_first=False) as carrier, sdk_client(carrier) as client:
        carrier.set_inbound_url("http://user@localhost:0/")  # an alert for each message
        for number in range(7):
            carrier.text(HANDSET, NUMBER, f"text {number}")
        assert carrier.wait_idle()

        assert [message.body for message in client.messages.list(page_size=3)] == [f"text {n}" for n in range(7)]
        second = client.messages.page(page_size=3).next_page()
        assert second is not None
        assert [message.body for message in second] == ["text 3", "text 4", "text 5"]
        first = second.previous_page()
        assert first is not None
        assert [message.body for message in first] == ["text 0", "text 1", "text 2"]
        assert [message.body for message in client.messages.page(page_size=3, page_number=2)] == ["text 6"]
        assert list(client.messages.page(page_size=3, page_number=3)) == []

        alerts = [alert.sid for alert in client.monitor.v1.alerts.list(page_size=2)]
        assert alerts == [alert.sid for alert in carrier.alerts()]
        assert len(alerts) == 7


def test_under_which_status_a_taken_sender_is_refused_is_a_switch() -> None:
    for settings, status in (({}, 409), ({"taken_sender_status": 400}, 400)):
        with carrier_with(**settings) as carrier, sdk_client(carrier) as client:
            (service,) = carrier.services()
            for sid, code in ((service.sid, 21710), (carrier.add_service("Other").sid, 21712)):
                with pytest.raises(TwilioRestException) as taken:
                    client.messaging.v1.services(sid).phone_numbers.create(carrier.number(SERVICE_NUMBER).sid)
                assert (taken.value.status, taken.value.code) == (status, code)


def test_every_switch_named_in_the_table_is_one_and_every_assumption_is_told() -> None:
    known = {field.name for field in fields(CarrierConfig)}
    named = {row.switch for row in CAPABILITIES if row.switch}
    assert named <= known
    assert {row.certainty for row in CAPABILITIES} == set(Certainty)
    assert [row.behaviour for row in CAPABILITIES if row.certainty is Certainty.ASSUMED and not row.switch] == []
    text = Path(str(simulator.carrier.config.__file__)).read_text(encoding="utf-8")
    assumed = text.split("# -- assumed")[1]
    assert {name for name in known if f"    {name}:" in assumed} <= named


def test_the_readme_shows_the_same_table() -> None:
    assert markdown_table() in (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_table_is_shown_to_programs_and_people() -> None:
    with carrier_with() as carrier, api_of(carrier) as url:
        rows = requests.get(f"{url}/capabilities", timeout=10).json()["capabilities"]
        page = requests.get(f"{url}/capabilities", headers={"Accept": "text/html"}, timeout=10)
    assert len(rows) == len(CAPABILITIES)
    assert page.headers["Content-Type"].startswith("text/html")
    assert all(row["behaviour"] in html.unescape(page.text) and row["switch"] in page.text for row in rows)
    assert "/static/" not in page.text, "alone it has no style to ask for"


def test_a_webhook_that_twilios_validator_refuses_is_noticed_in_any_test(
    monkeypatch: pytest.MonkeyPatch, refused_webhooks: list[str]
) -> None:
    monkeypatch.setattr("simulator.carrier.webhooks.sign", lambda _token, base: sign("another key", base))
    with carrier_with() as carrier, stubborn(b"HTTP/1.1 204 No Content\r\n\r\n") as url:
        carrier.set_inbound_url(url)
        sid = text_and_wait(carrier)
    assert refused_webhooks == [f"POST {url} of {sid}"]
    refused_webhooks.clear()


def test_the_carrier_imports_nothing_of_the_engine() -> None:
    folder = Path(str(simulator.carrier.__file__)).parent
    sources = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    assert len(sources) > 20
    assert not [source for source in sources if "import inbound_core" in source or "from inbound_core" in source]


def test_the_repr_of_a_config_does_not_show_the_token() -> None:
    assert TOKEN not in repr(CarrierConfig(ACCOUNT, TOKEN))
