"""Events: what happened to the workspace. An inbound message is one, somebody's or nobody's (R15)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

INBOUND_SMS = "inbound_sms"
#: What such an event has.
MESSAGE_PROPERTIES = ("body", "keyword", "from", "to", "sender", "num_media")

#: How the ids of events begin that are made here: of a message by its MessageSid, of others by their entry in the log.
OF_MESSAGE, OF_ENTRY = "inbound-", "event-"
#: What is put before a caller's id that begins like one of these.
OF_CALLER = "given-"


def given_id(event_id: str) -> str:
    """Give a caller's id as it is stored, which is never one that is made here.

    Equal ids stay equal and different ones different.

    >>> given_id("order 7"), given_id("event-3")
    ('order 7', 'given-event-3')
    """
    return f"{OF_CALLER}{event_id}" if event_id.startswith((OF_MESSAGE, OF_ENTRY, OF_CALLER)) else event_id


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
