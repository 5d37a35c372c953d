"""A fake Twilio to test with: one stand-alone number, one in a service, and the official SDK pointed at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from twilio.rest import Client

from inbound_core.twilio.transport import _client_for
from simulator.carrier import Carrier, CarrierConfig, SeededIds, rest_blueprint
from simulator.clock import Clock
from tests.carrier.applications import serving

ACCOUNT = "AC" + "1" * 32
TOKEN = "a-token-of-the-tests"
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


@contextmanager
def api_of(carrier: Carrier) -> Iterator[str]:
    """Serve the REST API of a carrier and give its base URL."""
    app = Flask("twilio")
    app.register_blueprint(rest_blueprint(carrier))
    with serving(app) as url:
        carrier.public_url = url
        yield url


@contextmanager
def sdk_client(carrier: Carrier) -> Iterator[Client]:
    """Give Twilio's own client, its requests led to the carrier."""
    with api_of(carrier) as url:
        http = _client_for(url, 10)
        yield Client(carrier.account_sid, carrier.auth_token, http_client=http)
        http.session.close()
