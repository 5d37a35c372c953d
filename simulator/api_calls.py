"""API calls: the newest requests that applications made to Twilio's API and to the Track API, kept for looking at."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, g, request

#: How many calls are kept; the oldest make room.
KEPT = 2000
#: Characters of a body that are kept.
LONGEST_BODY = 8_000

#: Paths that applications call. The webhook is not among them: the carrier keeps each of its attempts.
_APPLICATION_PATHS = ("/2010-04-01/", "/v1/", "/v2/", "/v3/", "/api/v1/")
#: Never kept, so that no page and no export can show them.
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}
_READABLE = ("application/json", "application/xml", "text/", "application/x-www-form-urlencoded")
_MESSAGE_SID = re.compile(r'"sid":\s*"((?:SM|MM)[0-9a-f]{32})"')


@dataclass(frozen=True, slots=True)
class ApiCall:
    """Be one request of an application and its answer. `message_sid` is the message that it made or asked for."""

    number: int
    at: datetime
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str
    status: int
    response: str
    seconds: float
    message_sid: str | None = None


class ApiCalls:
    """Keep the newest calls, oldest first. Thread-safe."""

    def __init__(self, kept: int = KEPT) -> None:
        self._calls: deque[ApiCall] = deque(maxlen=kept)
        self._count = 0
        self._lock = threading.Lock()

    def add(self, make: Callable[[int], ApiCall]) -> None:
        """Keep a call, made with the number that it gets."""
        with self._lock:
            self._count += 1
            self._calls.append(make(self._count))

    @property
    def count(self) -> int:
        """Give how many calls there have been."""
        return self._count

    def clear(self) -> None:
        """Forget all calls; numbers go on."""
        with self._lock:
            self._calls.clear()

    def every(self) -> tuple[ApiCall, ...]:
        """Give the calls that are kept, oldest first."""
        with self._lock:
            return tuple(self._calls)

    def get(self, number: int) -> ApiCall | None:
        """Give one call, or None when it is not kept any more."""
        return next((call for call in self.every() if call.number == number), None)


def record_calls(app: Flask, calls: ApiCalls, now: Callable[[], datetime]) -> None:
    """Keep every call that applications make to an app, without their credentials."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def keep(response: Response) -> Response:
        if request.path.startswith(_APPLICATION_PATHS):
            seconds = time.perf_counter() - g.get("began", time.perf_counter())
            calls.add(lambda number: _call(number, now(), seconds, response))
        return response


def _call(number: int, at: datetime, seconds: float, response: Response) -> ApiCall:
    answer = _readable(response.mimetype, () if response.direct_passthrough else (response.get_data(),))
    path = request.full_path.rstrip("?") if request.query_string else request.path
    return ApiCall(
        number,
        at,
        request.method,
        path[:LONGEST_BODY],
        tuple((name, value) for name, value in request.headers if name.lower() not in _SECRET_HEADERS),
        _request_body(),
        response.status_code,
        answer,
        seconds,
        _message_sid(answer),
    )


def _request_body() -> str:
    largest = min(64 * 1024, request.max_content_length or 64 * 1024)
    if (request.content_length or 0) > largest:
        # Whoever was asked refused to read it, and so must whoever only looks on.
        return "(larger than what is kept)"
    if request.form:
        return "\n".join(f"{name}={value}" for name, value in request.form.items(multi=True))[:LONGEST_BODY]
    return _readable(request.mimetype or "application/json", (request.get_data(),))


def _readable(mimetype: str | None, parts: Iterable[bytes]) -> str:
    if not (mimetype or "").startswith(_READABLE):
        return f"({mimetype or 'no body'})"
    return b"".join(parts)[:LONGEST_BODY].decode("utf-8", "replace")


def _message_sid(answer: str) -> str | None:
    found = _MESSAGE_SID.search(request.path + answer) or re.search(r"(?:SM|MM)[0-9a-f]{32}", request.path)
    return found.group(found.lastindex or 0) if found else None
