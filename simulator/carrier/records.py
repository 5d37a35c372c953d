"""Records: the things that the fake Twilio keeps, as they cross its boundary."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any


class Origin(StrEnum):
    """Name who made a message. Twilio's own answers and dropped messages are in no list of the REST API."""

    HANDSET = "handset"
    API = "api"
    REPLY = "reply"
    TWILIO = "twilio"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Media:
    """Hold one attachment: its bytes, or the URL where they are."""

    content_type: str
    content: bytes = b""
    url: str = ""
    sid: str = ""


@dataclass(frozen=True, slots=True)
class CarrierMessage:
    """Be one message as Twilio's Message resource has it, with what only the simulator knows.

    `from_phone` is None until a service has picked a sender. `number` is the account's side and `handset` the
    person's; `listed` tells whether the REST API shows it.
    """

    sid: str
    direction: str
    origin: Origin
    from_phone: str | None
    to_phone: str
    handset: str
    number: str | None
    body: str
    status: str
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    messaging_service_sid: str | None = None
    num_segments: int = 1
    num_media: int = 0
    error_code: int | None = None
    listed: bool = True
    opt_out_type: str | None = None
    status_callback: str | None = None
    status_callback_method: str = "POST"
    validity_period: int = 36000
    send_at: datetime | None = None
    tags: str | None = None
    provide_feedback: bool = False
    sequence: int = 0


_FIELDS = tuple(field.name for field in fields(CarrierMessage))
_VALUES = attrgetter(*_FIELDS)
_MOVED = tuple(_FIELDS.index(name) for name in ("status", "error_code", "updated_at", "sent_at"))


def moved(
    message: CarrierMessage, status: str, error_code: int | None, at: datetime, sent_at: datetime | None
) -> CarrierMessage:
    """Give a message in its next status. Each takes three such steps: `replace` would cost twice as much."""
    values = list(_VALUES(message))
    for index, value in zip(_MOVED, (status, error_code, at, sent_at), strict=True):
        values[index] = value
    return CarrierMessage(*values)


@dataclass(frozen=True, slots=True)
class HandsetMessage:
    """Be one bubble on the screen of a handset. `incoming` ones came to it, `by` says who wrote them."""

    sid: str
    from_phone: str
    to_phone: str
    handset: str
    number: str
    incoming: bool
    by: Origin
    body: str
    status: str
    at: datetime
    num_media: int = 0
    error_code: int | None = None

    @classmethod
    def of(cls, message: CarrierMessage) -> "HandsetMessage":
        """Give a message as the handset shows it."""
        return cls(
            sid=message.sid,
            from_phone=message.from_phone or "",
            to_phone=message.to_phone,
            handset=message.handset,
            number=message.number or "",
            incoming=message.direction != "inbound",
            by=message.origin,
            body=message.body,
            status=message.status,
            at=message.sent_at or message.created_at,
            num_media=message.num_media,
            error_code=message.error_code,
        )


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """Be one request that was sent to an application, with all that is needed to understand its answer."""

    message_sid: str
    kind: str
    method: str
    url: str
    headers: dict[str, str]
    form: tuple[tuple[str, str], ...]
    signature_base: str
    status: int | None
    response_headers: dict[str, str]
    response_body: str
    error_code: int | None
    error: str
    started_at: datetime
    seconds: float
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """Be one entry of Monitor: what went wrong between Twilio and an application."""

    sid: str
    error_code: int
    log_level: str
    text: str
    resource_sid: str
    request_method: str
    request_url: str
    request_variables: str
    response_headers: str
    response_body: str
    created_at: datetime
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class OptOut:
    """Say that a handset is opted out of a scope, a messaging service or a number, and since when."""

    handset: str
    scope: str
    since: datetime


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """Tell a listener what changed: `kind` is message, attempt, alert, opt_out, number or service."""

    kind: str
    at: datetime
    subject: Any
