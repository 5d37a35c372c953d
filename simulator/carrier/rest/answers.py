"""Answers: the JSON, dates and error bodies that the REST API gives."""

import json
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from flask import Response, g

from simulator.carrier.errors import ApiError
from simulator.carrier.ids import RandomIds

#: Request ids name an exchange, not a thing that is kept, so no seed makes them.
REQUESTS = RandomIds()

#: Headers of every answer, as recorded from the real API.
_HEADERS = (
    ("Content-Type", "application/json"),
    ("Twilio-Concurrent-Requests", "1"),
    ("X-Home-Region", "us1"),
    ("X-Api-Domain", "api.twilio.com"),
    ("X-Powered-By", "AT-5000"),
    ("X-Shenanigans", "none"),
)
#: Made once: `json.dumps` with an option of its own makes an encoder for each document.
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode


def rfc2822(at: datetime | None) -> str | None:
    """Give a date as the 2010 API writes it.

    >>> rfc2822(datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC))
    'Thu, 24 Aug 2023 05:01:45 +0000'
    """
    return None if at is None else _written(int(at.timestamp()))


@lru_cache(maxsize=1024)
def _written(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))


def iso8601(at: datetime) -> str:
    """Give a date as the v1 APIs write it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def answer(document: Any, status: int = 200) -> Response:
    """Give a JSON answer with the headers that Twilio's have."""
    headers = (
        *_HEADERS,
        ("Twilio-Request-Id", REQUESTS.sid("RQ")),
        ("Twilio-Request-Duration", f"{time.perf_counter() - g.started:.3f}"),
    )
    return Response(_AS_JSON(document), status, headers)


def nothing() -> Response:
    """Give the empty answer of a DELETE."""
    response = answer(None, 204)
    response.set_data(b"")
    return response


def error(problem: ApiError) -> Response:
    """Give the JSON of an error, in Twilio's shape."""
    document: dict[str, Any] = {
        "code": problem.code,
        "message": problem.message,
        "more_info": f"https://www.twilio.com/docs/errors/{problem.code}",
        "status": problem.status,
    }
    if problem.detail is not None:
        document["detail"] = problem.detail
    response = answer(document, problem.status)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response
