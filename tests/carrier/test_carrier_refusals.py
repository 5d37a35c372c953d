"""Refusals: what the REST API answers to paths, parameters and credentials that cannot be."""

from collections.abc import Iterator

import pytest
import requests

from simulator.carrier import Carrier
from tests.carrier.carriers import ACCOUNT, NUMBER, TOKEN, api_of, carrier_with


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made, api_of(made):
        yield made


_NUMBERS = "/2010-04-01/Accounts/{ac}/IncomingPhoneNumbers"


@pytest.mark.parametrize(
    ("path", "form", "status", "code"),
    [
        pytest.param(_NUMBERS + ".json", {"AreaCode": "415", "SmsUrl": "foo"}, 400, 21402, id="no URL"),
        pytest.param(_NUMBERS + ".json", {"AreaCode": "415", "SmsMethod": "PUT"}, 400, 21403, id="no method"),
        pytest.param(_NUMBERS + "/{number}.json", {"SmsApplicationSid": "AP00"}, 400, 21420, id="no application"),
        pytest.param(_NUMBERS + "/TollFree.json", {"AreaCode": "415"}, 400, 21452, id="no toll-free area"),
        pytest.param(_NUMBERS + "/Mobile.json", {"AreaCode": "415"}, 400, 21452, id="no mobile area"),
        pytest.param(_NUMBERS + "/Local.json", {"PhoneNumber": "+18335550199"}, 400, 21458, id="toll-free as local"),
        pytest.param("/v1/Services/{service}", {"FriendlyName": ""}, 400, 20001, id="a service loses its name"),
        pytest.param("/v1/Services/{service}", {"InboundRequestUrl": "foo"}, 400, 20001, id="no URL of a service"),
        pytest.param("/v1/Services/{service}/ShortCodes", {"ShortCodeSid": "{number}"}, 404, 20404, id="no short code"),
        pytest.param("/v1/Services/{service}/PhoneNumbers", {"PhoneNumberSid": "PN00"}, 404, 20404, id="no number"),
        pytest.param("/v1/Services/{service}/AlphaSenders", {}, 400, 21708, id="no name"),
        pytest.param("/v1/Services/{service}/AlphaSenders", {"AlphaSender": "12345"}, 400, 21709, id="digits only"),
    ],
)
def test_what_a_number_or_a_pool_cannot_be_is_refused_and_changes_nothing(
    carrier: Carrier, path: str, form: dict[str, str], status: int, code: int
) -> None:
    names = {"ac": ACCOUNT, "number": carrier.number(NUMBER).sid, "service": carrier.services()[0].sid}
    before = carrier.numbers(), carrier.services()
    given = {name: value.format(**names) for name, value in form.items()}
    answer = requests.post(carrier.public_url + path.format(**names), given, auth=(ACCOUNT, TOKEN), timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (carrier.numbers(), carrier.services()) == before


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", "/2010-04-01/Accounts/{ac}/Calls.json", 501, 20001, id="calls are not imitated"),
        pytest.param("POST", "/v2/Services/VA00/Verifications", 501, 20001, id="Verify is not imitated"),
        pytest.param("GET", "/v3/Channels", 501, 20001, id="nor is anything of v3"),
        pytest.param("DELETE", "/2010-04-01/Accounts/{ac}/Messages.json", 405, 20004, id="wrong method"),
        pytest.param("GET", "/2010-04-01/Accounts/AC00/Messages.json", 404, 20404, id="another account"),
        pytest.param("GET", "/2010-04-01/Accounts/{ac}/Messages/SM00.json", 404, 20404, id="unknown message"),
        pytest.param("GET", "/2010-04-01/Accounts/{ac}/Messages.json?PageSize=x", 400, 20001, id="page size"),
        pytest.param("GET", "/2010-04-01/Accounts/{ac}/Messages.json?DateSent=soon", 400, 20001, id="date"),
        pytest.param("GET", "/2010-04-01/Accounts/{ac}/Messages.json?PageToken=x", 400, 21481, id="page token"),
        pytest.param("GET", f"/v1/Alerts?PageToken=PANO{'0' * 32}", 400, 21481, id="page token of nothing"),
        pytest.param("GET", "/v1/Services/MG00", 404, 20404, id="unknown service"),
        pytest.param("POST", "/v1/Services", 400, 20001, id="service without a name"),
    ],
)
def test_what_is_not_there_is_refused_in_twilios_shape(
    carrier: Carrier, method: str, path: str, status: int, code: int
) -> None:
    url = carrier.public_url + path.format(ac=ACCOUNT)
    answer = requests.request(method, url, auth=(ACCOUNT, TOKEN), timeout=10)
    document = answer.json()
    assert (answer.status_code, document["code"], document["status"]) == (status, code, status)
    assert answer.headers["Twilio-Request-Id"].startswith("RQ")
    assert 0 <= float(answer.headers["Twilio-Request-Duration"]) < 10
    assert document["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    if status == 501:
        assert f"{method} {path.format(ac=ACCOUNT)}." in document["message"]


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param(None, id="none"),
        pytest.param((ACCOUNT, "wrong"), id="wrong token"),
        pytest.param(("AC" + "2" * 32, TOKEN), id="another account"),
        pytest.param(("SK" + "2" * 32, TOKEN), id="unknown key"),
    ],
)
def test_nothing_is_shown_without_the_right_credentials(carrier: Carrier, credentials: tuple[str, str] | None) -> None:
    url = f"{carrier.public_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = requests.get(url, auth=credentials, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert "messages" not in answer.json()
