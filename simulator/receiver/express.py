"""Express: take in inbound SMS webhooks that are as usual without Flask, which costs more than all the rest of them.

What is unusual in any way is left to the Flask application behind, which decides alike and has the words for it.
"""

import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from inbound_core.workspace import Workspace
from simulator.receiver.inbound_sms import INBOUND_PATH, take_in
from simulator.receiver.signed_forms import (
    LARGEST_FORM,
    STATUS_OF,
    ReceiverConfig,
    check_region,
    check_sender,
    refusal_of,
)

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_FORM_TYPES = ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8")
_REFUSALS = tuple(STATUS_OF)
_REASONS = {200: "OK", 400: "BAD REQUEST", 403: "FORBIDDEN", 404: "NOT FOUND", 503: "SERVICE UNAVAILABLE"}


class Express:
    """Stand before a WSGI application and answer the webhooks of one workspace as its receiver does.

    `hosts` are the names under which they are taken; `headers` are added to every answer; `listener` is told of each.
    """

    def __init__(self, app: WsgiApp, workspace: Workspace, config: ReceiverConfig, hosts: Collection[str]) -> None:
        self.app = app
        self._workspace = workspace
        self._config = config
        self._hosts = hosts
        self.headers: tuple[tuple[str, str], ...] = ()
        self.listener: Callable[[], None] = lambda: None

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, or let the application behind answer it."""
        if environ["PATH_INFO"] != INBOUND_PATH or not self._is_usual(environ):
            return self.app(environ, start_response)
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        fields = _fields(content) if len(content) == int(environ["CONTENT_LENGTH"]) else None
        if fields is None:
            environ["wsgi.input"] = io.BytesIO(content)
            return self.app(environ, start_response)
        try:
            status, kind, text = 200, "text/xml", self._take_in(environ, fields)
        except _REFUSALS as error:
            (status, text), kind = refusal_of(error), "text/plain"
        answer = text.encode()
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(answer))), *self.headers]
        self.listener()
        start_response(f"{status} {_REASONS[status]}", headers)
        return [answer]

    def _is_usual(self, environ: Environ) -> bool:
        host, _, port = environ.get("HTTP_HOST", "").partition(":")
        length = environ.get("CONTENT_LENGTH") or ""
        return (
            environ["REQUEST_METHOD"] == "POST"
            and not environ.get("QUERY_STRING")
            and not environ.get("SCRIPT_NAME")
            and host in self._hosts
            # A port that goes without saying may stand in the address or not.
            and port.isdecimal()
            and port not in ("80", "443")
            and environ.get("CONTENT_TYPE", "").lower() in _FORM_TYPES
            and "HTTP_TRANSFER_ENCODING" not in environ
            and length.isdecimal()
            and int(length) <= LARGEST_FORM
        )

    def _take_in(self, environ: Environ, fields: Mapping[str, Sequence[str]]) -> str:
        host = environ["HTTP_HOST"]
        check_region(self._workspace, host, INBOUND_PATH)
        base = (self._config.public_url or f"{environ['wsgi.url_scheme']}://{host}").rstrip("/")
        check_sender(self._config, base + INBOUND_PATH, fields, environ.get("HTTP_X_TWILIO_SIGNATURE"))
        return take_in(self._workspace, {name: values[0] for name, values in fields.items()})


def _fields(content: bytes) -> dict[str, list[str]] | None:
    """Give the values of a form by name, or None for what is no plain UTF-8."""
    fields: dict[str, list[str]] = {}
    try:
        for pair in content.decode("ascii").split("&"):
            name, _, value = pair.partition("=")
            if "%" in pair or "+" in pair:
                name, value = _unquoted(name), _unquoted(value)
            if name in fields:
                fields[name].append(value)
            elif pair:
                fields[name] = [value]
    except UnicodeDecodeError:
        return None
    return fields


def _unquoted(text: str) -> str:
    return unquote(text.replace("+", " "), errors="strict")
