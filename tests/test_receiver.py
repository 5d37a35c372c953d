"""The receiver: what the platform answers to the webhook and to the Track API, over WSGI."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from inbound_core import Workspace
from simulator import guard
from simulator.places import Account
from simulator.receiver import (
    STATUS_PATH,
    ReceiverConfig,
    TrackCredentials,
    receiver_blueprint,
    status_blueprint,
    track_blueprint,
)
from simulator.receiver.inbound_sms import EMPTY_TWIML
from tests.webhooks import form, signature

URL = "http://localhost/inbound/sms"
ACCOUNT = Account("AC" + "1" * 32, "a" * 32, "site", "key")


@pytest.fixture
def client(ws: Workspace) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    guard.install(app, "token")
    config = ReceiverConfig(ACCOUNT.account_sid, ACCOUNT.auth_token)
    app.register_blueprint(receiver_blueprint(ws, config))
    app.register_blueprint(status_blueprint(ws, config))
    app.register_blueprint(track_blueprint(ws, TrackCredentials(ACCOUNT.site_id, ACCOUNT.api_key)))
    with app.test_client() as client:
        yield client


def deliver(client: FlaskClient, fields: dict[str, str], url: str = URL, **headers: str) -> tuple[int, str]:
    signed = {"X-Twilio-Signature": signature(ACCOUNT, url, fields), **headers}
    response = client.post(url.removeprefix("http://localhost"), data=fields, headers=signed)
    return response.status_code, response.get_data(as_text=True)


def test_a_signed_webhook_is_answered_with_empty_twiml_once_it_is_stored(client: FlaskClient, ws: Workspace) -> None:
    status, body = deliver(client, form(ACCOUNT, "hello"))

    assert (status, body) == (200, EMPTY_TWIML)
    assert [event.data["body"] for event in ws.anonymous_events()] == ["hello"]


def test_a_query_in_the_url_is_part_of_what_is_signed(client: FlaskClient) -> None:
    assert deliver(client, form(ACCOUNT, "hello"), URL + "?shop=a%20b&x=1")[0] == 200


BAD = [
    pytest.param({}, {"X-Twilio-Signature": ""}, 403, "no X-Twilio-Signature", id="no signature"),
    pytest.param({}, {"X-Twilio-Signature": "AAAA"}, 403, "does not fit", id="wrong signature"),
    pytest.param({"AccountSid": "AC" + "9" * 32}, {}, 403, "account", id="unknown account"),
    pytest.param({"To": "+12025550177"}, {}, 404, "none of this workspace's numbers", id="unknown To"),
    pytest.param({"From": ""}, {}, 400, "lacks From", id="missing field"),
    pytest.param({"From": " "}, {}, 400, "lacks From", id="blank field"),
    pytest.param({"From": "x" * 9000}, {}, 400, "9000 characters", id="endless From"),
    pytest.param({"MessageSid": "SM1"}, {}, 400, "MessageSid", id="malformed sid"),
    pytest.param({"MessagingServiceSid": "MG1"}, {}, 400, "MessagingServiceSid", id="malformed service"),
    pytest.param({}, {"Host": "evil.example"}, 403, "allow-list", id="foreign host"),
]


@pytest.mark.parametrize(("change", "headers", "status", "said"), BAD)
def test_a_webhook_at_fault_is_refused_with_the_reason_and_nothing_is_stored(
    client: FlaskClient, ws: Workspace, change: dict[str, str], headers: dict[str, str], status: int, said: str
) -> None:
    answer, text = deliver(client, {**form(ACCOUNT, "hello"), **change}, **headers)

    assert answer == status
    assert said in text
    assert ws.activity() == []


def test_a_body_of_a_megabyte_is_refused_unread(client: FlaskClient, ws: Workspace) -> None:
    fields = form(ACCOUNT, "x" * 1_000_000)

    assert deliver(client, fields)[0] == 413
    assert ws.activity() == []


def test_the_webhook_takes_post_only(client: FlaskClient) -> None:
    for method in (client.get, client.put, client.delete):
        assert method("/inbound/sms").status_code == 405


@pytest.mark.parametrize(
    "body", ["\x00STOP", "<script>alert(1)</script>", "\U0001f642" * 400, "%00%ff", "'; DROP TABLE x"]
)
def test_any_text_arrives_as_it_was_sent(client: FlaskClient, ws: Workspace, body: str) -> None:
    assert deliver(client, form(ACCOUNT, body))[0] == 200
    assert ws.anonymous_events()[0].data["body"] == body.replace("\x00", "\ufffd")


def test_bytes_that_are_no_text_fit_no_signature(client: FlaskClient, ws: Workspace) -> None:
    fields = form(ACCOUNT, "\ufffd\ufffd")
    raw = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in fields.items() if name != "Body")
    signed = {"X-Twilio-Signature": signature(ACCOUNT, URL, fields)}
    response = client.post(
        "/inbound/sms", data=raw + "&Body=%ed%a0", headers=signed, content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 403
    assert ws.activity() == []


def test_a_store_that_refuses_is_told_to_the_carrier(client: FlaskClient, ws: Workspace) -> None:
    with ws.store.engine.connect().execution_options(writes=False) as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")

    status, text = deliver(client, form(ACCOUNT, "hello"))

    assert status == 503
    assert "not stored" in text


@pytest.mark.rule("R4")
@pytest.mark.parametrize(
    ("region", "host", "status"),
    [("us", "track.customer.io", 200), ("eu", "track-eu.customer.io", 200), ("us", "track-eu.customer.io", 404)],
)
def test_each_region_answers_only_for_its_own_workspaces(
    client: FlaskClient, ws: Workspace, region: str, host: str, status: int
) -> None:
    ws.set_region(region)
    fields = form(ACCOUNT, "hello")
    signed = {"X-Twilio-Signature": signature(ACCOUNT, f"http://{host}/inbound/sms", fields), "Host": host}

    assert client.post("/inbound/sms", data=fields, headers=signed).status_code == status
    assert len(ws.anonymous_events()) == (status == 200)


def test_behind_a_proxy_the_configured_address_is_what_was_signed(ws: Workspace) -> None:
    app = Flask(__name__)
    config = ReceiverConfig(ACCOUNT.account_sid, ACCOUNT.auth_token, "https://sms.example.com")
    app.register_blueprint(receiver_blueprint(ws, config))
    fields = form(ACCOUNT, "hello")
    signed = {"X-Twilio-Signature": signature(ACCOUNT, "https://sms.example.com/inbound/sms", fields)}

    assert app.test_client().post("/inbound/sms", data=fields, headers=signed).status_code == 200


def test_a_status_callback_is_written_down_and_a_forged_or_broken_one_is_not(client: FlaskClient) -> None:
    report = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered", "AccountSid": ACCOUNT.account_sid}
    url = f"http://localhost{STATUS_PATH}"

    assert deliver(client, report, url)[0] == 204
    assert deliver(client, {**report, "ErrorCode": "x"}, url)[0] == 400
    assert deliver(client, {**report, "MessageSid": "SM\x00" + "1" * 99}, url)[0] == 400
    assert deliver(client, {**report, "MessageStatus": ""}, url)[0] == 400
    assert deliver(client, {**report, "AccountSid": "AC" + "9" * 32}, url)[0] == 403
    assert deliver(client, report, url, **{"X-Twilio-Signature": "AAAA"})[0] == 403


# -- Track API ---------------------------------------------------------------------------------------------

AUTH = (ACCOUNT.site_id, ACCOUNT.api_key)


def test_people_are_identified_deleted_and_tracked(client: FlaskClient, ws: Workspace) -> None:
    person = {"phone": "+12025550101", "created_at": 1_700_000_000}
    assert client.put("/api/v1/customers/ana", json=person, auth=AUTH).json == {}
    assert client.post("/api/v1/customers/ana/events", json={"name": "bought", "data": {"n": 2}}, auth=AUTH).json == {}

    ana = ws.profile("ana")
    assert ana is not None
    assert (ana.phone_e164, int(ana.created_at.timestamp())) == ("+12025550101", 1_700_000_000)
    assert [(event.name, event.data["n"]) for event in ws.events("ana")] == [("bought", 2)]

    assert client.delete("/api/v1/customers/ana", auth=AUTH).status_code == 200
    assert ws.profile("ana") is None


def test_an_event_with_an_id_counts_once_and_creates_somebody_unknown(client: FlaskClient, ws: Workspace) -> None:
    event = {"name": "bought", "id": "01J"}
    for _ in range(2):
        assert client.post("/api/v1/customers/new one/events", json=event, auth=AUTH).status_code == 200

    assert len(ws.events("new one")) == 1


def test_an_event_of_an_earlier_time_keeps_it_and_of_a_later_one_happens_now(
    client: FlaskClient, ws: Workspace
) -> None:
    for name, timestamp in (("then", 1_700_000_000), ("some day", 4_000_000_000)):
        event = {"name": name, "timestamp": timestamp}
        assert client.post("/api/v1/customers/%20ana%00/events", json=event, auth=AUTH).status_code == 200

    then, some_day = ws.events("ana\ufffd")
    assert int(then.at.timestamp()) == 1_700_000_000
    assert some_day.at <= ws.now()


def nested(levels: int) -> list[Any]:
    return [nested(levels - 1)] if levels else []


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "said"),
    [
        pytest.param("PUT", "ana", {"auth": None}, 401, "Unauthorized", id="no credentials"),
        pytest.param("PUT", "ana", {"auth": ("site", "other")}, 401, "Unauthorized", id="wrong key"),
        pytest.param("PUT", "ana", {"auth": ("\u00e9", "\u00e9")}, 401, "Unauthorized", id="strange key"),
        pytest.param("PUT", "ana", {"data": "{"}, 400, "malformed JSON", id="no JSON"),
        pytest.param("PUT", "ana", {"json": [1]}, 400, "one object", id="a list"),
        pytest.param("PUT", "x" * 151, {"json": {}}, 400, "150", id="a long id"),
        pytest.param("PUT", "ana", {"json": {"created_at": "soon"}}, 400, "created_at", id="no time"),
        pytest.param("PUT", "ana", {"json": {"created_at": True}}, 400, "created_at", id="a truth value as time"),
        pytest.param("PUT", " ", {"json": {}}, 400, "id attribute cannot be an empty string", id="a blank id"),
        pytest.param("PUT", "ana", {"json": dict.fromkeys(map(str, range(301)), 1)}, 400, "300 attr", id="many"),
        pytest.param("PUT", "ana", {"json": {"n" * 151: 1}}, 400, "name cannot be longer", id="a long attribute name"),
        pytest.param("PUT", "ana", {"json": {"a": "\u00e9" * 501}}, 400, "'a' cannot be longer", id="a long value"),
        pytest.param("PUT", "ana", {"data": '{"a": 1e999}'}, 400, "beyond", id="infinity"),
        pytest.param("PUT", "ana", {"data": '{"a": ' + "[" * 15_000}, 400, "malformed JSON", id="endless brackets"),
        pytest.param("PUT", "ana", {"json": {"a": nested(60)}}, 400, "nested", id="deep brackets"),
        pytest.param("PUT", "ana", {"json": {"big": "x" * 40_000}}, 413, "32 kB", id="too large"),
        pytest.param("POST", "ana/events", {"json": {"data": {}}}, 400, "event name must not", id="no event name"),
        pytest.param("POST", "ana/events", {"json": {"name": "x" * 101}}, 400, "100 bytes", id="a long event name"),
        pytest.param(
            "POST", "ana/events", {"json": {"name": "x", "data": 3}}, 400, "must be a hash", id="no event data"
        ),
        pytest.param("POST", "ana/events", {"json": {"name": "x", "data": ""}}, 400, "must be a hash", id="empty data"),
        pytest.param("POST", "ana/events", {"json": {"name": "x", "id": "y" * 200}}, 400, "ULID", id="a long event id"),
        pytest.param(
            "POST", "ana/events", {"json": {"name": "x", "timestamp": "soon"}}, 400, "timestamp", id="no moment"
        ),
        pytest.param(
            "POST", "ana/events", {"data": '{"name":"x","data":{"a":1e999}}'}, 400, "beyond", id="endless data"
        ),
        pytest.param("GET", "ana", {}, 404, "not imitated", id="a call that is not imitated"),
        pytest.param("PUT", "", {"json": {}}, 404, "not imitated", id="no id"),
    ],
)
def test_a_call_at_fault_gets_customer_ios_error_body(
    client: FlaskClient, ws: Workspace, method: str, path: str, more: dict[str, object], status: int, said: str
) -> None:
    response = client.open(f"/api/v1/customers/{path}", method=method, **{"auth": AUTH, **more})  # type: ignore[arg-type]

    assert response.status_code == status
    assert said in response.get_json()["meta"]["error"]
    assert ws.activity() == []


def test_a_store_that_refuses_is_told_to_the_application(client: FlaskClient, ws: Workspace) -> None:
    with ws.store.engine.connect().execution_options(writes=False) as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")

    assert client.put("/api/v1/customers/ana", json={}, auth=AUTH).status_code == 503
    assert client.delete("/api/v1/customers/ana", auth=AUTH).status_code == 503


def test_credentials_do_not_show_in_a_traceback() -> None:
    shown = repr(ACCOUNT) + repr(ReceiverConfig("AC", ACCOUNT.auth_token)) + repr(TrackCredentials("s", "key"))

    assert ACCOUNT.auth_token not in shown
    assert "'key'" not in shown
