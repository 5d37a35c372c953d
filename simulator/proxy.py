"""Proxy: lead an unmodified application's calls to Twilio to the simulator, by environment variables alone.

A request to a host of twilio.com is decrypted under a certificate of our own and given to the simulator; all
other traffic passes through untouched and unread.
"""

import http.client
import selectors
import socket
import ssl
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from inbound_core.errors import SetupError
from simulator.carrier.sockets import OpenSockets
from simulator.certificates import Authority

#: Seconds without any traffic after which a connection is given up.
IDLE = 120.0
#: Seconds in which another host has to take a connection.
CONNECT = 10.0
#: Bytes of the largest request to Twilio that is passed on.
LARGEST = 1024 * 1024
#: The header that tells the simulator which host a request was for.
HOST_HEADER = "X-Simulated-Host"
_NO_HOST = "That is no host"
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
               "trailer", "transfer-encoding", "upgrade", "content-length", "date", "server"}  # fmt: skip


class ProxyError(SetupError, OSError):
    """Report a proxy that cannot start, with the remedy."""


def is_twilio(host: str) -> bool:
    """Tell whether a host is Twilio's, so that its requests go to the simulator.

    >>> is_twilio("api.twilio.com"), is_twilio("api.dublin.ie1.twilio.com"), is_twilio("nottwilio.com")
    (True, True, False)
    """
    name = host.lower().rstrip(".")
    return name == "twilio.com" or name.endswith(".twilio.com")


def environment(proxy_url: str, authority: Authority) -> Mapping[str, Mapping[str, str]]:
    """Give the variables that an application needs, by the language of its SDK."""
    files = authority.files
    return {
        "python": {"HTTPS_PROXY": proxy_url, "REQUESTS_CA_BUNDLE": str(files.bundle)},
        # Twilio's Node SDK reads HTTP_PROXY for its https requests too.
        "node": {"HTTP_PROXY": proxy_url, "NODE_EXTRA_CA_CERTS": str(files.certificate)},
    }


class Proxy:
    """Run a proxy on a port of this machine until it is closed. Use it in a `with` block, or call `close`.

    `target` is the simulator's URL. Raise `ProxyError` when the port is taken or the target is no http URL.
    """

    def __init__(self, target: str, authority: Authority, host: str = "127.0.0.1", port: int = 0) -> None:
        parts = urlsplit(target)
        if parts.scheme != "http" or not parts.hostname:
            raise ProxyError(f"{target!r} is not the URL of a simulator. It looks like http://127.0.0.1:8025.")
        self.authority = authority
        try:
            self._server = _Server((host, port), parts.hostname, parts.port or 80, authority)
        except OSError as error:
            raise ProxyError(
                f"The proxy cannot listen on {host}:{port}: {error.strerror}. Choose another port, or 0 for any."
            ) from error
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="proxy", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end the connections."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    """Hold what the handlers need. The standard server is enough: it speaks to programs of this machine only."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], host: str, port: int, authority: Authority) -> None:
        self.target = (host, port)
        self.authority = authority
        self.connections = OpenSockets()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.track(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.connections.finish(request)

    def server_close(self) -> None:
        super().server_close()
        self.connections.shut_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that go away in the middle; everything else is shown."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answer one client: CONNECT to a host, then, for Twilio's, the requests inside."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE
    _twilio_host = ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Print nothing: requests carry credentials and numbers."""

    def do_CONNECT(self) -> None:
        """Open a way to a host: into the simulator for Twilio's, straight through for any other."""
        host, _, port = self.path.rpartition(":")
        host = host.strip("[]")
        if not host or not port.isdecimal() or int(port) > 65_535:
            self.send_error(400, "Name the host and port, as in CONNECT api.twilio.com:443")
        elif is_twilio(host):
            self._become(host)
        else:
            self._tunnel(host, int(port))

    def _become(self, host: str) -> None:
        try:
            context = self.server.authority.context(host)
        except ValueError:
            self.send_error(400, _NO_HOST)
            return
        self._established()
        secured = self.server.connections.wrap(self.connection, context, server_side=True)
        self.connection, self._twilio_host = secured, host
        secured.do_handshake()
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def _established(self) -> None:
        self.send_response_only(200, "Connection Established")
        self.end_headers()
        self.wfile.flush()

    def finish(self) -> None:
        super().finish()
        if self._twilio_host:
            self.server.connections.finish(self.connection)

    def _tunnel(self, host: str, port: int) -> None:
        try:
            other = socket.create_connection((host, port), CONNECT)
        except (OSError, UnicodeError) as error:  # a name that no lookup can carry is a UnicodeError
            self.send_error(502, f"{host}:{port} was not reached: {error}")
            return
        with other:
            self._established()
            _relay(self.connection, other)
        self.close_connection = True

    def pass_request(self) -> None:
        """Pass one plain request on, to the simulator or to the host that it names."""
        try:
            parts = urlsplit(self.path)
            host, port = self._twilio_host or parts.hostname or "", parts.port or 80
        except ValueError:
            self.send_error(400, _NO_HOST)
            return
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        body = self._body()
        if body is None:
            return
        if is_twilio(host):
            where = self.server.target
            extra = {"Host": f"{where[0]}:{where[1]}", HOST_HEADER: host}
        elif parts.scheme == "http" and host:
            where, extra = (host, port), {}
        else:
            self.send_error(400, "This is a proxy: ask for an absolute http URL, or CONNECT to a host")
            return
        self._pass_on(where, target, body, extra)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self.send_error(411, "Send a Content-Length")
        elif int(length) > LARGEST:
            self.send_error(413, "The request is too large")
        else:
            return self.rfile.read(int(length))
        self.close_connection = True
        return None

    def _pass_on(self, where: tuple[str, int], target: str, body: bytes, extra: dict[str, str]) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        headers.update(extra)
        if extra:
            headers.pop("host", None)
        connection = http.client.HTTPConnection(*where, timeout=IDLE)
        try:
            connection.request(self.command, target, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            self.send_error(502, f"{where[0]}:{where[1]} did not answer: {error}. Does the simulator run there?")
            return
        finally:
            connection.close()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


# The base class looks a handler up by the method's name.
for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
    setattr(_Handler, f"do_{_method}", _Handler.pass_request)


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Copy bytes both ways until either side ends or both are silent for too long."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while ready := selector.select(IDLE):
            for key, _ in ready:
                source: Any = key.fileobj
                data = source.recv(65_536)
                if not data:
                    return
                key.data.sendall(data)
