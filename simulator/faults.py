"""Faults: let what is armed go wrong between applications, Twilio and phones, and note each time that it did."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.carrier.fetching import Exchange
from simulator.carrier.interference import Interference
from simulator.carrier.records import CarrierMessage
from simulator.carrier.statuses import Step
from simulator.chance import Chance
from simulator.clock import Clock
from simulator.fault_plans import KINDS, FaultPlan, Firing

if TYPE_CHECKING:
    from simulator.carrier.webhooks import Call

#: Under which of an app's extensions stand the faults of its API.
API_FAULTS = "inbound_api_faults"

#: Kinds that concern the whole delivery of a message to an application, not one request of it.
_DELIVERY = ("duplicate", "reordered", "dropped")

#: Kinds that concern one request.
_REQUEST = tuple(kind for kind in KINDS["webhook"] if kind not in _DELIVERY)

#: Seconds that Twilio waits for an answer.
_LONGEST_ANSWER = 15.0


@dataclass(slots=True)
class _Armed:
    plan: FaultPlan
    key: str
    occasions: int = 0


@dataclass
class Faults(Interference):
    """Hold the faults that are armed, let them happen, and tell `listener` of each. Safe from many threads."""

    clock: Clock
    chance: Chance = field(default_factory=lambda: Chance("faults"))
    listener: Callable[[Firing], None] | None = None
    firings: list[Firing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._armed: list[_Armed] = []
        self._held: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._made = 0

    # -- arming ------------------------------------------------------------------------------------------

    def arm(self, plan: FaultPlan) -> None:
        """Let a fault happen from now on."""
        with self._lock:
            self._made += 1
            self._armed.append(_Armed(plan, plan.name or f"{plan.hop}/{plan.kind}/{self._made}"))

    def clear(self) -> None:
        """Take back all faults; what was held back passes now."""
        with self._lock:
            self._armed.clear()
        self._release()

    @property
    def plans(self) -> tuple[FaultPlan, ...]:
        """Give the faults that are armed."""
        return tuple(armed.plan for armed in self._armed)

    def on_occasion(
        self, hop: str, kinds: tuple[str, ...], handset: str, body: str, message_sid: str | None = None
    ) -> FaultPlan | None:
        """Count an occasion of a hop and give the fault that happens on it, if any."""
        if not self._armed:
            return None
        now, found = self.clock.now(), None
        with self._lock:
            for armed in self._armed:
                plan = armed.plan
                if plan.hop != hop or plan.kind not in kinds or not plan.concerns(now, handset, body):
                    continue
                armed.occasions += 1
                if found is None and plan.fires(armed.occasions, self.chance, armed.key):
                    found = plan
        if found is not None:
            firing = Firing(now, found, handset, message_sid)
            self.firings.append(firing)
            if self.listener is not None:
                self.listener(firing)
        return found

    # -- the webhook hop ---------------------------------------------------------------------------------

    def deliver(self, message: CarrierMessage, job: Callable[[], None]) -> None:
        """Deliver a message to the application once, twice, later, or not at all."""
        plan = self.on_occasion("webhook", _DELIVERY, message.handset, message.body, message.sid)
        if plan is None:
            job()
            self._release()
        elif plan.kind == "duplicate":
            job()
            for copy in range(1, plan.copies):
                self.clock.after(plan.seconds * copy, job)  # the clock runs it also when that is at once
            self._release()
        elif plan.kind == "reordered":
            with self._lock:
                self._held.append(job)
            self.clock.after(plan.seconds, self._release)

    def _release(self) -> None:
        """Let what was held back pass, behind the one that has passed it."""
        with self._lock:
            held, self._held = self._held, []
        for job in held:
            job()

    def exchange(self, call: "Call", headers: dict[str, str], send: Callable[[], Exchange]) -> Exchange:
        """Make a request to the application and spoil it, or its answer."""
        plan = self.on_occasion("webhook", _REQUEST, call.message.handset, call.message.body, call.message.sid)
        if plan is None:
            return send()
        if plan.kind == "bad_signature":
            headers["X-Twilio-Signature"] = headers.get("X-Twilio-Signature", "")[::-1]
            return send()
        return _SPOILED[plan.kind](self, plan, send)

    def _slow(self, plan: FaultPlan, send: Callable[[], Exchange]) -> Exchange:
        found = send()
        if plan.seconds >= _LONGEST_ANSWER:
            return self._too_late()
        self.clock.sleep(plan.seconds)
        return found

    def _timeout(self, _plan: FaultPlan, send: Callable[[], Exchange]) -> Exchange:
        send()
        return self._too_late()

    def _too_late(self) -> Exchange:
        """Let the time pass that Twilio waits, and give the failure."""
        self.clock.sleep(_LONGEST_ANSWER)
        return _failed("no complete answer in time", "rt", 11205, _LONGEST_ANSWER)

    # -- the API hop -------------------------------------------------------------------------------------

    def api_fault(self, handset: str, body: str) -> FaultPlan | None:
        """Give the fault of one request to Twilio's API, if any."""
        return self.on_occasion("api", tuple(KINDS["api"]), handset, body)

    # -- the carrier hop ---------------------------------------------------------------------------------

    def step(self, message: CarrierMessage, step: Step) -> Step | None:
        """Give the step that a message really takes: delivery may fail, and receipts be late or missing."""
        if message.status != "sent":
            return step
        plan = self.on_occasion("carrier", tuple(KINDS["carrier"]), message.handset, message.body, message.sid)
        if plan is None:
            return step
        if plan.kind in ("undelivered", "filtered"):
            return Step("undelivered", step.after, plan.code or (30003 if plan.kind == "undelivered" else 30007))
        return None if plan.kind == "no_receipt" else Step(step.status, step.after + plan.seconds, step.error_code)


def _failed(error: str, failure: str, code: int, seconds: float = 0.0) -> Exchange:
    return Exchange(error_code=code, error=f"{error} (a fault of the scenario)", failure=failure, seconds=seconds)


def _status(_faults: Faults, plan: FaultPlan, _send: Callable[[], Exchange]) -> Exchange:
    status = plan.code or 500
    return Exchange(
        status,
        {"content-type": "text/plain"},
        b"This error is a fault of the scenario.",
        11200,
        f"the application answered {status}",
        f"{status // 100}xx",
    )


def _refused(_faults: Faults, _plan: FaultPlan, _send: Callable[[], Exchange]) -> Exchange:
    return _failed("the application took no connection", "ct", 11205)


def _truncated(_faults: Faults, _plan: FaultPlan, send: Callable[[], Exchange]) -> Exchange:
    send()
    return _failed("the connection broke in the middle of the answer", "other", 11206)


_SPOILED: dict[str, Callable[[Faults, FaultPlan, Callable[[], Exchange]], Exchange]] = {
    "refused": _refused,
    "slow": Faults._slow,
    "status": _status,
    "timeout": Faults._timeout,
    "truncated": _truncated,
}
