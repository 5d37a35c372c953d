"""Replaying: send recorded webhooks again, to the same or another application, as they were or edited."""

import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from inbound_core.errors import InboundError
from simulator.carrier import WebhookAttempt, fetching
from simulator.carrier.ids import Ids, RandomIds
from simulator.carrier.overrides import Connection
from simulator.carrier.signing import sign, signature_base
from simulator.carrier.sockets import OpenSockets

LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: Fields that name the message; with fresh sids all of them change together.
_SID_FIELDS = ("MessageSid", "SmsSid", "SmsMessageSid")


class ReplayRefused(InboundError, PermissionError):
    """Report a replay to a host that was not allowed, or to what is no address."""


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """Say how webhooks are sent again.

    `url` replaces the recorded one; `edits` replace fields of the form (an empty value is kept, None removes the
    field). With `spacing` the pauses between them are the original ones times it, 0 sends at once. `fresh_sids`
    makes new messages of them; else an application that counts a MessageSid once does nothing.
    """

    auth_token: str = field(repr=False)
    url: str | None = None
    edits: Mapping[str, str | None] = field(default_factory=dict)
    spacing: float = 0.0
    copies: int = 1
    fresh_sids: bool = False
    allowed_hosts: tuple[str, ...] = LOOPBACK


@dataclass(frozen=True, slots=True)
class Request:
    """Be one signed request, ready to be sent or to be written as a command."""

    url: str
    headers: Mapping[str, str]
    body: str
    started_at: datetime

    def curl(self) -> str:
        """Write the request as a curl command for a shell."""
        parts = ["curl", "-i", "-X", "POST", self.url]
        for name, value in self.headers.items():
            parts += ["-H", f"{name}: {value}"]
        return " ".join(shlex.quote(part) for part in [*parts, "--data-raw", self.body])


@dataclass(frozen=True, slots=True)
class Replayed:
    """Hold one request that was sent again, and what came back this time and the first time."""

    request: Request
    status: int | None
    body: str
    error: str
    status_before: int | None

    def __str__(self) -> str:
        now = self.status if self.status is not None else self.error
        before = self.status_before if self.status_before is not None else "no answer"
        form = dict(parse_qsl(self.request.body, keep_blank_values=True))
        return f"{form.get('From', '?')}: {form.get('Body', '')!r} to {self.request.url}: {now} (before: {before})"


def requests_of(attempts: Iterable[WebhookAttempt], plan: ReplayPlan, ids: Ids | None = None) -> Iterator[Request]:
    """Yield the signed request of each recorded POST that told an application of a message, oldest first."""
    ids = ids or RandomIds()
    for attempt in attempts:
        if attempt.method != "POST" or not attempt.form:
            continue
        for _ in range(plan.copies):
            form = _edited(attempt.form, plan, ids)
            url = plan.url or attempt.url
            if not fetching.is_well_formed(url):
                raise ReplayRefused(f"{url} is no address of an application. Write it as http://127.0.0.1:5001/sms.")
            signature = sign(plan.auth_token, signature_base(url, form))
            headers = {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "TwilioProxy/1.1",
                "X-Twilio-Signature": signature,
            }
            yield Request(url, headers, urlencode(form), attempt.started_at)


def _edited(form: tuple[tuple[str, str], ...], plan: ReplayPlan, ids: Ids) -> tuple[tuple[str, str], ...]:
    values: dict[str, str | None] = dict(plan.edits)
    if plan.fresh_sids:
        sid = ids.sid("SM")
        values = {**dict.fromkeys(_SID_FIELDS, sid), **values}
    kept = [(name, values.get(name, value)) for name, value in form]
    added = [(name, value) for name, value in values.items() if name not in dict(form) and name not in _SID_FIELDS]
    return tuple((name, value) for name, value in kept + added if value is not None)


def replay(
    attempts: Iterable[WebhookAttempt],
    plan: ReplayPlan,
    ids: Ids | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Replayed]:
    """Send recorded webhooks again and yield what comes back. Raise `ReplayRefused` for a host not allowed."""
    recorded = [attempt for attempt in attempts if attempt.method == "POST" and attempt.form]
    before = [attempt.status for attempt in recorded for _ in range(plan.copies)]
    last: datetime | None = None
    for request, status_before in zip(requests_of(recorded, plan, ids), before, strict=True):
        if not fetching.is_allowed(request.url, plan.allowed_hosts):
            raise ReplayRefused(
                f"{urlsplit(request.url).hostname} is not on this machine, and what is replayed holds numbers and "
                "texts of people. Name it with --allow-host when you mean it."
            )
        if last is not None and plan.spacing > 0:
            sleep(max(0.0, (request.started_at - last).total_seconds()) * plan.spacing)
        last = request.started_at
        limits = Connection(5.0, 15.0, 15.0)
        found = fetching.exchange(
            "POST",
            request.url,
            dict(request.headers),
            request.body.encode(),
            limits,
            time.monotonic() + limits.total_timeout,
            OpenSockets(),
        )
        yield Replayed(request, found.status, found.body.decode("utf-8", "replace"), found.error, status_before)
