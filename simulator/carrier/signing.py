"""Signing: Twilio's X-Twilio-Signature, made without Twilio's library so that it can bear witness against it."""

import base64
import hmac
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit


@lru_cache(maxsize=128)
def signed_url(url: str) -> str:
    """Give the URL as Twilio signs it for messaging: no user, password or fragment; the port as configured."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, fragment="").geturl()


def signature_base(url: str, form: Iterable[tuple[str, str]]) -> str:
    """Give the text that is signed: the URL, then every name and value, names in byte order.

    A name that comes several times is repeated before each of its values, which are sorted and counted once.

    >>> signature_base("http://127.0.0.1/in", [("To", "b"), ("From", "a")])
    'http://127.0.0.1/inFromaTob'
    """
    # Texts sort as their bytes in UTF-8 do.
    return signed_url(url) + "".join([name + value for name, value in sorted(set(form))])


def sign(auth_token: str, base: str) -> str:
    """Give the base64 HMAC-SHA1 of a text under the account's primary auth token."""
    digest = hmac.digest(auth_token.encode(), base.encode(), "sha1")
    return base64.b64encode(digest).decode()
