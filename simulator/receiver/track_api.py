"""Track API: the calls of Customer.io's version 1 by which an application puts people and events in."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from flask import Blueprint, Response, jsonify, request

from inbound_core.errors import InboundError
from inbound_core.people import InvalidProfile
from inbound_core.storage import StoreError
from inbound_core.workspace import Workspace
from simulator.receiver.region import wrong_region

#: As Customer.io: larger requests are refused.
LARGEST_REQUEST = 32 * 1024

#: As Customer.io: unix times; 9999-12-31 is the last that a date can hold.
_LATEST = 253_402_300_799


@dataclass(frozen=True, slots=True)
class TrackCredentials:
    """Hold the site id and API key that stand in the Basic authentication of every call."""

    site_id: str
    api_key: str = field(repr=False)


class TrackRequestError(InboundError, ValueError):
    """Report a request to the Track API that is no identify or event, naming the field at fault."""


def track_blueprint(workspace: Workspace, credentials: TrackCredentials) -> Blueprint:
    """Make `PUT` and `DELETE /api/v1/customers/{id}` and `POST /api/v1/customers/{id}/events`.

    Bodies are JSON. Errors have Customer.io's shape, `{"meta": {"error": "..."}}`: 401 for wrong credentials,
    400 for a request at fault, 413 for one over 32 kB, 503 when the store refuses.
    """
    blueprint = Blueprint("track_api", __name__)
    rules: tuple[tuple[str, str, Callable[[Workspace, str], None]], ...] = (
        ("PUT", "/api/v1/customers/<path:profile_id>", _identify),
        ("DELETE", "/api/v1/customers/<path:profile_id>", _delete),
        ("POST", "/api/v1/customers/<path:profile_id>/events", _track),
    )
    for method, path, action in rules:
        view = _guarded(workspace, credentials, action)
        blueprint.add_url_rule(path, action.__name__.strip("_"), view, methods=[method])
    return blueprint


def _guarded(
    workspace: Workspace, credentials: TrackCredentials, action: Callable[[Workspace, str], None]
) -> Callable[[str], Response]:
    """Put the checks before, and Customer.io's error bodies behind, one action."""

    @wraps(action)
    def view(profile_id: str) -> Response:
        request.max_content_length = LARGEST_REQUEST
        elsewhere = wrong_region(workspace.region, request.host)
        if elsewhere:
            return _error(401, elsewhere)
        if not _authorised(credentials):
            return _error(401, "Unauthorized request")
        try:
            action(workspace, profile_id)
        except (InvalidProfile, TrackRequestError) as error:
            return _error(400, str(error))
        except StoreError as error:
            return _error(503, str(error))
        return jsonify({})

    return view


def _identify(workspace: Workspace, profile_id: str) -> None:
    attributes = _json_object()
    created_at = _time(attributes.pop("created_at", None), "created_at")
    workspace.identify(profile_id, attributes, created_at)


def _delete(workspace: Workspace, profile_id: str) -> None:
    workspace.delete(profile_id)


def _track(workspace: Workspace, profile_id: str) -> None:
    body = _json_object()
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise TrackRequestError("name: an event needs a name, a text that is not empty")
    data = body.get("data") or {}
    if not isinstance(data, dict):
        raise TrackRequestError("data: should be an object of attributes")
    event_id = body.get("id")
    # As Customer.io: an event of somebody unknown creates the person.
    if workspace.profile(profile_id) is None:
        workspace.identify(profile_id, {})
    workspace.track(profile_id, name, data, None if event_id is None else f"track-{event_id}")


def _json_object() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise TrackRequestError("malformed JSON: the body should be one object")
    return body


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
