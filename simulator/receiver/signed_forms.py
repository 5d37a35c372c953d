"""Signed forms: what Twilio posts to the platform, taken in only when it really comes from Twilio."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps

from flask import Response, request
from werkzeug.datastructures import MultiDict

from inbound_core.errors import InboundError
from inbound_core.outgoing import UnknownSenderError
from inbound_core.storage import StoreError
from inbound_core.twilio.signature import SignatureError, check_signature
from inbound_core.twilio.webhook import WebhookError
from inbound_core.workspace import Workspace
from simulator.receiver.region import wrong_region

#: Twilio's forms are a few kB; nothing near this is one.
LARGEST_FORM = 64 * 1024


@dataclass(frozen=True, slots=True)
class ReceiverConfig:
    """Hold whose webhooks are taken in: the Twilio account, its auth token, and the address it calls.

    `public_url` is scheme, host and port as configured at Twilio, when a proxy stands before the receiver;
    without it the request's own count.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str | None = None


class WrongRegionError(InboundError, LookupError):
    """Report a webhook that went to the host of another region (R4)."""


class WrongAccountError(InboundError, PermissionError):
    """Report a webhook of an account that the workspace is not connected to."""


#: The answers to what can be wrong with a webhook; each carries the error's text.
STATUS_OF: dict[type[Exception], int] = {
    SignatureError: 403,
    WrongAccountError: 403,
    WebhookError: 400,
    UnknownSenderError: 404,
    WrongRegionError: 404,
    StoreError: 503,
}


def signed_form(workspace: Workspace, config: ReceiverConfig) -> MultiDict[str, str]:
    """Give the form of the request at hand, once region, signature and account are right.

    Raise `WrongRegionError`, `SignatureError` or `WrongAccountError`.
    """
    check_region(workspace, request.host, request.path)
    request.max_content_length = LARGEST_FORM
    request.max_form_memory_size = LARGEST_FORM
    form = request.form
    fields = {name: form.getlist(name) for name in form}
    check_sender(config, _signed_url(config), fields, request.headers.get("X-Twilio-Signature"))
    return form


def check_region(workspace: Workspace, host: str, path: str) -> None:
    """Raise `WrongRegionError` for a request to the host of another region than the workspace's."""
    elsewhere = wrong_region(workspace.region, host, path)
    if elsewhere:
        raise WrongRegionError(elsewhere)


def check_sender(config: ReceiverConfig, url: str, fields: Mapping[str, Sequence[str]], signature: str | None) -> None:
    """Raise `SignatureError` or `WrongAccountError` unless a form was posted to a URL by the account's Twilio."""
    check_signature(config.auth_token, url, fields, signature)
    account = fields.get("AccountSid", ("",))[0]
    if account and account != config.account_sid:
        raise WrongAccountError(f"The account {account[:40]!r} is not the one this workspace is connected to.")


def explained(view: Callable[[], Response]) -> Callable[[], Response]:
    """Answer what a view refuses with the fitting status and the reason."""

    @wraps(view)
    def answered() -> Response:
        try:
            return view()
        except tuple(STATUS_OF) as error:
            status, text = refusal_of(error)
            return Response(text, status=status, mimetype="text/plain")

    return answered


def refusal_of(error: Exception) -> tuple[int, str]:
    """Give the status and the text that answer one of the errors in `STATUS_OF`."""
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    text = f"It was not stored: {error}" if status == 503 else str(error)
    return status, text + "\n"


def _signed_url(config: ReceiverConfig) -> str:
    """Give the URL as the carrier signed it: scheme, host and port as configured, path and query as they came."""
    base = (config.public_url or request.host_url).rstrip("/")
    query = request.query_string.decode("ascii", errors="replace")
    return f"{base}{request.path}" + (f"?{query}" if query else "")
