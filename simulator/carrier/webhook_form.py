"""Webhook form: the parameters of the requests that Twilio sends. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote_plus

from simulator.carrier.geography import Place
from simulator.carrier.records import CarrierMessage, Media
from simulator.carrier.statuses import NOT_DELIVERED

API_VERSION = "2010-04-01"
Form = tuple[tuple[str, str], ...]


def inbound_form(
    account_sid: str,
    message: CarrierMessage,
    from_place: Place,
    to_place: Place,
    media: Sequence[tuple[Media, str]] = (),
) -> Form:
    """Give the parameters of an inbound message; `media` holds each attachment with its URL."""
    form = [
        ("ToCountry", to_place.country),
        ("ToState", to_place.state),
        ("SmsMessageSid", message.sid),
        ("NumMedia", str(message.num_media)),
        ("ToCity", to_place.city),
        ("FromZip", from_place.zip),
        ("SmsSid", message.sid),
        ("FromState", from_place.state),
        ("SmsStatus", "received"),
        ("FromCity", from_place.city),
        ("Body", message.body),
        ("FromCountry", from_place.country),
        ("To", message.to_phone),
        ("ToZip", to_place.zip),
        ("NumSegments", str(message.num_segments)),
        ("MessageSid", message.sid),
        ("AccountSid", account_sid),
        ("From", message.from_phone or ""),
        ("ApiVersion", API_VERSION),
    ]
    if message.messaging_service_sid:
        form.append(("MessagingServiceSid", message.messaging_service_sid))
    if message.opt_out_type:
        form.append(("OptOutType", message.opt_out_type))
    for index, (item, url) in enumerate(media):
        form += [(f"MediaUrl{index}", url), (f"MediaContentType{index}", item.content_type)]
    return tuple(form)


def status_form(account_sid: str, message: CarrierMessage) -> Form:
    """Give the parameters of a status callback; the body of the message is never in it."""
    form = [
        ("ApiVersion", API_VERSION),
        ("MessageStatus", message.status),
        ("SmsSid", message.sid),
        ("SmsStatus", message.status),
        ("To", message.to_phone),
        ("MessageSid", message.sid),
        ("AccountSid", account_sid),
    ]
    if message.from_phone:
        form.append(("From", message.from_phone))
    if message.messaging_service_sid:
        form.append(("MessagingServiceSid", message.messaging_service_sid))
    if message.error_code is not None and message.status in NOT_DELIVERED:
        form.append(("ErrorCode", str(message.error_code)))
    if message.status in ("delivered", "undelivered"):
        form.append(("RawDlrDoneDate", f"{message.updated_at:%y%m%d%H%M}"))
    return tuple(form)


def form_body(form: Form) -> bytes:
    """Give a form as the body of a POST.

    >>> form_body((("Body", "yes & no"), ("To", "+12025550199")))
    b'Body=yes+%26+no&To=%2B12025550199'
    """
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in form]).encode()


# The names, and most values, come again with every message.
@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return quote_plus(text, encoding="utf-8", errors="replace")


def fallback_form(form: Form, error_code: int, error_url: str, repeated: bool = True) -> Form:
    """Give the parameters of a fallback request: why and where the first one failed, and what it was about."""
    return (*(form if repeated else ()), ("ErrorCode", str(error_code)), ("ErrorUrl", error_url))
