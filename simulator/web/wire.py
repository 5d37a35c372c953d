"""Wire: what went between Twilio, the platform and applications, as lines of the page."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from simulator.api_calls import ApiCall
from simulator.carrier import WebhookAttempt

_KINDS = {
    "inbound": "webhook",
    "fallback": "fallback webhook",
    "redirect": "TwiML redirect",
    "status": "status callback",
}


@dataclass(frozen=True, slots=True)
class WireLine:
    """Be one request on the wire in short. `outgoing` ones left Twilio; the others came to one of its APIs."""

    key: str
    at: datetime
    label: str
    method: str
    path: str
    outgoing: bool
    status: int | None
    seconds: float
    error_code: int | None = None
    error: str = ""
    message_sid: str | None = None

    @property
    def address(self) -> str:
        """Give the address of the page that shows all of it."""
        return f"/wire/{self.key}"

    @property
    def went_well(self) -> bool:
        """Tell whether it was answered, and without an error."""
        return self.status is not None and self.status < 400 and not self.error_code


def of_attempt(attempt: WebhookAttempt) -> WireLine:
    """Make the line of a webhook or callback."""
    return WireLine(
        f"webhook-{attempt.sequence}",
        attempt.started_at,
        _KINDS.get(attempt.kind, attempt.kind),
        attempt.method,
        _in_short(attempt.url),
        True,
        attempt.status,
        attempt.seconds,
        attempt.error_code,
        attempt.error,
        attempt.message_sid,
    )


def _in_short(url: str) -> str:
    """Leave out what goes without saying; an address that is none, as an application may answer, stays as it is."""
    try:
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        return url
    return (parts.path or "/") if local else f"{parts.netloc}{parts.path}"


def of_call(call: ApiCall) -> WireLine:
    """Make the line of a request to one of the APIs."""
    track = call.path.startswith("/api/v1/")
    label = "Track API" if track else "Twilio API"
    return WireLine(
        f"call-{call.number}",
        call.at,
        label,
        call.method,
        _shortened(call.path),
        False,
        call.status,
        call.seconds,
        message_sid=call.message_sid,
    )


def _shortened(path: str) -> str:
    """Leave out the account, which is the same in every path."""
    before, accounts, rest = path.partition("/Accounts/")
    return f"/…/{rest.partition('/')[2]}" if accounts and rest else before
