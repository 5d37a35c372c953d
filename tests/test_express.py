"""The express way of webhooks: the same answers as the whole application gives, whatever comes."""

from typing import Any
from urllib.parse import urlencode

import pytest

from inbound_core import Workspace
from simulator import guard
from simulator.app import AppConfig, create_app
from simulator.carrier import Carrier, CarrierConfig
from simulator.in_process import call_app
from simulator.places import Account
from simulator.receiver import Express
from tests.webhooks import form, signature

URL = "http://127.0.0.1:8025/inbound/sms"
ACCOUNT = Account("AC" + "1" * 32, "a" * 32, "site", "key")
FORM_TYPE = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def express() -> Any:
    with Workspace.open() as ws:
        carrier = Carrier(CarrierConfig(ACCOUNT.account_sid, ACCOUNT.auth_token))
        yield create_app(AppConfig(ws, carrier, ACCOUNT, "token")).wsgi_app
        carrier.close()


def asked(fields: dict[str, str], url: str = URL, body: bytes | None = None, **headers: str) -> dict[str, Any]:
    signed = {"X-Twilio-Signature": signature(ACCOUNT, url, fields), "Content-Type": FORM_TYPE}
    content = urlencode(fields).encode() if body is None else body
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"method": "POST", "url": url, "headers": {**signed, **given}, "body": content}


HELLO = form(ACCOUNT, "h\u00e9llo & goodbye + 100 %")


@pytest.mark.parametrize(
    ("request_of", "status"),
    [
        pytest.param(asked(HELLO), 200, id="as usual"),
        pytest.param(asked(HELLO, Content_Type=f"{FORM_TYPE}; charset=UTF-8"), 200, id="with a charset"),
        pytest.param(asked({**HELLO, "Empty": ""}), 200, id="an empty field"),
        pytest.param(asked(HELLO, URL + "?shop=a%20b"), 200, id="a query"),
        pytest.param(asked(HELLO, "http://127.0.0.1:80/inbound/sms"), 200, id="the usual port"),
        pytest.param(asked(HELLO, "http://127.0.0.1/inbound/sms"), 200, id="no port"),
        pytest.param(asked(HELLO, X_Twilio_Signature="AAAA"), 403, id="a wrong signature"),
        pytest.param(asked(HELLO, X_Twilio_Signature=""), 403, id="no signature"),
        pytest.param(asked({**HELLO, "AccountSid": "AC" + "9" * 32}), 403, id="another account"),
        pytest.param(asked({"AccountSid": ACCOUNT.account_sid}), 400, id="no message"),
        pytest.param(asked({**HELLO, "MessageSid": "SM1"}), 400, id="a broken MessageSid"),
        pytest.param(asked(HELLO, body=b"Body=%FF&To=%2B"), 403, id="no UTF-8"),
        pytest.param(asked(HELLO, body="Body=\u00e9".encode("latin-1")), 403, id="no ASCII"),
        pytest.param(asked(HELLO, "http://track.customer.io:8025/inbound/sms"), 200, id="the platform's own host"),
        pytest.param(asked(HELLO, "http://track-eu.customer.io/inbound/sms"), 404, id="another region's host"),
        pytest.param(asked(HELLO, "http://elsewhere.example:8025/inbound/sms"), 403, id="a foreign host"),
        pytest.param(asked({**HELLO, "Body": "x" * 70_000}), 413, id="too large"),
        pytest.param({**asked(HELLO), "method": "GET"}, 405, id="a GET"),
    ],
)
def test_an_answer_is_the_one_that_the_whole_application_gives(
    express: Express, request_of: dict[str, Any], status: int
) -> None:
    found = call_app(express, **request_of)

    assert found == call_app(express.app, **request_of)
    assert found[0] == status
    assert all(found[1][name.lower()] == value for name, value in guard.STRICT_HEADERS.items())
