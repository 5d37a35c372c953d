"""Fetching: one HTTP exchange with an application, inside its time and size limits and on allowed hosts only."""

import base64
import http.client
import json
import socket
import ssl
import time
import zlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from simulator.carrier import sockets
from simulator.carrier.overrides import Connection

#: Bytes of an answer that are read; TwiML may have 64 kB (11750).
MAX_BODY = 64 * 1024
#: A certificate that has expired, or is for another name or address, by OpenSSL's number; all else is not trusted.
_CERTIFICATE_CODES = {10: 11236, 62: 11235, 64: 11235}
#: Answers that lead elsewhere by their Location.
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Be what came of one request: an answer, or why there is none.

    `failure` is `""`, or a word of the retry policy (`ct` no connection, `rt` no answer in time, `4xx`, `5xx`), or
    `other`; an answer that had begun is `other`, for it is never asked for again. `error_code` is Twilio's, None for a
    good answer.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error_code: int | None = None
    error: str = ""
    failure: str = ""
    cookies: tuple[str, ...] = ()
    seconds: float = 0.0


# All of these are asked of the same few addresses with every message.
@lru_cache(maxsize=128)
def is_allowed(url: str, allowed_hosts: tuple[str, ...]) -> bool:
    """Tell whether webhooks may go to the host of a URL."""
    host = (urlsplit(url).hostname or "").lower()
    return "*" in allowed_hosts or host in (allowed.lower() for allowed in allowed_hosts)


@lru_cache(maxsize=128)
def is_well_formed(url: str) -> bool:
    """Tell whether a URL can be requested at all: http or https, with a host and a sane port."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        return False
    plain = url.isascii() and not any(char <= " " for char in url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain


@lru_cache(maxsize=128)
def host_of(url: str) -> str:
    """Give the host and port of a URL, or `""` for what is no URL."""
    return urlsplit(url).netloc.rpartition("@")[2].lower() if is_well_formed(url) else ""


def joined(base: str, url: str) -> str:
    """Give an address that may be relative as an absolute one; one that is no URL comes back as it is."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url


@lru_cache(maxsize=128)
def credentials_of(url: str) -> tuple[str, str] | None:
    """Give the user and password that a URL carries, decoded."""
    parts = urlsplit(url)
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def basic_header(user: str, password: str) -> str:
    """Give the Authorization header of Basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def exchange(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes | None,
    limits: Connection,
    deadline: float,
    open_sockets: sockets.OpenSockets,
    tls: ssl.SSLContext | None = None,
) -> Exchange:
    """Make one request, following nothing and trying once. Never raises for what the other side does.

    `deadline` is a time of `time.monotonic()`, past which every wait ends.
    """
    parts = urlsplit(url)
    started = time.monotonic()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        plain = sockets.connect(str(parts.hostname), port, limits.connect_timeout, limits.read_timeout, deadline)
    except (OSError, UnicodeError) as error:  # a name that no lookup can carry is a UnicodeError
        return _timed(_unreached(f"{parts.hostname}:{port}", error), time.monotonic() - started)
    open_sockets.track(plain)
    opened = plain
    try:
        if parts.scheme == "https":
            opened = open_sockets.secure(plain, str(parts.hostname), tls or ssl.create_default_context())
        found = _converse(method, url, headers, body, opened)
    except ssl.SSLError as error:
        found = Exchange(error_code=_tls_code(error), error=f"TLS failed: {error}", failure="ct")
    except TimeoutError as error:
        begun = isinstance(error, _AnswerStalled)
        found = Exchange(error_code=11205, error="no complete answer in time", failure="other" if begun else "rt")
    except http.client.IncompleteRead as error:
        found = Exchange(error_code=11206, error=f"the answer broke off: {error}", failure="other")
    except http.client.HTTPException as error:
        found = Exchange(error_code=11206, error=f"the answer is no HTTP: {error!r}", failure="other")
    except OSError as error:
        found = Exchange(error_code=11200, error=f"the connection broke: {error}", failure="other")
    finally:
        open_sockets.finish(opened)
    return _timed(found, time.monotonic() - started)


def _tls_code(error: ssl.SSLError) -> int:
    """Give Twilio's code for what is wrong with a certificate, or with the handshake before there was one."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return 11220
    return _CERTIFICATE_CODES.get(error.verify_code, 11237)


class _AnswerStalled(TimeoutError):
    """Tell of an answer that began and did not end in time."""


def _unreached(where: str, error: Exception) -> Exchange:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return Exchange(error_code=11210, error=f"{where}: no such host ({error})", failure="ct")
    what = "was not reached in time" if isinstance(error, TimeoutError) else f"took no connection ({error})"
    return Exchange(error_code=11205, error=f"{where} {what}", failure="ct")


def _timed(found: Exchange, seconds: float) -> Exchange:
    return replace(found, seconds=seconds)


class _InOnePiece(http.client.HTTPConnection):
    """Gather a request, whose head and body would else be sent one by one and wake the other side twice."""

    gathered = b""

    def send(self, data: Any) -> None:
        self.gathered += data


def _converse(
    method: str, url: str, headers: dict[str, str], body: bytes | None, sock: sockets.DeadlineSocket
) -> Exchange:
    parts = urlsplit(url)
    connection = _InOnePiece(str(parts.hostname), parts.port)
    connection.sock = sock
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=headers)
        sock.sendall(connection.gathered)
        answer = connection.getresponse()
        content = answer.read(MAX_BODY + 1)
        if answer.length and len(content) <= MAX_BODY:
            raise http.client.IncompleteRead(content, answer.length)
        # A header that comes several times, such as one WWW-Authenticate for each scheme, is read as one list.
        found = {name.lower(): ", ".join(answer.headers.get_all(name, ())) for name in answer.headers}
        if found.get("content-encoding") == "gzip":
            content = _unzipped(content)
        cookies = tuple(answer.headers.get_all("Set-Cookie") or ())
        return judged(answer.status, found, content, cookies)
    except TimeoutError as error:
        raise (_AnswerStalled if sock.heard else TimeoutError)(str(error)) from error
    finally:
        connection.close()


def judged(status: int, headers: dict[str, str], body: bytes, cookies: tuple[str, ...] = ()) -> Exchange:
    """Give the exchange that an answer makes, with Twilio's code where it is none to go on with."""
    code, error, failure = None, "", ""
    if status >= 400:
        code, error, failure = 11200, f"the application answered {status}", f"{status // 100}xx"
    elif not 200 <= status < 300 and not ("location" in headers and status in REDIRECTS):
        code, error, failure = 11200, f"the application answered {status}, and nothing to follow", "other"
    elif len(body) > MAX_BODY:
        code, error, failure = 11750, "the answer is larger than 64 kB", "other"
    return Exchange(status, headers, body[:MAX_BODY], code, error, failure, cookies)


def _unzipped(content: bytes) -> bytes:
    """Undo gzip, and stop one byte past the limit however much a small answer would swell to."""
    try:
        unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        plain = unzip.decompress(content, MAX_BODY + 1)
    except zlib.error as error:
        raise http.client.HTTPException(f"its gzip is broken: {error}") from error
    if content and not unzip.eof and len(plain) <= MAX_BODY:
        raise http.client.HTTPException("its gzip has no end")
    return plain


def headers_as_text(headers: dict[str, str]) -> str:
    """Give headers as Monitor shows them."""
    return json.dumps(headers, ensure_ascii=False)
