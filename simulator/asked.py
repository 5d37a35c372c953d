"""Asked: read what a request to the control API asks, and refuse what it misspells with the nearest right word."""

import math
from collections.abc import Mapping
from typing import Any

from flask import request

from inbound_core.errors import InboundError
from simulator.carrier.phone_numbers import as_e164
from simulator.scenarios.errors import nearest


class ControlError(InboundError, ValueError):
    """Report a request to the control API that lacks, misspells or misuses something, naming it."""


def json_body() -> Any:
    """Give what the body of the request under way means as JSON; None for what is none, or too deep to be any."""
    try:
        return request.get_json(silent=True, force=True)
    except RecursionError:
        return None


class Asked:
    """Hold what a request asks, by names that are all known."""

    def __init__(self, values: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for name in values:
            if name not in known:
                hint = nearest(name, known) if known else "There is nothing to ask for here."
                raise ControlError(f"{_short(name)} is nothing that can be asked here. {hint}")
        self._values = values

    @classmethod
    def in_query(cls, *known: str) -> "Asked":
        """Read the query of the request under way; raise `ControlError` for a name that is not known."""
        return cls(request.args, known)

    @classmethod
    def in_body(cls, *known: str) -> "Asked":
        """Read the JSON object of the request under way; raise `ControlError` when it is none or has other names."""
        values = json_body()
        if not isinstance(values, dict):
            raise ControlError("The body should be one JSON object.")
        return cls(values, known)

    def get(self, name: str) -> Any:
        """Give a value as it is, or None."""
        return self._values.get(name)

    def text(self, name: str) -> str:
        """Give a text that has to be there."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise ControlError(f"{name!r} is missing: it should be a text.")
        return value

    def phone(self, name: str) -> str | None:
        """Give a number in E.164, or None when none is asked for."""
        given = self._values.get(name)
        if given is None:
            return None
        # A plus sign that nobody wrote as %2B in the address arrives as a blank.
        found = as_e164(f"+{given[1:]}" if given.startswith(" ") else given)
        if found is None:
            raise ControlError(
                f"{name!r} should be a number in E.164, not {_short(given)}. Write it as %2B12025550101: "
                "%2B is the plus sign in an address."
            )
        return found

    def whole(self, name: str, usual: int, least: int, most: int) -> int:
        """Give a whole number, the nearest one that may be; `usual` when none is asked for."""
        given = self._values.get(name)
        if given is None:
            return usual
        try:
            return max(least, min(int(given), most))
        except ValueError as error:
            raise ControlError(f"{name!r} should be a whole number, not {_short(given)}.") from error

    def seconds(self, name: str, usual: float, most: float) -> float:
        """Give seconds, the nearest that may be; `usual` when none are asked for."""
        given = self._values.get(name, usual)
        try:
            found = float(given)
        except ValueError:
            found = math.nan
        if math.isnan(found):
            raise ControlError(f"{name!r} should be a number of seconds, such as 2.5, not {_short(given)}.")
        return max(0.0, min(found, most))


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
