"""Masking: hide phone numbers in everything that is shown, for sharing the screen."""

import base64
import binascii
import re

#: Something like a phone number: seven digits or more, with the usual punctuation. A plus sign before them, also as
#: addresses write it, makes one of them anywhere: in what was signed, names and values stand without a gap. Digits
#: alone may adjoin words, but not what could be a part of a sid or a token. A date or a time is none.
_DIGITS = r"\(?\d(?:[\s().\-/\u2010-\u2015]{0,2}\d){6,}"
_NUMBER = re.compile(rf"(?:\+|(?<=%2B)){_DIGITS}|(?<![0-9a-f.])(?!\d{{4}}-\d\d-\d\d){_DIGITS}(?![0-9a-f])")
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
