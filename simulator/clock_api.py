"""Clock API: over HTTP, what time it is here, and moving a clock that stands still."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify

from inbound_core.errors import InboundError
from simulator.asked import json_body
from simulator.carrier import Carrier
from simulator.clock import Clock, ClockError, VirtualClock
from simulator.durations import LONGEST, seconds_of, time_of
from simulator.guard import changes_state
from simulator.wall_clock import WallClock

#: Actions that `run_until_idle` carries out at most.
MOST_ACTIONS = 100_000


class ClockRequestError(InboundError, ValueError):
    """Report a move that cannot be made, and what can."""


def clock_blueprint(carrier: Carrier) -> Blueprint:
    """Make `/simulator/clock`: GET tells the time, also to applications under test; POST moves it, with the token.

    What is posted is one of `{"advance": "24h"}`, `{"set": "2026-03-02T09:00:00Z"}`, `{"run_until_idle": true}`.
    """
    blueprint = Blueprint("clock", __name__, url_prefix="/simulator")
    clock = carrier.clock

    @blueprint.get("/clock")
    def tell() -> Response:
        """Tell the time."""
        return jsonify(facts_of(clock))

    @blueprint.post("/clock")
    @changes_state
    def move() -> Response:
        """Move the clock; everything that falls due on the way happens before the answer."""
        move_clock(carrier, json_body())
        return jsonify(facts_of(clock))

    @blueprint.errorhandler(ClockError)
    @blueprint.errorhandler(InboundError)
    def explained(error: Exception) -> tuple[Response, int]:
        """Give the reason as JSON."""
        return jsonify({"error": str(error)}), 400

    return blueprint


def facts_of(clock: Clock) -> dict[str, Any]:
    """Say what time it is, how the clock goes (`frozen`, or `scale` times as fast as time), and what is due next."""
    now = clock.now()
    frozen = isinstance(clock, VirtualClock)
    due = clock.next_due() if isinstance(clock, VirtualClock) else None
    return {
        "now": now.isoformat(),
        "unix": now.timestamp(),
        "frozen": frozen,
        "scale": 0.0 if frozen else clock.scale if isinstance(clock, WallClock) else 1.0,
        "next_due": due.isoformat() if due else None,
    }


def move_clock(carrier: Carrier, values: object) -> None:
    """Move a clock as JSON asks for; raise `ClockRequestError` or `ClockError`."""
    clock = carrier.clock
    if not isinstance(clock, VirtualClock):
        raise ClockRequestError("The clock goes with real time here. Start with `inbound serve --frozen` to move it.")
    if not isinstance(values, dict) or len(values) != 1:
        raise ClockRequestError('Send one of {"advance": "24h"}, {"set": "<time>"}, {"run_until_idle": true}.')
    ((verb, value),) = values.items()
    if verb == "run_until_idle" and value is True:
        clock.run_until_idle(MOST_ACTIONS)
    elif verb == "advance":
        clock.advance(_seconds(value))
    elif verb == "set":
        clock.set(_time(value))
    else:
        raise ClockRequestError(f"{verb!r} is no move. There are advance, set and run_until_idle (true).")
    carrier.wait_idle()


def _seconds(value: object) -> float:
    try:
        found = float(value) if isinstance(value, (int, float)) else seconds_of(str(value))
    except (ValueError, OverflowError) as error:
        raise ClockRequestError(f"{value!r} is no duration. Write it as 90s, 5m, 24h or 3d.") from error
    if not 0 <= found <= LONGEST:
        raise ClockRequestError(f"The clock moves forward, at most {LONGEST / 86400:.0f} days at once.")
    return found


def _time(value: object) -> datetime:
    try:
        return time_of(str(value)).astimezone(UTC)
    except ValueError as error:
        raise ClockRequestError(str(error)) from error
