"""Interference: what stands between Twilio, applications and phones, and may spoil what passes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from simulator.carrier.fetching import Exchange
from simulator.carrier.overrides import Connection
from simulator.carrier.records import CarrierMessage
from simulator.carrier.sockets import OpenSockets
from simulator.carrier.statuses import Step

if TYPE_CHECKING:
    from simulator.carrier.webhooks import Call


class Wire(Protocol):
    """Stand for the way of one HTTP request to an application; `fetching.exchange` is the real one."""

    def __call__(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
        limits: Connection,
        deadline: float,
        open_sockets: OpenSockets,
    ) -> Exchange:
        """Make one request; never raise for what the other side does."""


class Interference:
    """Let everything pass as it is. Whoever wants faults overrides a method and gives it to the `Carrier`."""

    def deliver(self, message: CarrierMessage, job: Callable[[], None]) -> None:
        """Run the job that tells an application of a message: once, or otherwise."""
        job()

    def exchange(self, call: "Call", headers: dict[str, str], send: Callable[[], Exchange]) -> Exchange:
        """Make one request to an application. What is changed in `headers` before `send` is sent so."""
        return send()

    def step(self, message: CarrierMessage, step: Step) -> Step | None:
        """Give the step that an outbound message really takes next, None to leave it where it is."""
        return step
