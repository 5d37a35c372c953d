"""Senders: the platform's own numbers and messaging services, never the person who texts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sender:
    """Describe one of the platform's numbers: its service, where its replies go, and who manages it (R4, R5).

    `inbound_url` is what the carrier calls for a reply to it, as far as it is known; `managed` means that the
    platform set the number up itself, so that there is nothing to do (R5).
    """

    phone: str
    messaging_service_sid: str | None = None
    inbound_url: str | None = None
    managed: bool = False

    @property
    def key(self) -> str:
        """Name the sender as consent does: the messaging service, or the number when in none (R20)."""
        return self.messaging_service_sid or self.phone
