"""In process: webhooks and messages that go from one side to the other without sockets and threads in between."""

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from inbound_core.messages import OutboundMessage
from inbound_core.sending import TransportError
from simulator.carrier import Carrier, fetching
from simulator.carrier.errors import ApiError
from simulator.carrier.fetching import Exchange
from simulator.carrier.interference import Wire
from simulator.carrier.overrides import Connection
from simulator.carrier.sockets import OpenSockets
from simulator.faults import Faults
from simulator.scenarios.api_faults import answer_to

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def call_app(
    app: WsgiApp, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, dict[str, str], bytes]:
    """Call a WSGI application as a server does; give status, headers (names in lower case) and body."""
    content = body or b""
    environ: dict[str, Any] = {
        **_address(url),
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
    }
    for name, value in headers.items():
        environ[_variable(name)] = value
    answer: list[Any] = []

    def start_response(status: str, given: list[tuple[str, str]], _error: Any = None) -> Any:
        answer[:] = [int(status.partition(" ")[0]), {name.lower(): value for name, value in given}]

    found = app(environ, start_response)
    try:
        text = b"".join(found)
    finally:
        getattr(found, "close", lambda: None)()
    return answer[0], answer[1], text


@lru_cache(maxsize=128)
def _address(url: str) -> Mapping[str, Any]:
    """Give what is the same in the environment of every request to a URL."""
    parts = urlsplit(url)
    return {
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


@lru_cache(maxsize=128)
def _variable(header: str) -> str:
    """Give the name under which a header stands in the environment of a request."""
    key = header.upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"


def wire_to(app: WsgiApp, base_url: str) -> Wire:
    """Give a wire that leads requests under a base URL straight to an application, and others over the network."""
    prefix = f"{base_url}/"

    def exchange(
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
        limits: Connection,
        deadline: float,
        open_sockets: OpenSockets,
    ) -> Exchange:
        if not url.startswith(prefix):
            return fetching.exchange(method, url, headers, body, limits, deadline, open_sockets)
        return fetching.judged(*call_app(app, method, url, headers, body))

    return exchange


class InProcessTransport:
    """Send as the simulator's REST API does, faults included, without a request; raise `TransportError` likewise."""

    def __init__(self, carrier: Carrier, faults: Faults) -> None:
        self._carrier = carrier
        self._faults = faults

    def __call__(self, message: OutboundMessage) -> str:
        """Send one message and give its MessageSid."""
        plan = self._faults.api_fault(message.to_phone, message.body)
        if plan is not None:
            if plan.kind == "hang":
                self._faults.clock.sleep(plan.seconds)
                raise TransportError("Twilio did not answer in time.")
            code, _, text = answer_to(plan)
            raise _refused(text, code)
        by_service = message.sender.startswith("MG")
        try:
            sent = self._carrier.send(
                message.to_phone,
                message.body,
                from_=None if by_service else message.sender,
                messaging_service_sid=message.sender if by_service else None,
            )
        except ApiError as error:
            raise _refused(error.message, error.code) from error
        return sent.sid


def _refused(text: str, code: int) -> TransportError:
    return TransportError(f"Twilio refused the message: Unable to create record: {text} ({code}).", code)
