"""Sending: whether a message may go out at all, and the errors that say why it may not (R16, R21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from inbound_core.consent import ConsentLedger, ConsentState
from inbound_core.errors import InboundError
from inbound_core.messages import OutboundMessage


class SendRefused(InboundError, PermissionError):
    """Report a message that the platform does not send, and why."""


class OptedOutError(SendRefused):
    """Report that the number opted out of this sender (R21)."""


class AnonymousRecipientError(SendRefused):
    """Report that nobody known has the number: an anonymous event's author cannot be written to (R16)."""


class UnreadablePhoneError(SendRefused, ValueError):
    """Report a phone that cannot be read as a number, so that nothing can be sent to it."""


class Transport(Protocol):
    """Hand one message to the carrier and give back its MessageSid; raise `TransportError` if it is refused.

    A transport may also have `find(message, since)`, which gives the MessageSids of messages like this one that
    the carrier took since a time, oldest first: that is how an interrupted sending is made good without doubling.
    """

    def __call__(self, message: OutboundMessage) -> str:
        """Send one message."""


class TransportError(InboundError, ConnectionError):
    """Report that the carrier refused a message or did not answer; `code` is the carrier's own, if any.

    `uncertain` means that it may have taken the message all the same; `passing` that it surely did not and that
    trying again later makes sense.
    """

    def __init__(self, text: str, code: int | None = None, *, uncertain: bool = False, passing: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.uncertain = uncertain
        self.passing = passing


def _anonymous(phone: str, owners: Sequence[str]) -> str:
    if owners:
        return (
            f"The author of an anonymous event cannot be written to, also now that {owners[0]} has the number "
            f"{phone}: the two are never joined (R16, R17). Send to the profile {owners[0]} instead."
        )
    return (
        f"Nobody in this workspace has the number {phone}, so it cannot be written to: the author of an anonymous "
        "event stays unknown for ever (R16, R17). Identify a profile with this number first; messages from then on "
        "are that profile's."
    )


@dataclass(frozen=True, slots=True)
class SentMessage:
    """Hold what became of a message.

    `sent` with the carrier's MessageSid; `queued` while there is no carrier or it is tried again later; `sending`
    while it is not known whether the carrier took it; `failed` with the carrier's reason as `error`.
    """

    number: int
    message: OutboundMessage
    status: str
    message_sid: str | None = None
    error: str | None = None


def refusal(
    phone: str, sender: str, known: bool, consent: ConsentLedger, owners: Sequence[str] = ()
) -> SendRefused | None:
    """Give the reason why a number may not be written to from a sender, or None when it may (R16, R21).

    `known` is False where nobody has the number, and for the author of an anonymous event, also when `owners`
    got the number since.
    """
    if not known:
        return AnonymousRecipientError(_anonymous(phone, owners))
    last = consent.last(phone, sender)
    if last is not None and last.state is ConsentState.OPTED_OUT:
        return OptedOutError(
            f"{phone} opted out of {sender} at {last.at:%Y-%m-%d %H:%M:%S} UTC ({last.cause}), so nothing is sent "
            "(R21). The person can lift it by texting START to that sender; other senders may still write (R20)."
        )
    return None
