"""Repairs: what usually happens to phones in spreadsheets and forms, each undone under a name of its own.

A repair only proposes a text. Whether it is a valid number is for the reader to find out, and whether it is
taken over is for a person to decide.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from enum import StrEnum

import phonenumbers


class PhoneRepair(StrEnum):
    """Name what a proposed repair did; a closed set."""

    INVISIBLE_CHARACTERS = "removed invisible characters"
    FOLDED_DIGITS = "folded digits of another script"
    DECIMAL_TAIL = "removed a decimal tail"
    WHOLE_EXPONENT = "wrote out an exponent"
    TRUNK_ZERO = "removed a trunk zero"
    EXIT_CODE = "put a plus sign for an exit code"
    LOST_PLUS = "put back a lost plus sign"
    FIRST_OF_SEVERAL = "took the first of several numbers"
    TRAILING_TEXT = "removed text behind the number"


_DECIMAL_TAIL = re.compile(r"\s*(\+?\d{7,15})[.,]0+\s*")
_EXPONENT = re.compile(r"\s*\d(?:[.,]\d+)?[eE]\+?\d{1,2}\s*")
_EXIT_CODE = re.compile(r"\s*(?:\+\s*)?0(?:0|11)\s*(?=[1-9])")
_SEPARATOR = re.compile(r"[/,;|&\n]|\bor\b|\band\b", re.IGNORECASE)
_BEHIND = re.compile(r"^([+\d][\d\s().-]{5,}\d)\s*[^\d\s].*$", re.DOTALL)
_NOT_DIALLED = re.compile(r"[^\d+]")

#: Longer than any number with its decoration; what is longer is no number to be repaired.
_LONGEST = 60


def proposals(text: str, region: str) -> Iterator[tuple[PhoneRepair, str]]:
    """Yield repaired texts of a phone, the least intrusive repair first.

    `region` is where the number is from where it does not say so itself.
    """
    if len(text) > _LONGEST:
        return
    visible = _without_invisible(text)
    if visible != text:
        yield PhoneRepair.INVISIBLE_CHARACTERS, visible
    folded = _folded(visible)
    if folded != visible:
        yield PhoneRepair.FOLDED_DIGITS, folded
    yield from _spreadsheet(folded)
    yield from _dialling(folded, region)
    parts = _SEPARATOR.split(folded)
    if len(parts) > 1:
        yield PhoneRepair.FIRST_OF_SEVERAL, parts[0]
    behind = _BEHIND.match(folded)
    if behind:
        yield PhoneRepair.TRAILING_TEXT, behind.group(1)


def _spreadsheet(text: str) -> Iterator[tuple[PhoneRepair, str]]:
    tail = _DECIMAL_TAIL.fullmatch(text)
    if tail:
        digits = tail.group(1)
        yield PhoneRepair.DECIMAL_TAIL, digits
        yield PhoneRepair.DECIMAL_TAIL, "+" + digits.lstrip("+")
    if _EXPONENT.fullmatch(text):
        digits = _written_out(text)
        if digits:
            yield PhoneRepair.WHOLE_EXPONENT, digits
            yield PhoneRepair.WHOLE_EXPONENT, "+" + digits


def _written_out(text: str) -> str | None:
    """Write an exponent out if it still has every digit but trailing zeros, of which one may be real."""
    mantissa = text.strip().lower().split("e")[0]
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    digits = str(int(value))
    kept = sum(char.isdigit() for char in mantissa)
    return digits if len(digits) - kept <= 1 else None


def _dialling(text: str, region: str) -> Iterator[tuple[PhoneRepair, str]]:
    dialled = _NOT_DIALLED.sub("", text)
    home = phonenumbers.country_code_for_region(region)
    if text.lstrip().startswith("+"):
        for code in _calling_codes(dialled):
            rest = dialled[1 + len(code) :]
            if rest.startswith("0"):
                yield PhoneRepair.TRUNK_ZERO, f"+{code}{rest.lstrip('0')}"
    elif dialled.startswith("0") and not dialled.startswith("00"):
        yield PhoneRepair.TRUNK_ZERO, f"+{home}{dialled.lstrip('0')}"
    exit_code = _EXIT_CODE.match(text)
    if exit_code:
        yield PhoneRepair.EXIT_CODE, "+" + text[exit_code.end() :]
    if not text.lstrip().startswith(("+", "0")) and len(dialled) >= 10:
        yield PhoneRepair.LOST_PLUS, "+" + dialled


def _calling_codes(dialled: str) -> Iterator[str]:
    for length in (1, 2, 3):
        code = dialled[1 : 1 + length]
        if code.isdigit() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            yield code


def _without_invisible(text: str) -> str:
    """Turn every kind of blank into a plain one and drop what has no width (direction marks, controls)."""
    blanks = "".join(" " if char.isspace() or unicodedata.category(char) == "Zs" else char for char in text)
    return "".join(char for char in blanks if unicodedata.category(char) not in ("Cf", "Cc"))


def _folded(text: str) -> str:
    """Write the digits and signs of other scripts in ASCII."""
    compatible = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in compatible)
