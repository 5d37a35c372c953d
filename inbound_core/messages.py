"""SMS in and out, in words of no provider: what arrived, what is to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """Hold one message that a person sent to one of the platform's numbers.

    `from_phone` is the person, `to_phone` the platform's number, both as the carrier wrote them (normally
    E.164). `raw` is the webhook as it came, names and values untouched.
    """

    message_sid: str
    from_phone: str
    to_phone: str
    body: str
    received_at: datetime
    messaging_service_sid: str | None = None
    opt_out_type: str | None = None
    account_sid: str = ""
    num_media: int = 0
    num_segments: int = 1
    raw: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def sender(self) -> str:
        """Name the sender that was replied to: the messaging service, or the number when in none (R20)."""
        return self.messaging_service_sid or self.to_phone


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """Hold one message that the platform sends: to which number, from which sender, for which profile."""

    to_phone: str
    sender: str
    body: str
    profile_id: str | None = None
