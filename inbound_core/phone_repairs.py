"""Repairs: what usually happens to phones in spreadsheets and forms, each undone under a name of its own.

A repair only proposes a text. Whether it is a valid number is for the reader to find out, and whether it is
taken over is for a person to decide. `columns.candidates` holds the same rules for whole columns of plain ASCII; the
two are held together by tests.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

import phonenumbers


class PhoneRepair(StrEnum):
    """Name what a proposed repair did; a closed set."""

    INVISIBLE_CHARACTERS = "removed invisible characters"
    FOLDED_DIGITS = "folded digits of another script"
    DECIMAL_TAIL = "removed a decimal tail"
    WHOLE_EXPONENT = "wrote out an exponent"
    NEIGHBOUR_REGION = "read with the region of its neighbours"
    TRUNK_ZERO = "removed a trunk zero"
    EXIT_CODE = "put a plus sign for an exit code"
    LOST_PLUS = "put back a lost plus sign"
    FIRST_OF_SEVERAL = "took the first of several numbers"
    TRAILING_TEXT = "removed text behind the number"


_DECIMAL_TAIL = re.compile(r"(\+?[0-9]{7,15})[.,]0+")
_EXPONENT = re.compile(r"([1-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})")
_EXIT_CODE = re.compile(r" *(?:\+ *)?0(?:0|11) *(?=[1-9])")
_SEPARATOR = re.compile(r"[/,;|&]|\bor\b|\band\b", re.IGNORECASE | re.ASCII)
_BEHIND = re.compile(r" *([+(0-9][0-9 ().-]{5,}[0-9])[ ().-]*[^0-9 ().-]", re.ASCII)
_DIGITS_ALONE = re.compile(r"[0-9 ().-]+")
_NOT_DIALLED = re.compile(r"[^0-9+]")

#: Longer than any number with its decoration; what is longer is no number to be repaired.
LONGEST = 60
#: The fewest digits, with the calling code, that are taken for a number whose plus sign was lost.
LEAST_INTERNATIONAL = 10
#: The calling code whose numbers never had a trunk zero.
NORTH_AMERICA = 1


def proposals(text: str, region: str, neighbour: str | None = None) -> Iterator[tuple[PhoneRepair, str, str]]:
    """Yield repaired texts of a phone and the region to read each with, the least intrusive repair first.

    `region` is where the number is from where it does not say so itself, and `neighbour` the region that something
    near it names (a country column, the rest of the column).
    """
    if len(text) > LONGEST:
        return
    local = neighbour or region
    visible = _without_invisible(text)
    if visible != text:
        yield PhoneRepair.INVISIBLE_CHARACTERS, visible, region
    folded = _folded(visible)
    if folded != visible:
        yield PhoneRepair.FOLDED_DIGITS, folded, region
    for repair, candidate in _spreadsheet(folded.strip(" ")):
        yield repair, candidate, local
    if neighbour is not None:
        yield PhoneRepair.NEIGHBOUR_REGION, folded, neighbour
    for repair, candidate in _dialling(folded, local):
        yield repair, candidate, local
    separator = _SEPARATOR.search(folded)
    if separator:
        yield PhoneRepair.FIRST_OF_SEVERAL, folded[: separator.start()], local
    behind = _BEHIND.match(folded)
    if behind:
        yield PhoneRepair.TRAILING_TEXT, behind.group(1), local


def _spreadsheet(text: str) -> Iterator[tuple[PhoneRepair, str]]:
    tail = _DECIMAL_TAIL.fullmatch(text)
    if tail:
        digits = tail.group(1)
        yield PhoneRepair.DECIMAL_TAIL, digits
        yield PhoneRepair.DECIMAL_TAIL, "+" + digits.lstrip("+")
    digits = _written_out(text)
    if digits:
        yield PhoneRepair.WHOLE_EXPONENT, digits
        yield PhoneRepair.WHOLE_EXPONENT, "+" + digits


def _written_out(text: str) -> str:
    """Write an exponent out if it still has every digit but one trailing zero at most, else give `""`."""
    match = _EXPONENT.fullmatch(text)
    if match is None:
        return ""
    first, fraction, exponent = match.group(1), match.group(2) or "", int(match.group(3))
    lost = exponent - len(fraction)
    return first + fraction + "0" * lost if lost in (0, 1) else ""


def _dialling(text: str, region: str) -> Iterator[tuple[PhoneRepair, str]]:
    dialled = _NOT_DIALLED.sub("", text)
    home = phonenumbers.country_code_for_region(region)
    if text.lstrip(" ").startswith("+"):
        code = _calling_code(dialled)
        rest = dialled[1 + len(code) :]
        if code and rest.startswith("0"):
            yield PhoneRepair.TRUNK_ZERO, f"+{code}{rest.lstrip('0')}"
    elif dialled.startswith("0") and not dialled.startswith("00") and home != NORTH_AMERICA:
        yield PhoneRepair.TRUNK_ZERO, f"+{home}{dialled.lstrip('0')}"
    exit_code = _EXIT_CODE.match(text)
    if exit_code:
        yield PhoneRepair.EXIT_CODE, "+" + text[exit_code.end() :]
    if len(dialled) >= LEAST_INTERNATIONAL and dialled[0] != "0" and _DIGITS_ALONE.fullmatch(text):
        yield PhoneRepair.LOST_PLUS, "+" + dialled


def _calling_code(dialled: str) -> str:
    """Give the calling code behind a plus sign, or `""`: no code is the beginning of another one."""
    for length in (1, 2, 3):
        code = dialled[1 : 1 + length]
        if code.isdigit() and code[0] != "0" and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return code
    return ""


def _without_invisible(text: str) -> str:
    """Turn every kind of blank into a plain one and drop what has no width (direction marks, controls)."""
    blanks = "".join(" " if char.isspace() or unicodedata.category(char) == "Zs" else char for char in text)
    return "".join(char for char in blanks if unicodedata.category(char) not in ("Cf", "Cc"))


def _folded(text: str) -> str:
    """Write the digits and signs of other scripts in ASCII."""
    compatible = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in compatible)
