"""Statuses: how a message moves on, always forward. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from simulator.carrier.config import CarrierConfig

#: Where each status may go; what is missing is an end.
FOLLOWERS: dict[str, tuple[str, ...]] = {
    "scheduled": ("accepted", "canceled"),
    "accepted": ("queued", "failed", "canceled"),
    "queued": ("sending", "failed", "canceled"),
    "sending": ("sent", "failed"),
    "sent": ("delivered", "undelivered"),
}
#: Statuses of messages that are still on their way.
UNFINISHED = tuple(FOLLOWERS)
#: Statuses with which a message ends that no handset got.
NOT_DELIVERED = ("failed", "undelivered")
#: Statuses that a status callback tells of; Twilio lists `sending` for the resource only.
REPORTED = {"queued", "sent", "delivered", "undelivered", "failed", "canceled"}


class Reach(StrEnum):
    """Name how a handset can be reached; all but ON end a message with an error or without a receipt."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"
    LANDLINE = "landline"
    BLOCKED = "blocked"
    FILTERED = "filtered"
    BROKEN = "broken"
    NO_RECEIPT = "no_receipt"


_ERRORS = {
    Reach.OFF: 30003,
    Reach.BLOCKED: 30004,
    Reach.UNKNOWN: 30005,
    Reach.LANDLINE: 30006,
    Reach.FILTERED: 30007,
    Reach.BROKEN: 30008,
}


@dataclass(frozen=True, slots=True)
class Step:
    """Be the next status of a message, after how many seconds, and with which error."""

    status: str
    after: float
    error_code: int | None = None


def next_step(status: str, reach: Reach, config: CarrierConfig) -> Step | None:
    """Give what comes after a status, or None at an end.

    >>> next_step("sent", Reach.UNKNOWN, CarrierConfig("AC", "token")).error_code
    30005
    """
    if status == "accepted":
        return Step("queued", config.queued_after)
    if status == "queued":
        return Step("sending", config.sending_after)
    if status == "sending":
        return Step("sent", config.sent_after)
    if status != "sent" or reach is Reach.NO_RECEIPT:
        return None
    if reach is Reach.ON:
        return Step("delivered", config.delivered_after)
    after = config.unreachable_after if reach is Reach.OFF else config.delivered_after
    return Step("undelivered", after, _ERRORS[reach])
