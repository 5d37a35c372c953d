"""Masking: hide phone numbers in everything that is shown, for sharing the screen."""

import base64
import binascii
import re

#: Something like a phone number standing alone: seven digits or more, with the usual punctuation.
#: A date or a time is none, and neither is a part of a sid or of a longer word.
_NUMBER = re.compile(r"(?<![\w.])(?!\d{4}-\d\d-\d\d)\+?\(?\d(?:[\s().\-/]{0,2}\d){6,}(?![\w])")
_SHOWN_FIRST, _SHOWN_LAST = 2, 2


def mask(text: str) -> str:
    """Hide the middle digits of every phone number in a text.

    >>> mask("+12025550101 wrote 'hello' at 2026-03-02 09:00:00")
    "+12•••••••01 wrote 'hello' at 2026-03-02 09:00:00"
    """
    return _NUMBER.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    digits = sum(char.isdigit() for char in found.group())
    seen = 0
    shown = []
    for char in found.group():
        if not char.isdigit():
            shown.append(char)
            continue
        seen += 1
        shown.append(char if seen <= _SHOWN_FIRST or seen > digits - _SHOWN_LAST else "•")
    return "".join(shown)


def hidden_key(phone: str) -> str:
    """Give a number as it stands in addresses while masking: not to be read at a glance, and the same each time.

    >>> shown_number(hidden_key("+12025550101"))
    '+12025550101'
    """
    return "~" + base64.urlsafe_b64encode(phone.encode()).decode().rstrip("=")


def shown_number(key: str) -> str:
    """Read a number out of an address, written plainly or by `hidden_key`."""
    if not key.startswith("~"):
        return key
    padded = key[1:] + "=" * (-len(key[1:]) % 4)
    try:
        return base64.urlsafe_b64decode(padded.encode()).decode()
    except (binascii.Error, ValueError):
        return key
