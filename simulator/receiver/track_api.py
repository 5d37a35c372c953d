"""Track API: the calls of Customer.io's version 1 by which an application puts people and events in."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from inbound_core.errors import InboundError
from inbound_core.people import InvalidProfile, checked_id
from inbound_core.storage import StoreError
from inbound_core.texts import UnstorableValue, storable_value
from inbound_core.workspace import Workspace
from simulator.receiver.region import wrong_region

#: As Customer.io: larger requests are refused.
LARGEST_REQUEST = 32 * 1024

#: As Customer.io, whose page on invalid Track API requests names each limit in these words; lengths are in bytes.
MOST_ATTRIBUTES, LONGEST_NAME, LONGEST_VALUE, LONGEST_EVENT_NAME = 300, 150, 1000, 100

#: Its event ids are ULIDs, of 26 characters.
LONGEST_EVENT_ID = 150

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: As Customer.io: unix times; 9999-12-31 is the last that a date can hold.
_LATEST = 253_402_300_799


@dataclass(frozen=True, slots=True)
class TrackCredentials:
    """Hold the site id and API key that stand in the Basic authentication of every call."""

    site_id: str
    api_key: str = field(repr=False)


class TrackRequestError(InboundError, ValueError):
    """Report a request to the Track API that is no identify or event, naming the field at fault."""


class NotImitated(InboundError, LookupError):
    """Report a call of Customer.io's API that the receiver has no counterpart of."""


def track_blueprint(workspace: Workspace, credentials: TrackCredentials) -> Blueprint:
    """Make `PUT` and `DELETE /api/v1/customers/{id}` and `POST /api/v1/customers/{id}/events`.

    Bodies are JSON. Errors have Customer.io's shape, `{"meta": {"error": "..."}}`, and its words where it
    documents them: 401 for wrong credentials, 400 for a request at fault, 404 for a call that is not imitated,
    413 for one over 32 kB, 503 when the store refuses.
    """
    blueprint = Blueprint("track_api", __name__)
    rules: tuple[tuple[tuple[str, ...], str, Callable[[Workspace, str], None]], ...] = (
        (("PUT",), "/api/v1/customers/<path:profile_id>", _identify),
        (("DELETE",), "/api/v1/customers/<path:profile_id>", _delete),
        (("POST",), "/api/v1/customers/<path:profile_id>/events", _track),
        (_METHODS, "/api/v1/<path:_path>", _not_imitated),
    )
    for methods, path, action in rules:
        view = _guarded(workspace, credentials, action)
        blueprint.add_url_rule(path, action.__name__.strip("_"), view, methods=methods)
    return blueprint


def _guarded(
    workspace: Workspace, credentials: TrackCredentials, action: Callable[[Workspace, str], None]
) -> Callable[..., Response]:
    """Put the checks before, and Customer.io's error bodies behind, one action."""

    @wraps(action)
    def view(**values: str) -> Response:
        request.max_content_length = LARGEST_REQUEST
        elsewhere = wrong_region(workspace.region, request.host, request.path)
        if elsewhere:
            return _error(401, elsewhere)
        if not _authorised(credentials):
            return _error(401, "Unauthorized request")
        try:
            action(workspace, *values.values())
        except (InvalidProfile, TrackRequestError, UnstorableValue) as error:
            return _error(400, str(error))
        except NotImitated as error:
            return _error(404, str(error))
        except RequestEntityTooLarge:
            return _error(413, f"the request is larger than {LARGEST_REQUEST // 1024} kB, the most that is taken")
        except StoreError as error:
            return _error(503, str(error))
        return jsonify({})

    return view


def _identify(workspace: Workspace, profile_id: str) -> None:
    attributes = _json_object()
    if not profile_id.strip():
        raise TrackRequestError("id attribute cannot be an empty string")
    if len(attributes) > MOST_ATTRIBUTES:
        raise TrackRequestError(f"cannot identify more than {MOST_ATTRIBUTES} attributes in one request")
    created_at = _time(attributes.pop("created_at", None), "created_at")
    for name, value in attributes.items():
        if _bytes(name) > LONGEST_NAME:
            raise TrackRequestError(f"attribute name cannot be longer than {LONGEST_NAME} bytes")
        if _bytes(value) > LONGEST_VALUE:
            raise TrackRequestError(f"value for attribute '{name}' cannot be longer than {LONGEST_VALUE} bytes")
    workspace.identify(profile_id, attributes, created_at)


def _delete(workspace: Workspace, profile_id: str) -> None:
    workspace.delete(profile_id)


def _track(workspace: Workspace, profile_id: str) -> None:
    body = _json_object()
    name, data, event_id = body.get("name"), body.get("data", {}), body.get("id")
    if not isinstance(name, str) or not name.strip():
        raise TrackRequestError("event name must not be blank")
    if _bytes(name) > LONGEST_EVENT_NAME:
        raise TrackRequestError(f"event name cannot be longer than {LONGEST_EVENT_NAME} bytes")
    if not isinstance(data, dict):
        raise TrackRequestError("event data must be a hash")
    if event_id is not None and not (isinstance(event_id, str) and 0 < _bytes(event_id) <= LONGEST_EVENT_ID):
        raise TrackRequestError("event id must be a ULID, such as 01BX5ZZKBKACTAV9WEVGEMMVRZ")
    at = _time(body.get("timestamp"), "timestamp")
    # All of it is looked at before anything is stored.
    key = checked_id(profile_id)
    storable_value(data)
    # As Customer.io: an event of somebody unknown creates the person.
    if workspace.profile(key) is None:
        workspace.identify(key, {})
    workspace.track(key, name, data, None if event_id is None else f"track-{event_id}", at)


def _not_imitated(_workspace: Workspace, _path: str) -> None:
    raise NotImitated(
        f"{request.method} {request.path} is not imitated here. What is: PUT and DELETE /api/v1/customers/{{id}}, "
        "POST /api/v1/customers/{id}/events"
    )


def _json_object() -> dict[str, Any]:
    try:
        body = request.get_json(silent=True, force=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise TrackRequestError("malformed JSON: the body should be one object")
    return body


def _bytes(value: object) -> int:
    """Count the bytes of a text, or of anything else as JSON writes it."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return LARGEST_REQUEST
    return len(text.encode(errors="replace"))


def _time(value: object, name: str) -> datetime | None:
    """Read a unix time in whole seconds, as Customer.io wants it."""
    if value in (None, ""):
        return None
    try:
        seconds = int(str(value))
    except ValueError:
        seconds = -1
    if isinstance(value, bool) or not 0 <= seconds <= _LATEST:
        raise TrackRequestError(f"{name}: {str(value)[:40]!r} is no unix time in seconds, such as 1767225600")
    return datetime.fromtimestamp(seconds, UTC)


def _authorised(credentials: TrackCredentials) -> bool:
    given = request.authorization
    if given is None or given.type != "basic":
        return False
    parameters: Mapping[str, str | None] = given.parameters or {}
    pairs = ((parameters.get("username"), credentials.site_id), (parameters.get("password"), credentials.api_key))
    # In constant time, so that the answer's delay tells nothing of the key.
    checks = [hmac.compare_digest((got or "").encode(), want.encode()) for got, want in pairs]
    return all(checks)


def _error(status: int, text: str) -> Response:
    response = jsonify({"meta": {"error": text}})
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Track API"'
    return response
