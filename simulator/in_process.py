"""In process: webhooks and messages that go from one side to the other without sockets and threads in between."""

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from inbound_core.messages import OutboundMessage
from inbound_core.sending import TransportError
from simulator.carrier import Carrier, fetching
from simulator.carrier.errors import ApiError
from simulator.carrier.fetching import Exchange
from simulator.carrier.interference import Wire
from simulator.carrier.message_store import MessageFilter
from simulator.carrier.overrides import Connection
from simulator.carrier.sockets import OpenSockets
from simulator.faults import Faults
from simulator.scenarios.api_faults import answer_to

#: Seconds after which `TwilioTransport` waits for an answer no longer.
_LONGEST_ANSWER = 15.0

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
    """Send as `TwilioTransport` does through the simulator's REST API, faults included, but without a request.

    Calling it and `find` raise `TransportError` as that does, so that what is tried again over HTTP is so here.
    """

    def __init__(self, carrier: Carrier, faults: Faults) -> None:
        self._carrier = carrier
        self._faults = faults

    def __call__(self, message: OutboundMessage) -> str:
        """Send one message and give its MessageSid."""
        self._fail_as_armed(message.to_phone, message.body)
        by_service = message.sender.startswith("MG")
        try:
            sent = self._carrier.send(
                message.to_phone,
                message.body,
                from_=None if by_service else message.sender,
                messaging_service_sid=message.sender if by_service else None,
            )
        except ApiError as error:
            raise _refused(error.message, error.code, error.status) from error
        return sent.sid

    def find(self, message: OutboundMessage, since: datetime) -> tuple[str, ...]:
        """Give the MessageSids of messages that were taken to, from and with the body of this one since a time."""
        # The faults of the API are by what is sent, and a list sends nothing.
        self._fail_as_armed("", "")
        taken = self._carrier.messages(200, MessageFilter(to_phone=message.to_phone))
        return tuple(
            item.sid
            for item in reversed(taken)
            if item.body == message.body
            and message.sender in (item.messaging_service_sid, item.from_phone)
            and item.created_at >= since.replace(microsecond=0)
        )

    def _fail_as_armed(self, handset: str, body: str) -> None:
        plan = self._faults.api_fault(handset, body)
        if plan is None:
            return
        if plan.kind == "hang":
            self._faults.clock.sleep(min(plan.seconds, _LONGEST_ANSWER))
            if plan.seconds >= _LONGEST_ANSWER:
                raise TransportError("Twilio did not answer in time.", uncertain=True)
        code, status, text = answer_to(plan)
        raise _refused(text, code, status)


def _refused(text: str, code: int, status: int) -> TransportError:
    passing = status == 429 or status >= 500
    told = f"Twilio refused the message: Unable to create record: {text} ({code})."
    return TransportError(told, code, passing=passing)
