"""Webhooks: signed requests to an application, with retries, redirects and a record of every attempt."""

import ssl
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from urllib.parse import urlencode, urlsplit

from simulator.carrier import codes, fetching, log_store
from simulator.carrier.account import Account
from simulator.carrier.cookies import CookieJars
from simulator.carrier.digest import authorization
from simulator.carrier.errors import CarrierStoreError
from simulator.carrier.fetching import Exchange
from simulator.carrier.interference import Wire
from simulator.carrier.overrides import Connection, connection_of
from simulator.carrier.records import Alert, CarrierMessage, WebhookAttempt
from simulator.carrier.signing import sign, signature_base, signed_url
from simulator.carrier.sockets import OpenSockets
from simulator.carrier.webhook_form import Form, form_body

Kind = Literal["inbound", "fallback", "redirect", "status"]


@dataclass(frozen=True, slots=True)
class Call:
    """Be one thing to ask of an application: where, how, with what, and for which message."""

    kind: Kind
    message: CarrierMessage
    url: str
    method: str
    form: Form


@dataclass(frozen=True, slots=True)
class Outcome:
    """Be the last exchange of a call and the URL that it was with."""

    exchange: Exchange
    url: str


class Webhooks:
    """Send calls for an account. Each may block for its total timeout, so they run on the clock's threads."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._cookies = CookieJars(account.clock)
        self._sockets = OpenSockets()
        trusted = account.config.trusted_certificates
        self._network = partial(fetching.exchange, tls=_context(trusted)) if trusted else fetching.exchange

    @property
    def _wire(self) -> Wire:
        """Give the way that requests take now: an account may be led elsewhere after it was made."""
        return self._network if self._account.wire is fetching.exchange else self._account.wire

    def close(self) -> None:
        """End the requests that are under way."""
        self._sockets.shut_all()

    def send(self, call: Call) -> Outcome:
        """Make a call with all its retries; every exchange is recorded, nothing is raised."""
        refusal = self._refusal(call.url)
        if refusal is not None:
            self._record(call, call.url, {}, call.form, refusal)
            return Outcome(refusal, call.url)
        limits = connection_of(call.url, self._account.config)
        deadline = time.monotonic() + limits.total_timeout
        token = self._account.ids.token()
        for left in range(limits.retries, -1, -1):
            outcome = self._follow(call, limits, deadline, token)
            again = outcome.exchange.failure in limits.retry_on and time.monotonic() < deadline
            if not (again and left) or self._account.closing.is_set():
                break
        return outcome

    def _refusal(self, url: str) -> Exchange | None:
        config = self._account.config
        if not fetching.is_well_formed(url):
            return Exchange(error_code=11321, error=f"{url!r} is no URL that can be requested", failure="other")
        if not fetching.is_allowed(url, config.allowed_hosts):
            allowed = ", ".join(config.allowed_hosts)
            why = f"refused before any packet left: {urlsplit(url).hostname} is not among the allowed hosts ({allowed})"
            return Exchange(
                error_code=11200, error=f"{why}; add it to allowed_hosts to let it through", failure="other"
            )
        return None

    def _follow(self, call: Call, limits: Connection, deadline: float, token: str) -> Outcome:
        """Make one try: the request, a second one with credentials after a 401, and redirects."""
        credentials = fetching.credentials_of(call.url)
        url, method, form = signed_url(call.url), call.method, call.form
        for _ in range(self._account.config.max_redirects + 1):
            found = self._exchange(call, url, method, form, limits, deadline, {"I-Twilio-Idempotency-Token": token})
            # Only the host that the credentials were given for is shown them.
            if found.status == 401 and credentials is not None and _same_host(url, signed_url(call.url)):
                answer = authorization(
                    found.headers.get("www-authenticate", ""), method, _with_query(url, method, form), *credentials
                )
                extra = {"I-Twilio-Idempotency-Token": token, **answer}
                found = self._exchange(call, url, method, form, limits, deadline, extra)
            location = found.headers.get("location")
            if found.status not in fetching.REDIRECTS or not location:
                return Outcome(found, url)
            url = fetching.joined(url, location)
            if method == "GET" or found.status in (301, 302, 303):
                # A GET goes to the address as it stands: its parameters, where the application kept them, are in it.
                method, form = "GET", ()
            refusal = self._refusal(url)
            if refusal is not None:
                self._record(call, url, {}, form, refusal)
                return Outcome(refusal, url)
        return Outcome(replace(found, error_code=11215, error="too many redirects", failure="other"), url)

    def _exchange(
        self,
        call: Call,
        url: str,
        method: str,
        form: Form,
        limits: Connection,
        deadline: float,
        extra: dict[str, str],
    ) -> Exchange:
        config = self._account.config
        target = _with_query(url, method, form)
        posted = form if method == "POST" else ()
        base = signature_base(target, posted)
        headers = {
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "User-Agent": config.user_agent,
            "X-Home-Region": "us1",
            "X-Twilio-Signature": sign(config.auth_token, base),
            **extra,
        }
        pair = (call.message.handset, call.message.number or "")
        cookie = self._cookies.header(pair, target)
        if cookie:
            headers["Cookie"] = cookie
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
            body = form_body(posted)
        found = self._account.interference.exchange(
            call, headers, lambda: self._wire(method, target, headers, body, limits, deadline, self._sockets)
        )
        if found.status is not None and found.status >= 400:
            found = replace(found, error_code=config.http_error_code)
        self._cookies.keep(pair, target, found.cookies)
        self._record(call, target, headers, form, found, base, method)
        return found

    def _record(
        self,
        call: Call,
        url: str,
        headers: dict[str, str],
        form: Form,
        found: Exchange,
        base: str = "",
        method: str | None = None,
    ) -> None:
        attempt = WebhookAttempt(
            message_sid=call.message.sid,
            kind=call.kind,
            method=method or call.method,
            url=url,
            headers=headers,
            form=form,
            signature_base=base,
            status=found.status,
            response_headers=found.headers,
            response_body=found.body.decode("utf-8", "replace"),
            error_code=found.error_code,
            error=found.error,
            started_at=self._account.clock.now(),
            seconds=found.seconds,
        )
        self._account.record(attempt)

    def complain(self, call: Call, code: int, text: str, outcome: Outcome) -> None:
        """Raise an alert about a call, as Monitor shows it."""
        found = outcome.exchange
        self._account.alert(
            Alert(
                sid=self._account.ids.sid("NO"),
                error_code=code,
                log_level=codes.log_level(code),
                text=text,
                resource_sid=call.message.sid,
                request_method=call.method,
                request_url=outcome.url,
                request_variables=log_store.request_variables(call.form),
                response_headers=fetching.headers_as_text(found.headers),
                response_body=found.body.decode("utf-8", "replace"),
                created_at=self._account.clock.now(),
            )
        )


def _same_host(url: str, other: str) -> bool:
    return urlsplit(url).netloc == urlsplit(other).netloc


def _context(file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(file)
    except OSError as error:
        raise CarrierStoreError(
            f"The certificates in {file} cannot be read: {error}. Name a PEM file in trusted_certificates."
        ) from error
    return context


def _with_query(url: str, method: str, form: Form) -> str:
    """Give the URL as it is requested: for GET with the parameters in its query."""
    if method == "POST" or not form:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(form)}"
