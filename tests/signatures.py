"""Signatures: Twilio's own validator as the judge of what the fake Twilio signs."""

from collections.abc import Iterable

from twilio.request_validator import RequestValidator


class _Multi(dict[str, list[str]]):
    """Show a form to the validator as it asks for it."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def is_signed(token: str, url: str, form: Iterable[tuple[str, str]], signature: str) -> bool:
    """Ask Twilio's validator whether a request is one that it would take."""
    values = _Multi()
    for name, value in form:
        values.setdefault(name, []).append(value)
    return bool(RequestValidator(token).validate(url, values, signature))
