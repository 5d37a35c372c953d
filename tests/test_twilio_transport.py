"""Sending by Twilio's SDK where nobody answers: what is told, and whether the message may have been taken."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from inbound_core.messages import OutboundMessage
from inbound_core.sending import TransportError
from inbound_core.twilio.transport import TwilioTransport

MESSAGE = OutboundMessage("+12025550101", "+15551234567", "Hello")


@contextmanager
def nobody() -> Iterator[int]:
    """Give a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield free.getsockname()[1]


@contextmanager
def silence() -> Iterator[int]:
    """Give a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def hanging_up() -> Iterator[int]:
    """Give a port that takes a request and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            taken, _ = server.accept()
            taken.recv(65_536)
            taken.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    ("other_side", "told", "uncertain"),
    [
        pytest.param(nobody, "nothing takes connections at {}. Is the simulator running?", False, id="nobody is there"),
        pytest.param(silence, "nothing came from {} in time. Is the simulator running?", True, id="no word comes"),
        pytest.param(hanging_up, "the connection to {} broke off. Is the simulator running?", True, id="it hangs up"),
    ],
)
def test_a_message_that_nobody_answers_for_is_told_in_plain_words(other_side, told: str, uncertain: bool) -> None:
    with other_side() as port:
        address = f"http://127.0.0.1:{port}"
        transport = TwilioTransport("AC" + "1" * 32, "token", address, timeout=0.3)

        with pytest.raises(TransportError) as refused:
            transport(MESSAGE)

    assert str(refused.value) == f"Twilio did not answer: {told.format(address)}"
    assert (refused.value.uncertain, refused.value.passing) == (uncertain, not uncertain)


def test_a_search_that_nobody_answers_is_told_likewise() -> None:
    with nobody() as port:
        transport = TwilioTransport("AC" + "1" * 32, "token", f"http://127.0.0.1:{port}", timeout=0.3)

        with pytest.raises(TransportError, match=rf"nothing takes connections at http://127.0.0.1:{port}\. Is the"):
            transport.find(MESSAGE, datetime(2026, 11, 27, tzinfo=UTC))
