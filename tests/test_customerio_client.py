"""Customer.io's own Python client identifies people against the simulator, unchanged but for the host."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from customerio import CustomerIO, CustomerIOException
from requests.adapters import HTTPAdapter

from simulator import Simulator, start

ANA = "+12025550101"


class ToSimulator(HTTPAdapter):
    """Carry what the client sends by https, the only way it knows, to the simulator's http."""

    def __init__(self, url: str) -> None:
        self.base = urlsplit(url)
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = urlsplit(request.url)._replace(scheme=self.base.scheme, netloc=self.base.netloc).geturl()
        return super().send(request, *args, **kwargs)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with start() as simulator:
        yield simulator


def client_of(sim: Simulator, api_key: str | None = None) -> CustomerIO:
    client = CustomerIO(sim.account.site_id, api_key or sim.account.api_key, host="127.0.0.1", retries=0)
    client.http.mount("https://", ToSimulator(sim.url))
    return client


@pytest.mark.rule("R3")
def test_people_come_change_and_go_and_their_replies_follow(sim: Simulator) -> None:
    with client_of(sim) as client:
        client.identify("a/b c", phone="(202) 555-0101", created_at=datetime(2024, 1, 1, tzinfo=UTC), plan="pro")
        client.track("a/b c", "purchased", {"price": 12.5})
        first = sim.text(ANA, "hello").explanation
        client.delete("a/b c")
        second = sim.text(ANA, "hello").explanation

    assert first is not None
    assert second is not None
    assert (first.attributed_to, second.attributed_to) == ("a/b c", None)
    assert [event.name for event in sim.workspace.events("a/b c")] == ["purchased", "inbound_sms"]
    assert first.candidates[0].created_at == datetime(2024, 1, 1, tzinfo=UTC)


def test_wrong_credentials_are_refused_as_customer_io_does(sim: Simulator) -> None:
    with client_of(sim, "wrong") as client, pytest.raises(CustomerIOException, match=r"401: .*Unauthorized request"):
        client.identify("ana", phone=ANA)
    assert sim.workspace.profiles() == []


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"note": "x" * 1001}, "400: .*value for attribute 'note' cannot be longer than 1000 bytes"),
        ({"note": "x" * 40_000}, "413: .*32 kB"),
    ],
)
def test_what_customer_io_would_not_take_is_refused_in_its_words(
    sim: Simulator, attributes: dict[str, str], said: str
) -> None:
    with client_of(sim) as client, pytest.raises(CustomerIOException, match=said):
        client.identify("ana", phone=ANA, **attributes)
    assert sim.workspace.profiles() == []


def test_an_event_is_filled_in_at_the_time_it_had(sim: Simulator) -> None:
    with client_of(sim) as client:
        client.backfill("ana", "signed up", datetime(2024, 1, 1, tzinfo=UTC), plan="pro")

    assert [event.at for event in sim.workspace.events("ana")] == [datetime(2024, 1, 1, tzinfo=UTC)]
