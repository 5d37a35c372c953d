"""Control: the simulator's own HTTP API, by which commands and tests text, look and wait."""

import threading
from typing import Any

from flask import Blueprint, Response, jsonify

from inbound_core.errors import InboundError
from inbound_core.workspace import Workspace
from simulator.asked import Asked
from simulator.carrier import Carrier, CarrierError, CarrierMessage
from simulator.changes import Changes
from simulator.guard import changes_state, has_token
from simulator.places_in_lists import LAST_PLACE
from simulator.search import search_messages
from simulator.texting import UnknownNumberError, text
from simulator.waiting import NoSuchMessage, Wanted, wait_for

#: The longest that a request for changes waits; browsers and proxies hold a connection at least twice as long.
LONGEST_CHANGES = 25.0
#: How many may wait for messages at a time. Each holds one of the threads that texts are answered by too: were all of
#: them held, no text could bring a message until everybody had waited in vain.
MOST_WAITS = 20


class TooManyWait(InboundError, RuntimeError):
    """Report that no more can wait at a time, with the remedy."""


def control_blueprint(workspace: Workspace, carrier: Carrier, changes: Changes) -> Blueprint:
    """Make `/simulator/...`: `health`, `texts`, `conversations/{handset}`, `log`, `messages`, `changes`, `wait`; JSON.

    Errors, also a misspelt name of what is asked, are `{"error": "..."}` with 400; what changes state needs the token.
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
        self._waits = threading.BoundedSemaphore(MOST_WAITS)

    def health(self) -> Response:
        """Say that the simulator runs, and for which account."""
        numbers = [number.phone_number for number in self._carrier.numbers()]
        return jsonify({"ready": True, "account_sid": self._carrier.account_sid, "numbers": numbers})

    def texts(self) -> Response:
        """Let a handset text, and give both sides of what happened."""
        asked = Asked.in_body("from", "body", "to")
        who, body = asked.text("from"), asked.text("body")
        return jsonify(text(self._workspace, self._carrier, who, body, asked.get("to")).to_dict())

    def conversation(self, handset: str) -> Response:
        """Give what a handset wrote and got, oldest first."""
        Asked.in_query()
        messages = [
            {"at": entry.at.isoformat(), "number": entry.number, "incoming": entry.incoming, "body": entry.body}
            for entry in self._carrier.conversation(handset)
        ]
        return jsonify({"messages": messages})

    def log(self) -> Response:
        """Give the newest entries of the activity log, oldest first."""
        entries = self._workspace.activity(Asked.in_query("limit").whole("limit", 100, 1, 10_000))
        return jsonify({"activities": [entry.to_dict() for entry in entries]})

    def messages(self) -> Response:
        """Find messages by the words of a search, `q`, newest first; `before` is the place of the page before."""
        asked = Asked.in_query("q", "limit", "before")
        limit, before = asked.whole("limit", 50, 1, 1000), asked.whole("before", LAST_PLACE, 0, LAST_PLACE)
        found = search_messages(self._workspace, self._carrier, asked.get("q") or "", limit, before)
        return jsonify({"messages": [_plain(message) for message in found]})

    def wait_for_changes(self) -> Response:
        """Answer as soon as the revision is another than `after`, or when `wait` seconds are over."""
        asked = Asked.in_query("after", "wait")
        wait = asked.seconds("wait", LONGEST_CHANGES, LONGEST_CHANGES)
        revision = self._changes.wait(asked.get("after") or "", wait)
        return jsonify({"revision": revision.number, "ask_again": revision.ask_again})

    def wait(self) -> Response:
        """Answer as soon as a message has come: `to`, `from`, `match`, `status`, `after`, `count`, `timeout` seconds.

        With the token a clock that stands still is moved as far as takes what is under way. 404 says what came
        instead, and 503 that too many wait already. The next wait names the `sequence` of the last message as `after`.
        """
        asked = Asked.in_query("to", "from", "match", "status", "after", "count", "timeout")
        to, sender = asked.phone("to"), asked.phone("from")
        after, count = asked.whole("after", 0, 0, LAST_PLACE), asked.whole("count", 1, 0, LAST_PLACE)
        wanted = Wanted(to, sender, asked.get("match"), asked.get("status"), after, count)
        seconds = asked.seconds("timeout", 5.0, LONGEST_CHANGES)
        if not self._waits.acquire(blocking=False):
            raise TooManyWait(f"{MOST_WAITS} wait already, and no more can at a time. Ask again in a second.")
        try:
            found = wait_for(self._carrier, self._changes, wanted, seconds, moves_clock=has_token())
        finally:
            self._waits.release()
        return jsonify({"messages": [_plain(message) for message in found]})


def _explained(error: Exception) -> tuple[Response, int]:
    """Give the reason as JSON."""
    status = 404 if isinstance(error, (UnknownNumberError, NoSuchMessage)) else 400
    return jsonify({"error": str(error)}), 503 if isinstance(error, TooManyWait) else status


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
