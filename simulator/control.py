"""Control: the simulator's own HTTP API, by which commands and tests text, look and wait."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from inbound_core.errors import InboundError
from inbound_core.workspace import Workspace
from simulator.carrier import Carrier, CarrierError, CarrierMessage
from simulator.changes import Changes
from simulator.guard import changes_state, has_token
from simulator.places_in_lists import asked_place
from simulator.search import search_messages
from simulator.texting import UnknownNumberError, text
from simulator.waiting import NoSuchMessage, Wanted, wait_for


class ControlError(InboundError, ValueError):
    """Report a request to the control API that lacks something, naming it."""


#: The longest that a request for changes waits; browsers and proxies hold a connection at least twice as long.
LONGEST_CHANGES = 25.0


def control_blueprint(workspace: Workspace, carrier: Carrier, changes: Changes) -> Blueprint:
    """Make `/simulator/...`: `health`, `texts`, `conversations/{handset}`, `log`, `messages`, `changes`, `wait`; JSON.

    Errors are `{"error": "..."}` with 400; what changes state needs the token.
    """
    blueprint = Blueprint("control", __name__, url_prefix="/simulator")
    control = _Control(workspace, carrier, changes)
    for rule, view in (
        ("/health", control.health),
        ("/conversations/<handset>", control.conversation),
        ("/log", control.log),
        ("/messages", control.messages),
        ("/changes", control.wait_for_changes),
        ("/wait", control.wait),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=["GET"])
    blueprint.add_url_rule("/texts", view_func=changes_state(control.texts), methods=["POST"])
    blueprint.register_error_handler(InboundError, _explained)
    blueprint.register_error_handler(CarrierError, _explained)
    return blueprint


class _Control:
    """Answer what commands and tests ask of both sides."""

    def __init__(self, workspace: Workspace, carrier: Carrier, changes: Changes) -> None:
        self._workspace, self._carrier, self._changes = workspace, carrier, changes

    def health(self) -> Response:
        """Say that the simulator runs, and for which account."""
        numbers = [number.phone_number for number in self._carrier.numbers()]
        return jsonify({"ready": True, "account_sid": self._carrier.account_sid, "numbers": numbers})

    def texts(self) -> Response:
        """Let a handset text, and give both sides of what happened."""
        values = _json_object()
        who, body = _text(values, "from"), _text(values, "body")
        return jsonify(text(self._workspace, self._carrier, who, body, values.get("to")).to_dict())

    def conversation(self, handset: str) -> Response:
        """Give what a handset wrote and got, oldest first."""
        messages = [
            {"at": entry.at.isoformat(), "number": entry.number, "incoming": entry.incoming, "body": entry.body}
            for entry in self._carrier.conversation(handset)
        ]
        return jsonify({"messages": messages})

    def log(self) -> Response:
        """Give the newest entries of the activity log, oldest first."""
        limit = request.args.get("limit", 100, type=int)
        entries = self._workspace.activity(max(1, min(limit, 10_000)))
        return jsonify({"activities": [entry.to_dict() for entry in entries]})

    def messages(self) -> Response:
        """Find messages by the words of a search, `q`, newest first; `before` is the place of the page before."""
        limit = max(1, min(request.args.get("limit", 50, type=int), 1000))
        before = asked_place("before")
        found = search_messages(self._workspace, self._carrier, request.args.get("q", ""), limit, before)
        return jsonify({"messages": [_plain(message) for message in found]})

    def wait_for_changes(self) -> Response:
        """Answer as soon as the revision is another than `after`, or when `wait` seconds are over."""
        wait = max(0.0, min(request.args.get("wait", LONGEST_CHANGES, type=float), LONGEST_CHANGES))
        revision = self._changes.wait(request.args.get("after", ""), wait)
        return jsonify({"revision": revision.number, "ask_again": revision.ask_again})

    def wait(self) -> Response:
        """Answer as soon as a message has come: `to`, `from`, `match`, `status`, `after`, `count`, `timeout` seconds.

        With the token a clock that stands still is moved as far as takes what is under way. 404 says what came
        instead. The next wait names the `sequence` of the last message as `after`.
        """
        asked = request.args
        after, count = asked.get("after", 0, type=int), asked.get("count", 1, type=int)
        wanted = Wanted(asked.get("to"), asked.get("from"), asked.get("match"), asked.get("status"), after, count)
        seconds = max(0.0, min(asked.get("timeout", 5.0, type=float), LONGEST_CHANGES))
        found = wait_for(self._carrier, self._changes, wanted, seconds, moves_clock=has_token())
        return jsonify({"messages": [_plain(message) for message in found]})


def _explained(error: Exception) -> tuple[Response, int]:
    """Give the reason as JSON."""
    return jsonify({"error": str(error)}), 404 if isinstance(error, (UnknownNumberError, NoSuchMessage)) else 400


def _plain(message: CarrierMessage) -> dict[str, Any]:
    return {
        "sid": message.sid,
        "from": message.from_phone,
        "to": message.to_phone,
        "body": message.body,
        "direction": message.direction,
        "by": str(message.origin),
        "status": message.status,
        "error_code": message.error_code,
        "at": message.created_at.isoformat(),
        "sequence": message.sequence,
    }


def _json_object() -> dict[str, Any]:
    values = request.get_json(silent=True, force=True)
    if not isinstance(values, dict):
        raise ControlError("The body should be one JSON object.")
    return values


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise ControlError(f"{name!r} is missing: it should be a text.")
    return value
