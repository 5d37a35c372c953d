"""Signature: whether a webhook really comes from Twilio, judged by Twilio's own validator."""

import base64
import hmac
from collections.abc import Mapping, Sequence

from twilio.request_validator import RequestValidator

from inbound_core.errors import InboundError


class SignatureError(InboundError, PermissionError):
    """Report a webhook whose signature is missing or wrong, with the likely cause."""


class _Form(dict[str, list[str]]):
    """Show a form to the validator as it asks for it: by `getlist`, all values of a name."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def check_signature(auth_token: str, url: str, form: Mapping[str, Sequence[str]], signature: str | None) -> None:
    """Raise `SignatureError` unless `signature` is Twilio's for this URL and form under this token.

    `form` maps each name to all of its values, empty for GET, whose values stand in the URL. The validator
    tries the URL with and without its port.
    """
    if not signature:
        raise SignatureError(
            "The request has no X-Twilio-Signature header, so it cannot be told from a forged one. "
            "Does it come from Twilio (or the simulator), and does a proxy in between drop the header?"
        )
    if hmac.compare_digest(usual_signature(auth_token, url, form), signature.encode()):
        return
    parameters = _Form({name: list(values) for name, values in form.items()})
    if not RequestValidator(auth_token).validate(url, parameters, signature):
        raise SignatureError(
            f"The X-Twilio-Signature does not fit the request to {url}. Usual causes: another auth token than the "
            "account's primary one, a proxy that changes host, port or path, or a form that was altered on the way."
        )


def usual_signature(auth_token: str, url: str, form: Mapping[str, Sequence[str]]) -> bytes:
    """Give the signature for the URL as it stands, as Twilio's security guide describes it.

    The validator makes two for every request, which takes much longer; it is asked only where this one does not fit.
    """
    parts = [url]
    for name in sorted(form):
        values = form[name]
        for value in values if len(values) == 1 else sorted(set(values)):
            parts += (name, value)
    text = "".join(parts).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(auth_token.encode(), text, "sha1"))
