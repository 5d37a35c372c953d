"""Events: what happened to the workspace. An inbound message is one, somebody's or nobody's (R15)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

INBOUND_SMS = "inbound_sms"


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one event of one profile. For an inbound message `data` has from, to, body, keyword and sender."""

    id: str
    name: str
    at: datetime
    profile_id: str
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    message_sid: str | None = None


@dataclass(frozen=True, slots=True)
class AnonymousEvent:
    """Hold an inbound message that no profile owned when it came. It stays so for ever (R15, R17)."""

    id: str
    name: str
    at: datetime
    phone: str
    cause: str
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    message_sid: str | None = None
