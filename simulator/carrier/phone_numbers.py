"""Phone numbers: read the addresses of the REST API, and tell what kind of number one is."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

_LANDLINE = {PhoneNumberType.FIXED_LINE}


@lru_cache(maxsize=65536)
def as_e164(text: str) -> str | None:
    """Give a written number in E.164, or None when it cannot be one; without `+` it is read as a US number.

    >>> as_e164("(202) 555-0123"), as_e164("notanumber")
    ('+12025550123', None)
    """
    if len(text) > 40:
        return None
    try:
        number = phonenumbers.parse(text, "US")
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def as_national(phone: str) -> str:
    """Give an E.164 number as it is written in its country.

    >>> as_national("+12025550123")
    '(202) 555-0123'
    """
    return str(phonenumbers.format_number(phonenumbers.parse(phone, None), PhoneNumberFormat.NATIONAL))


@lru_cache(maxsize=65536)
def region_of(phone: str) -> str:
    """Give the two-letter country of an E.164 number, or `""`."""
    try:
        number = phonenumbers.parse(phone, None)
    except NumberParseException:
        return ""
    found = phonenumbers.region_code_for_number(number)
    if found is None:
        found = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return "" if found in (None, "ZZ", "001") else str(found)


@lru_cache(maxsize=65536)
def is_toll_free(phone: str) -> bool:
    """Tell whether an E.164 number is a US or Canadian toll-free one."""
    return phone.startswith(("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888"))


@lru_cache(maxsize=65536)
def is_landline(phone: str) -> bool:
    """Tell whether a number can only be a landline; US and Canadian numbers do not show it."""
    return phonenumbers.number_type(phonenumbers.parse(phone, None)) in _LANDLINE


def is_short_code(text: str) -> bool:
    """Tell whether a text is a short code: three to six digits and nothing else."""
    return text.isascii() and text.isdigit() and 3 <= len(text) <= 6


def is_alpha_sender(text: str) -> bool:
    """Tell whether a text can be an alphanumeric sender: up to 11 characters with at least one letter."""
    return (
        1 <= len(text) <= 11
        and text.isascii()
        and all(char.isalnum() or char in " +-_&" for char in text)
        and any(char.isalpha() for char in text)
    )
