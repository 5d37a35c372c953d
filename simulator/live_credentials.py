"""Live credentials: tell those of a real Twilio account from the simulator's own, and refuse them.

Whoever pastes a live token here would leave it in a file and in logs of a toy. The simulator's own credentials
begin with zeros, so that they are known at a glance; whatever else has Twilio's form is taken for live.
"""

import re
import secrets

from inbound_core.errors import SetupError

#: What the hexadecimal part of the simulator's own credentials begins with.
MARK = "00000000"

_HEX = re.compile(r"(?:AC|SK)?([0-9a-f]{32})")
#: Thirty-two random hexadecimal digits practically never have fewer kinds than this.
_LEAST_KINDS = 8


class LiveCredentialError(SetupError, ValueError):
    """Report a credential that looks like one of a real Twilio account."""


def made_up(prefix: str = "") -> str:
    """Make a credential in Twilio's form that nobody can take for a live one."""
    return prefix + MARK + secrets.token_hex(12)


def looks_live(value: str) -> bool:
    """Tell whether a value has the form of a live account sid, API key or auth token.

    >>> looks_live("AC" + "0" * 32), looks_live("token"), looks_live(made_up("AC"))
    (False, False, False)
    """
    found = _HEX.fullmatch(value.strip())
    return found is not None and not found.group(1).startswith(MARK) and len(set(found.group(1))) >= _LEAST_KINDS


def refuse_live(**credentials: str) -> None:
    """Raise `LiveCredentialError` when a credential looks live; the error does not repeat it."""
    for name, value in credentials.items():
        if looks_live(value):
            raise LiveCredentialError(
                f"The {name.replace('_', ' ')} looks like one of a real Twilio account, so it is not used: the "
                "simulator needs none and keeps what it gets in a file. Leave it out to get made-up credentials, or "
                f"make up one that begins with {'AC' if value.startswith('AC') else ''}{MARK}. If it is a real one "
                "and others may have seen it here, change it in Twilio's console."
            )
