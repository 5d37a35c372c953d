"""Activity: what the platform did, in order, in sentences for people to read (R6, R21, R23)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ActivityKind(StrEnum):
    """Name the kinds of entries of the activity log."""

    PROFILE_CREATED = "profile_created"
    ATTRIBUTE_CHANGED = "attribute_changed"
    PROFILE_DELETED = "profile_deleted"
    CUSTOM_EVENT = "custom_event"
    MESSAGE_RECEIVED = "message_received"
    ANONYMOUS_EVENT = "anonymous_event"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    OPT_IN_IN_FORCE = "opt_in_in_force"
    OPT_OUT_IN_FORCE = "opt_out_in_force"
    HELP_REQUESTED = "help_requested"
    DUPLICATE_WEBHOOK = "duplicate_webhook"
    MESSAGE_SENT = "message_sent"
    SEND_FAILED = "send_failed"
    SEND_REFUSED = "send_refused"
    ENTERED_SEGMENT = "entered_segment"
    LEFT_SEGMENT = "left_segment"
    CAMPAIGN_TRIGGERED = "campaign_triggered"
    CAMPAIGN_HELD_BACK = "campaign_held_back"
    FOLLOW_UP_PUT_OFF = "follow_up_put_off"


@dataclass(frozen=True, slots=True)
class Activity:
    """Hold one entry of the activity log. `number` grows by one per entry and is 0 before it is stored."""

    kind: ActivityKind
    at: datetime
    text: str
    profile_id: str | None = None
    phone: str | None = None
    sender: str | None = None
    message_sid: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    number: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {**asdict(self), "kind": str(self.kind), "at": self.at.isoformat()}
