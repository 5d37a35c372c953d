"""Outcomes: what became of one text, on the carrier's side and on the platform's, and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from inbound_core.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Delivery:
    """Describe one call of a webhook: where to, what came back, and Twilio's error code if it failed."""

    url: str
    status: int | None
    error_code: int | None
    response_body: str


@dataclass(frozen=True, slots=True)
class TextOutcome:
    """Hold what one text from a handset came to.

    `heard` are the messages that the handset got since, Twilio's own answers among them (R22); `explanation`
    is the platform's, or None when the message did not arrive there.
    """

    message_sid: str
    from_phone: str
    to_phone: str
    body: str
    deliveries: tuple[Delivery, ...]
    heard: tuple[str, ...]
    explanation: Explanation | None

    @property
    def arrived(self) -> bool:
        """Tell whether the platform took the message in."""
        return self.explanation is not None

    def lines(self) -> list[str]:
        """Give both sides as plain text, in the order in which they happened."""
        lines = [f"handset   {self.from_phone} -> {self.to_phone}: {_beneath(self.body)}"]
        for delivery in self.deliveries:
            answer = f"{delivery.status}" if delivery.status is not None else "no answer"
            code = f", Twilio error {delivery.error_code}" if delivery.error_code else ""
            lines.append(f"carrier   signed webhook to {delivery.url}: {answer}{code}")
            if delivery.error_code and delivery.response_body:
                lines.append(f"          {_beneath(delivery.response_body.strip()[:300])}")
        if not self.deliveries:
            lines.append("carrier   no webhook was sent: the number has no inbound URL.")
        lines += [f"handset   hears: {_beneath(body)}" for body in self.heard]
        if self.explanation is None:
            lines.append("platform  nothing arrived.")
        else:
            lines += [f"platform  {line}" for line in self.explanation.lines()]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        carrier = "".join(f"<div>{escape(line)}</div>" for line in self.lines() if not line.startswith("platform"))
        platform = self.explanation._repr_html_() if self.explanation else "<p>Nothing arrived at the platform.</p>"
        return f"<div style='font-family:monospace'>{carrier}</div>{platform}"

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON; `from_dict` reads them back."""
        return {
            "message_sid": self.message_sid,
            "from": self.from_phone,
            "to": self.to_phone,
            "body": self.body,
            "deliveries": [asdict(delivery) for delivery in self.deliveries],
            "heard": list(self.heard),
            "explanation": self.explanation.to_dict() if self.explanation else None,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "TextOutcome":
        """Read what `to_dict` wrote."""
        return cls(
            plain["message_sid"],
            plain["from"],
            plain["to"],
            plain["body"],
            tuple(Delivery(**item) for item in plain["deliveries"]),
            tuple(plain["heard"]),
            Explanation.from_dict(plain["explanation"]) if plain["explanation"] else None,
        )


def _beneath(text: str) -> str:
    """Indent all lines but the first, so that none of a message's passes for one of ours."""
    return "\n          ".join(text.splitlines()) if "\n" in text else text
