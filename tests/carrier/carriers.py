"""A fake Twilio to test with: one stand-alone number, one in a service, and the official SDK pointed at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.carrier import Carrier, CarrierConfig, SeededIds, rest_blueprint
from simulator.clock import Clock
from tests.carrier.applications import TOKEN, serving

ACCOUNT = "AC" + "1" * 32
NUMBER = "+12025550199"
SERVICE_NUMBER = "+12025550142"
HANDSET = "+12025550101"


@contextmanager
def carrier_with(clock: Clock | None = None, **settings: Any) -> Iterator[Carrier]:
    """Give an account with a stand-alone number and a service of one number, with seeded ids."""
    carrier = Carrier(CarrierConfig(ACCOUNT, TOKEN, **settings), clock, SeededIds("tests"))
    carrier.add_number(NUMBER)
    carrier.add_number(SERVICE_NUMBER, service_sid=carrier.add_service("Marketing").sid)
    try:
        yield carrier
    finally:
        carrier.close()


def text_and_wait(carrier: Carrier, body: str = "hello", to: str = NUMBER) -> str:
    """Let the handset text, wait until everything that follows is done, and give the message's sid."""
    sid = carrier.text(HANDSET, to, body).sid
    assert carrier.wait_idle(40)
    return sid


def codes(carrier: Carrier) -> list[int]:
    """Give the codes of the alerts, oldest first."""
    return [alert.error_code for alert in carrier.alerts()]


@contextmanager
def api_of(carrier: Carrier) -> Iterator[str]:
    """Serve the REST API of a carrier and give its base URL."""
    app = Flask("twilio")
    app.register_blueprint(rest_blueprint(carrier))
    with serving(app) as url:
        carrier.public_url = url
        yield url


class Led(TwilioHttpClient):  # type: ignore[misc]
    """Lead the SDK's requests to another host; the whole change an application needs."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=10)
        self.base = urlsplit(base)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        local = urlsplit(url)._replace(scheme=self.base.scheme, netloc=self.base.netloc).geturl()
        return super().request(method, local, *args, **kwargs)


@contextmanager
def sdk_client(carrier: Carrier) -> Iterator[Client]:
    """Give Twilio's own client, its requests led to the carrier."""
    with api_of(carrier) as url:
        http = Led(url)
        yield Client(carrier.account_sid, carrier.auth_token, http_client=http)
        http.session.close()
