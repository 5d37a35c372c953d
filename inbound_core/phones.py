"""Phones: one number, from any text to E.164, with how sure that is and what would repair it (R8-R10)."""

import difflib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

from inbound_core.errors import InboundError
from inbound_core.phone_repairs import PhoneRepair, proposals


class PhoneStatus(StrEnum):
    """Name what can be done with a phone; a closed set."""

    READY = "ready"  #: already E.164 and valid
    REFORMAT = "reformat"  #: valid, written another way
    UNASSIGNED = "unassigned"  #: possible, but no such number is given out (the documentation's +1 555 example)
    REPAIR = "repair"  #: not usable as it stands, and a named repair gives a valid number
    UNREADABLE = "unreadable"  #: no number can be read from it
    MISSING = "missing"  #: nothing is there


class PhoneReason(StrEnum):
    """Name why a phone has its status; a closed set."""

    OK = "ok"
    EMPTY = "empty"
    NOT_IN_USE = "number not in use"
    LOCAL_ONLY = "lacks its area code"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    WRONG_LENGTH = "length between possible ones"
    NOT_A_NUMBER = "not a number"
    UNKNOWN_CALLING_CODE = "unknown calling code"
    SHORT_CODE = "short code"
    SEVERAL_NUMBERS = "several numbers in one cell"
    EXPONENT_LOST_DIGITS = "exponent lost digits"


class InvalidRegion(InboundError, ValueError):
    """Report a region code that libphonenumber does not know, naming the nearest ones."""


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """Hold what one text reads as.

    `e164` is what the platform reads, or None; `suggested` is the valid number that `repair` would make of it,
    and is a proposal only. `region` and `line_type` (such as `mobile`) come from libphonenumber.
    """

    raw: str | None
    e164: str | None
    status: PhoneStatus
    reason: PhoneReason
    region: str | None = None
    line_type: str | None = None
    possible: bool = False
    valid: bool = False
    suggested: str | None = None
    repair: PhoneRepair | None = None

    @property
    def readable(self) -> bool:
        """Tell whether the platform can read it as a number at all."""
        return self.e164 is not None


LINE_TYPES: dict[int, str] = {kind: PhoneNumberType.to_string(kind).lower() for kind in PhoneNumberType.values()}

_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: PhoneReason.UNKNOWN_CALLING_CODE,
    NumberParseException.NOT_A_NUMBER: PhoneReason.NOT_A_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: PhoneReason.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: PhoneReason.TOO_SHORT,
    NumberParseException.TOO_LONG: PhoneReason.TOO_LONG,
}

_POSSIBLE_REASONS = {
    ValidationResult.IS_POSSIBLE: PhoneReason.NOT_IN_USE,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneReason.LOCAL_ONLY,
    ValidationResult.TOO_SHORT: PhoneReason.TOO_SHORT,
    ValidationResult.TOO_LONG: PhoneReason.TOO_LONG,
    ValidationResult.INVALID_LENGTH: PhoneReason.WRONG_LENGTH,
    ValidationResult.INVALID_COUNTRY_CODE: PhoneReason.UNKNOWN_CALLING_CODE,
}

_SEVERAL = re.compile(r"\d[\d\s().-]{5,}(?:[/,;|&\n]|\bor\b|\band\b)\s*[+(]?\d[\d\s().-]{5,}")
_LOSSY_EXPONENT = re.compile(r"\s*\d(?:[.,]\d*)?[eE]\+?\d{1,2}\s*")
#: libphonenumber reads no longer text, so no closer look is taken either.
_LONGEST_TEXT = 250
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")


def read_phone(
    raw: object, region: str | None = None, default_region: str = "US", neighbour: str | None = None
) -> PhoneReading:
    """Read one phone as libphonenumber does, best effort, and propose a repair where that fails (R9, R10).

    `raw` may be anything: text, a number, bytes, None, NaN; nothing that it holds raises. `region` is the
    number's own country where it is known, else `default_region` counts. `neighbour` is a region that only something
    near the number names: what it would make of it is proposed and never read. Raise `InvalidRegion` for a region
    code that does not exist.

    >>> read_phone("555-123-4567").e164
    '+15551234567'
    >>> read_phone("020 7183 8750", region="GB").e164
    '+442071838750'
    """
    home = checked_region(region or default_region)
    near = checked_region(neighbour) if neighbour else None
    text = phone_text(raw)
    if text is None:
        return PhoneReading(None, None, PhoneStatus.MISSING, PhoneReason.EMPTY)
    number, reason = _parse(text, home)
    kind = PhoneNumberType.UNKNOWN if number is None else phonenumbers.number_type(number)
    # What has a type is valid: libphonenumber's own definition, without asking for the type twice.
    if number is not None and kind != PhoneNumberType.UNKNOWN:
        e164 = _e164(number)
        status = PhoneStatus.READY if e164 == text else PhoneStatus.REFORMAT
        found = phonenumbers.region_code_for_number(number)
        return PhoneReading(text, e164, status, PhoneReason.OK, found, LINE_TYPES[kind], True, True)
    return _doubtful(text, (home, near), number, reason)


def read_e164(raw: object, default_region: str = "US") -> str | None:
    """Give the `e164` of `read_phone` alone, which takes a fraction of the time.

    >>> read_e164("555-123-4567")
    '+15551234567'
    """
    text = phone_text(raw)
    number = None if text is None else _parse(text, checked_region(default_region))[0]
    return _e164(number) if number is not None and phonenumbers.is_possible_number(number) else None


def _doubtful(
    text: str, homes: tuple[str, str | None], number: PhoneNumber | None, reason: PhoneReason
) -> PhoneReading:
    """Read what is not valid: possible or not, and with or without a repair."""
    e164 = region = line_type = None
    if number is not None:
        result = phonenumbers.is_possible_number_with_reason(number)
        reason = _POSSIBLE_REASONS[result]
        region, line_type = phonenumbers.region_code_for_number(number), "unknown"
        if result in (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
            e164 = _e164(number)
    suggested, repair = _repaired(text, *homes)
    status = PhoneStatus.UNREADABLE if e164 is None else PhoneStatus.UNASSIGNED
    if suggested is not None:
        status = PhoneStatus.REPAIR
    reason = _closer_reason(text, reason, e164, suggested)
    return PhoneReading(text, e164, status, reason, region, line_type, e164 is not None, False, suggested, repair)


def _repaired(text: str, home: str, near: str | None) -> tuple[str | None, PhoneRepair | None]:
    for repair, candidate, region in proposals(text, home, near):
        number, _ = _parse(candidate, region)
        if number is not None and phonenumbers.is_valid_number(number):
            return _e164(number), repair
    return None, None


def _closer_reason(text: str, reason: PhoneReason, e164: str | None, suggested: str | None) -> PhoneReason:
    if len(text) > _LONGEST_TEXT:
        return reason
    if _SEVERAL.search(text):
        return PhoneReason.SEVERAL_NUMBERS
    if suggested is None and _LOSSY_EXPONENT.fullmatch(text):
        return PhoneReason.EXPONENT_LOST_DIGITS
    digits = ascii_digits(text)
    if e164 is None and 3 <= len(digits) <= 6 and len(digits) == len(text.strip()):
        return PhoneReason.SHORT_CODE
    return reason


def phone_text(raw: object) -> str | None:
    """Give what stands in a cell as text, or None where nothing does (None, NaN, blank)."""
    if raw is None or type(raw).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(raw, bytes | bytearray):
        text = bytes(raw).decode("utf-8", errors="replace")
    elif isinstance(raw, float) and raw != raw:
        return None
    else:
        text = _encodable(str(raw))
    return text if text.strip() else None


def _encodable(text: str) -> str:
    """Replace lone surrogates, which no file and no table can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def ascii_digits(text: str) -> str:
    """Give the decimal digits of a text in order, those of every script folded to ASCII."""
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


def digits_tail(raw: object) -> str:
    """Give the last seven digits of a phone, or `""` when it has fewer: what near misses are looked up by."""
    text = phone_text(raw)
    digits = ascii_digits(text[:300]) if text else ""
    return digits[-7:] if len(digits) >= 7 else ""


def is_e164(text: str) -> bool:
    """Tell whether a text has the form of E.164: plus, no leading zero, at most fifteen digits (R8)."""
    return _E164.fullmatch(text) is not None


def _parse(text: str, home: str) -> tuple[PhoneNumber | None, PhoneReason]:
    try:
        return phonenumbers.parse(text, home), PhoneReason.OK
    except NumberParseException as error:
        return None, _PARSE_REASONS[error.error_type]


def _e164(number: PhoneNumber) -> str:
    formatted: Any = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return str(formatted)


def checked_region(region: str) -> str:
    """Give a region code back if libphonenumber knows it. Raise `InvalidRegion` naming the nearest ones else."""
    if region in phonenumbers.SUPPORTED_REGIONS:
        return region
    near = difflib.get_close_matches(str(region).upper(), sorted(phonenumbers.SUPPORTED_REGIONS), 3, 0.4)
    hint = {"UK": "GB"}.get(str(region).upper())
    meant = hint or ", ".join(near) or "US, GB, FR"
    raise InvalidRegion(f"{region!r} is no region code. Two capital letters are wanted; did you mean {meant}?")
