"""Client: talk to a simulator that runs in another process, with the same words as to one in this."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import requests

from inbound_core.errors import InboundError
from simulator.guard import HEADER
from simulator.outcomes import TextOutcome
from simulator.texting import LONGEST_WAIT


class SimulatorError(InboundError, ConnectionError):
    """Report a simulator that does not answer or refuses, with its reason."""


class SimulatorClient:
    """Call the control API of a running simulator."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.headers[HEADER] = token
        # The simulator is on this machine; a proxy of the environment has no business in between.
        self._session.trust_env = False

    def text(self, from_phone: str, body: str, to_phone: str | None = None) -> TextOutcome:
        """Let a handset text; see `Simulator.text`. Raise `SimulatorError` when it is refused."""
        values = {"from": from_phone, "body": body, "to": to_phone}
        return TextOutcome.from_dict(self._call("POST", "/simulator/texts", json=values))

    def health(self) -> dict[str, Any]:
        """Ask whether the simulator runs, and for which account and numbers."""
        return self._call("GET", "/simulator/health")

    def clock(self) -> Callable[[], datetime]:
        """Give what tells the simulator's time from now on: one that stands still stays where it is."""
        facts = self._call("GET", "/simulator/clock", timeout=5)
        at, asked = datetime.fromisoformat(facts["now"]), time.monotonic()
        return lambda: at + timedelta(seconds=(time.monotonic() - asked) * facts["scale"])

    def _call(self, method: str, path: str, timeout: float = LONGEST_WAIT + 5, **more: Any) -> dict[str, Any]:
        try:
            # A simulator leads nowhere else; whatever else listens there shall not send the token on.
            response = self._session.request(method, self.url + path, timeout=timeout, allow_redirects=False, **more)
        except requests.RequestException as error:
            raise SimulatorError(
                f"The simulator at {self.url} does not answer ({type(error).__name__}). "
                "Start it with `inbound serve`, or end the process that holds its port."
            ) from error
        try:
            values = response.json()
        except ValueError:
            values = {"error": response.text.strip()} if response.status_code >= 400 else None
        if not isinstance(values, dict) or 300 <= response.status_code < 400:
            raise SimulatorError(
                f"What answers at {self.url} is no simulator. End it, or start `inbound serve` on another port."
            )
        if not response.ok:
            raise SimulatorError(str(values.get("error", f"The simulator answered {response.status_code}.")))
        return values
