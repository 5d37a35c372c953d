"""Webhook: the form that Twilio posts for an inbound SMS, turned into an `InboundMessage`."""

import re
from collections.abc import Mapping
from datetime import datetime

from inbound_core.errors import InboundError
from inbound_core.messages import InboundMessage
from inbound_core.texts import storable, storable_texts

#: Without these a message cannot be counted once, attributed or answered.
REQUIRED = ("MessageSid", "AccountSid", "From", "To")

_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
_SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")

#: Numbers, short codes, names of senders and addresses of other channels are all shorter.
LONGEST_ADDRESS = 250


class WebhookError(InboundError, ValueError):
    """Report a webhook that is no inbound message, naming the field at fault."""


def message_from_form(form: Mapping[str, str], received_at: datetime) -> InboundMessage:
    """Turn the form of Twilio's inbound SMS webhook into a message (Twilio's webhook-request guide).

    Fields that are not known are kept in `raw`, since Twilio adds some without notice. Raise `WebhookError`
    when a required field is missing or malformed.
    """
    missing = [name for name in REQUIRED if not form.get(name, "").strip()]
    if missing:
        hint = ""
        if "MessageStatus" in form:
            hint = " It looks like a status callback: was the URL entered as status callback by mistake?"
        elif "CallSid" in form:
            hint = " It looks like a voice webhook: was the URL entered under Voice by mistake?"
        raise WebhookError(f"The form lacks {', '.join(missing)}, so it is no inbound SMS.{hint}")
    for name in ("From", "To"):
        if len(form[name]) > LONGEST_ADDRESS:
            raise WebhookError(f"{name} has {len(form[name])} characters; nobody who texts has an address so long.")
    service = form.get("MessagingServiceSid", "")
    if service and not _SERVICE_SID.fullmatch(service):
        raise WebhookError(f"MessagingServiceSid is {service[:40]!r}; Twilio's are MG and 32 hexadecimal digits.")
    return InboundMessage(
        message_sid=checked_sid(form["MessageSid"]),
        from_phone=storable(form["From"]),
        to_phone=storable(form["To"]),
        body=storable(form.get("Body", "")),
        received_at=received_at,
        messaging_service_sid=service or None,
        opt_out_type=storable(form.get("OptOutType", "")) or None,
        account_sid=storable(form["AccountSid"]),
        num_media=_count(form, "NumMedia", 0),
        num_segments=_count(form, "NumSegments", 1),
        raw=storable_texts(form),
    )


def checked_sid(sid: str) -> str:
    """Give a message's sid back; raise `WebhookError` for what is none."""
    if not _SID.fullmatch(sid):
        raise WebhookError(f"MessageSid is {sid[:40]!r}; Twilio's are SM or MM and 32 hexadecimal digits.")
    return sid


def _count(form: Mapping[str, str], name: str, default: int) -> int:
    text = form.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise WebhookError(f"{name} is {text[:40]!r}; it should be a small whole number.")
    return int(text)
