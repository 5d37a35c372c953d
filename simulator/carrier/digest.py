"""Digest: answer a 401 with the credentials that stand in a webhook's URL, by Basic or Digest (RFC 7616)."""

import hashlib
import re
import secrets
from urllib.parse import urlsplit

from simulator.carrier.fetching import basic_header

_SCHEME = re.compile(r"(?:^|,\s*)(basic|bearer|digest|negotiate|ntlm)(?=\s|,|$)", re.IGNORECASE)
_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


def authorization(challenge: str, method: str, url: str, user: str, password: str) -> dict[str, str]:
    """Give the Authorization header for a challenge, or nothing for a scheme that Twilio does not know.

    An application may offer several schemes, and then the safer one is taken.
    """
    offered = _offered(challenge)
    if "digest" in offered:
        return {"Authorization": _digest(offered["digest"], method, url, user, password)}
    if "basic" in offered:
        return {"Authorization": basic_header(user, password)}
    return {}


def _offered(challenge: str) -> dict[str, str]:
    """Give what stands behind each scheme of a challenge."""
    found = list(_SCHEME.finditer(challenge))
    ends = [match.start() for match in found[1:]] + [len(challenge)]
    return {match[1].lower(): challenge[match.end() : end] for match, end in zip(found, ends, strict=True)}


def _digest(challenge: str, method: str, url: str, user: str, password: str) -> str:
    asked = {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(challenge)}
    parts = urlsplit(url)
    uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    realm, nonce, client_nonce, count = asked.get("realm", ""), asked.get("nonce", ""), secrets.token_hex(8), "00000001"
    algorithm = asked.get("algorithm", "MD5")
    name = "sha256" if algorithm.upper().startswith("SHA-256") else "md5"

    def hashed(text: str) -> str:
        # The scheme asks for MD5; it protects nothing here but fits what the application demands.
        return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

    secret, target = hashed(f"{user}:{realm}:{password}"), hashed(f"{method}:{uri}")
    if algorithm.lower().endswith("-sess"):
        secret = hashed(f"{secret}:{nonce}:{client_nonce}")
    fields = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    if "auth" in asked.get("qop", ""):
        response = hashed(f"{secret}:{nonce}:{count}:{client_nonce}:auth:{target}")
        tail = f', algorithm={algorithm}, qop=auth, nc={count}, cnonce="{client_nonce}"'
    else:
        response = hashed(f"{secret}:{nonce}:{target}")
        tail = f", algorithm={algorithm}"
    if "opaque" in asked:
        fields["opaque"] = asked["opaque"]
    fields["response"] = response
    return "Digest " + ", ".join(f'{key}="{value}"' for key, value in fields.items()) + tail
