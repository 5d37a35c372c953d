"""Conversation: what the screen of a handset shows, as plain values: bubbles, ticks, banner, segment counter."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from simulator.carrier import HandsetMessage
from simulator.carrier.records import Origin
from simulator.carrier.segments import segment

_AUTHORS = {
    Origin.API: "the platform",
    Origin.REPLY: "TwiML reply",
    Origin.TWILIO: "Twilio itself",
    Origin.NETWORK: "the network",
}

#: Status -> ticks and what they mean, as messengers show them.
_TICKS = {
    "queued": ("◔", "waiting at Twilio"),
    "accepted": ("◔", "waiting at Twilio"),
    "scheduled": ("◔", "scheduled"),
    "sending": ("◔", "on its way"),
    "sent": ("✓", "handed to the network"),
    "delivered": ("✓✓", "delivered"),
    "received": ("✓✓", "received by Twilio"),
    "undelivered": ("!", "not delivered"),
    "failed": ("!", "failed"),
}


def bubbles(messages: Iterable[HandsetMessage]) -> list[dict[str, Any]]:
    """Give the bubbles of a screen, oldest first: side, author, text, time, ticks."""
    return [_bubble(message) for message in messages]


def _bubble(message: HandsetMessage) -> dict[str, Any]:
    ticks, meaning = _TICKS.get(message.status, ("", message.status))
    if message.error_code:
        meaning = f"{meaning} (Twilio error {message.error_code})"
    return {
        "side": "theirs" if message.incoming else "own",
        "author": _AUTHORS.get(message.by, "") if message.incoming else "",
        "twilio": message.incoming and message.by in (Origin.TWILIO, Origin.NETWORK),
        "text": message.body,
        "time": f"{message.at:%H:%M}",
        "ticks": ticks,
        "status": meaning,
        "media": message.num_media,
    }


def counter(draft: str) -> str:
    """Say how a draft would travel: characters, segments, encoding, and the character that forced UCS-2.

    >>> counter("Hi")
    '2 of 160 · 1 SMS · GSM-7'
    """
    cut = segment(draft)
    alone, joined = (160, 153) if cut.encoding == "GSM-7" else (70, 67)
    room = alone if cut.count == 1 else joined * cut.count
    forced = f" because of {', '.join(map(_named, cut.forced_by[:3]))}" if cut.forced_by else ""
    return f"{cut.units} of {room} · {cut.count} SMS · {cut.encoding}{forced}"


def _named(char: str) -> str:
    """Show a character that can be seen, with its name, which says more where it looks like another one."""
    name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
    return f"{char} ({name})" if char.isprintable() and not char.isspace() else name


def banner(opted_out: bool, carrier_opted_out: bool, sender: str) -> str:
    """Say that this handset opted out of the number on the screen, as both sides have it."""
    if opted_out and carrier_opted_out:
        return f"Opted out of {sender}: nothing more arrives from it. Text START to lift it."
    if opted_out:
        return f"The platform has this number opted out of {sender}, and sends nothing."
    if carrier_opted_out:
        return f"Twilio has this number opted out of {sender}; the platform does not know of it."
    return ""
