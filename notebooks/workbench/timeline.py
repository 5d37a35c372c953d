"""Timeline: the carrier's log, the requests between both sides, and the platform's activity, as they happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from markupsafe import Markup

from inbound_core.activity import Activity
from simulator.carrier import HandsetMessage, WebhookAttempt
from workbench import pages
from workbench.naming import readable


class Side(StrEnum):
    """Name where an entry happened."""

    HANDSET = "handset"
    TWILIO = "Twilio"
    PLATFORM = "platform"


TONES = {Side.HANDSET: "info", Side.TWILIO: "warn", Side.PLATFORM: "good"}

#: A message is answered before its webhook is settled, and decided before it is answered.
_ORDER = {Side.HANDSET: 0, Side.TWILIO: 1, Side.PLATFORM: 2}


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one line of the timeline and what it is about; `message_sid` ties the sides together."""

    at: datetime
    side: Side
    text: str
    message_sid: str | None
    subject: HandsetMessage | WebhookAttempt | Activity


def timeline(
    messages: Iterable[HandsetMessage],
    attempts: Iterable[WebhookAttempt],
    activities: Iterable[Activity],
    names: Mapping[str, str],
) -> list[Entry]:
    """Put all three logs into one, oldest first; what happened at one time is in the order of the message's way."""
    told = [Entry(one.at, Side.PLATFORM, readable(one.text, names), one.message_sid, one) for one in activities]
    first: dict[str | None, datetime] = {}
    for entry in told:
        first[entry.message_sid] = min(entry.at, first.get(entry.message_sid, entry.at))
    entries = [_of_message(message) for message in messages]
    entries += [_of_attempt(attempt, first.get(attempt.message_sid)) for attempt in attempts]
    entries += told
    return sorted(entries, key=lambda entry: (entry.at, _ORDER[entry.side]))


def _of_message(message: HandsetMessage) -> Entry:
    text = pages.shown(message.body, 90)
    if not message.incoming:
        return Entry(
            message.at, Side.HANDSET, f"{message.handset} texts {message.number}: {text}", message.sid, message
        )
    who = "Twilio itself answers" if message.by in ("twilio", "network") else "Twilio delivers to"
    return Entry(message.at, Side.TWILIO, f"{who} {message.handset}: {text}", message.sid, message)


def _of_attempt(attempt: WebhookAttempt, decided: datetime | None) -> Entry:
    at = attempt.started_at
    if attempt.kind == "inbound" and decided is not None:
        # A carrier may note a request when it is answered, which is after what the request set off.
        at = min(at, decided)
    answer = "no answer" if attempt.status is None else f"answered {attempt.status}"
    kind = "signed webhook" if attempt.kind == "inbound" else attempt.kind.replace("_", " ")
    text = f"{kind}: {attempt.method} {urlsplit(attempt.url).path}, {answer}"
    if attempt.error_code:
        text += f" (Twilio error {attempt.error_code})"
    return Entry(at, Side.TWILIO, text, attempt.message_sid, attempt)


def request_picture(attempt: WebhookAttempt) -> Markup:
    """Show a webhook as Twilio sent it: what was signed, the form, and the answer."""
    form = [(name, pages.code(value)) for name, value in attempt.form if value]
    headers = [(name, pages.code(value)) for name, value in attempt.headers.items() if name.startswith("X-Twilio")]
    base = pages.element("pre", attempt.signature_base, css="iw-pre")
    answer = pages.element("pre", attempt.response_body or attempt.error or "(empty)", css="iw-pre")
    return pages.join(
        (
            pages.paragraph(pages.element("b", "Request "), pages.code(f"{attempt.method} {attempt.url}")),
            pages.paragraph(
                pages.element("b", "Signature base string"), ": the address, then each field's name and value, sorted"
            ),
            base,
            pages.facts(headers),
            pages.paragraph(pages.element("b", "Form")),
            pages.facts(form),
            pages.paragraph(pages.element("b", f"Answer {attempt.status if attempt.status is not None else ''}")),
            answer,
        )
    )
