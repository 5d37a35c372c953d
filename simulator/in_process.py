"""In process: call the simulator's own application as HTTP would, without sockets and threads in between."""

import base64
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from inbound_core.messages import OutboundMessage
from inbound_core.sending import TransportError
from simulator.carrier import fetching
from simulator.carrier.fetching import Exchange
from simulator.carrier.interference import Wire
from simulator.carrier.overrides import Connection
from simulator.carrier.sockets import OpenSockets

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def call_app(
    app: WsgiApp, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, dict[str, str], bytes]:
    """Call a WSGI application as a server does; give status, headers (names in lower case) and body."""
    parts = urlsplit(url)
    content = body or b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
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
        status, found, content = call_app(app, method, url, headers, body)
        if status < 400:
            return Exchange(status, found, content)
        return Exchange(status, found, content, 11200, f"the application answered {status}", f"{status // 100}xx")

    return exchange


class InProcessTransport:
    """Send through the simulator's REST API without a socket; raise `TransportError` when it refuses."""

    def __init__(self, app: WsgiApp, base_url: str, account_sid: str, auth_token: str) -> None:
        self._app = app
        self._url = f"{base_url}/2010-04-01/Accounts/{account_sid}/Messages.json"
        secret = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/x-www-form-urlencoded"}

    def __call__(self, message: OutboundMessage) -> str:
        """Send one message and give its MessageSid."""
        sender = "MessagingServiceSid" if message.sender.startswith("MG") else "From"
        form = urlencode({"To": message.to_phone, "Body": message.body, sender: message.sender})
        status, _, body = call_app(self._app, "POST", self._url, self._headers, form.encode())
        if status == 504:
            raise TransportError("Twilio did not answer in time.")
        values = json.loads(body)
        if status >= 400:
            raise TransportError(
                f"Twilio refused the message: Unable to create record: {values.get('message')} ({values.get('code')}).",
                values.get("code"),
            )
        return str(values["sid"])
