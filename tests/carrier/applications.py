"""Applications under test: real servers that note what they are asked and answer as told."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request
from waitress.server import create_server

from tests.signatures import is_signed

TOKEN = "a-token-of-the-tests"

View = Callable[[], Any]


@dataclass(frozen=True)
class Asked:
    """Be one request that an application got."""

    method: str
    url: str
    headers: dict[str, str]
    form: list[tuple[str, str]]
    args: list[tuple[str, str]]


@dataclass
class Application:
    """Be a server with one answer for every path, or one view for each."""

    base: str = ""
    requests: list[Asked] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.base}/sms"

    def answer(self, body: str, status: int = 200, content_type: str = "text/xml", path: str = "/sms") -> None:
        """Answer a path like this from now on."""
        self.views[path] = lambda: Response(body, status, content_type=content_type)

    def of(self, path: str) -> list[Asked]:
        """Give the requests to a path."""
        return [asked for asked in self.requests if asked.url.split("?")[0].endswith(path)]


def check_signature(asked: Asked, token: str = TOKEN) -> None:
    """Let Twilio's own validator judge a request."""
    assert is_signed(token, asked.url, asked.form, asked.headers["X-Twilio-Signature"]), asked.url


@contextmanager
def running() -> Iterator[Application]:
    """Run an application whose every answer is empty TwiML until told otherwise.

    In the end Twilio's own validator judges the signature of every request that it got.
    """
    application = Application()
    app = Flask("application")

    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Any:
        application.requests.append(
            Asked(
                request.method,
                request.host_url.rstrip("/") + request.environ["REQUEST_URI"],
                dict(request.headers),
                list(request.form.items(multi=True)),
                list(request.args.items(multi=True)),
            )
        )
        view = application.views.get(f"/{path}")
        return view() if view else Response("<Response/>", content_type="text/xml")

    with serving(app) as url:
        application.base = url
        yield application
    for asked in application.requests:
        check_signature(asked)


def _close(server: Any) -> None:
    # A client that keeps its connection would keep the server's loop going, too.
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.close()


@contextmanager
def serving(app: Flask, threads: int = 8) -> Iterator[str]:
    """Serve an app on a free port of 127.0.0.1 and give its base URL."""
    server = create_server(app, host="127.0.0.1", port=0, threads=threads, clear_untrusted_proxy_headers=True)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        with suppress(OSError):  # the loop was awake anyway, and closed before it was told to wake
            server.trigger.pull_trigger(lambda: _close(server))
        thread.join(timeout=10)
        server.task_dispatcher.shutdown()


@contextmanager
def closed_port() -> Iterator[str]:
    """Give a URL on which nothing listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}/sms"


@contextmanager
def stubborn(answer: bytes = b"", drip: float = 0, hang_up: bool = False) -> Iterator[str]:
    """Run a server that takes connections and answers a byte at a time, or nothing at all, and may hang up then."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    held: list[socket.socket] = []

    def serve() -> None:
        while not stop.is_set():
            try:
                held.append(listener.accept()[0])
            except TimeoutError:
                continue
            for byte in answer:
                try:
                    held[-1].sendall(bytes([byte]))
                except OSError:
                    break
                if stop.wait(drip):
                    break
            if hang_up:
                # Not before the request is read: what is unread would reset the connection.
                held[-1].recv(65_536)
                held.pop().close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sms"
    finally:
        stop.set()
        thread.join()
        for one in (*held, listener):
            one.close()
