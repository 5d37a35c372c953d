"""Webhook: the form that Twilio posts for an inbound SMS, turned into an `InboundMessage`."""

import re
from collections.abc import Mapping
from datetime import datetime

from inbound_core.errors import InboundError
from inbound_core.messages import InboundMessage
from inbound_core.texts import storable

#: Without these a message cannot be counted once, attributed or answered.
REQUIRED = ("MessageSid", "AccountSid", "From", "To")

_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")


class WebhookError(InboundError, ValueError):
    """Report a webhook that is no inbound message, naming the field at fault."""


def message_from_form(form: Mapping[str, str], received_at: datetime) -> InboundMessage:
    """Turn the form of Twilio's inbound SMS webhook into a message (Twilio's webhook-request guide).

    Fields that are not known are kept in `raw`, since Twilio adds some without notice. Raise `WebhookError`
    when a required field is missing or malformed.
    """
    missing = [name for name in REQUIRED if not form.get(name)]
    if missing:
        hint = ""
        if "MessageStatus" in form:
            hint = " It looks like a status callback: was the URL entered as status callback by mistake?"
        elif "CallSid" in form:
            hint = " It looks like a voice webhook: was the URL entered under Voice by mistake?"
        raise WebhookError(f"The form lacks {', '.join(missing)}, so it is no inbound SMS.{hint}")
    sid = form["MessageSid"]
    if not _SID.fullmatch(sid):
        raise WebhookError(f"MessageSid is {sid[:40]!r}; Twilio's are SM or MM and 32 hexadecimal digits.")
    return InboundMessage(
        message_sid=sid,
        from_phone=storable(form["From"]),
        to_phone=storable(form["To"]),
        body=storable(form.get("Body", "")),
        received_at=received_at,
        messaging_service_sid=storable(form.get("MessagingServiceSid", "")) or None,
        opt_out_type=storable(form.get("OptOutType", "")) or None,
        account_sid=storable(form["AccountSid"]),
        num_media=_count(form, "NumMedia", 0),
        num_segments=_count(form, "NumSegments", 1),
        raw={storable(name): storable(value) for name, value in form.items()},
    )


def _count(form: Mapping[str, str], name: str, default: int) -> int:
    text = form.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise WebhookError(f"{name} is {text[:40]!r}; it should be a small whole number.")
    return int(text)
