"""Codes: what the kernel writes for each row, and the tables in the shape in which it takes them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from phonenumbers import NumberParseException, ValidationResult

from inbound_core.columns.tables import Table

# Why a row has no valid number; 0 means that it has one.
VALID = 0
UNKNOWN_CODE = 1 + NumberParseException.INVALID_COUNTRY_CODE
NOT_A_NUMBER = 1 + NumberParseException.NOT_A_NUMBER
SHORT_AFTER_EXIT = 1 + NumberParseException.TOO_SHORT_AFTER_IDD
SHORT = 1 + NumberParseException.TOO_SHORT_NSN
LONG = 1 + NumberParseException.TOO_LONG
#: Beyond this, parsed but not valid: the rest is libphonenumber's `ValidationResult`.
PARSED = 10
POSSIBLE = PARSED + ValidationResult.IS_POSSIBLE
POSSIBLE_LOCALLY = PARSED + ValidationResult.IS_POSSIBLE_LOCAL_ONLY
#: Nothing stands in the row.
EMPTY = 50
#: The type of what was not even parsed, a number that libphonenumber gives to no type.
UNPARSED = 98
#: Left to phonenumbers itself.
ASK = 200

#: Room for one row's characters, with some to spare: `phonenumbers` reads at most 250.
SCRATCH = 512
#: The most bytes that one E.164 takes: plus, three digits of calling code, seventeen of national number.
WIDEST = 21
#: libphonenumber reads no longer text.
LONGEST_TEXT = 250


class Facts(NamedTuple):
    """Hold the tables as the kernel sees them; the meaning of each is told at `PhoneTables`."""

    digit_next: Table
    general: Table
    regions: Table
    types: Table
    prefix_next: Table
    prefix_outcomes: Table
    home_general: Table
    home_prefix: Table
    home_exit: Table
    home_code: Table
    home_lengths: Table
    home_may_strip: Table
    code_known: Table
    code_first: Table
    code_home: Table
    code_region: Table
    classes: Table
    properties: Table
    digits: Table
    dialled: Table
    viable_next: Table
    viable_accepts: Table
    extension_next: Table
    extension_accepts: Table
    byte_facts: Table
    byte_next: Table


class Found(NamedTuple):
    """Hold what `read_rows` fills, one item per row: the E.164 texts, where each ends, and codes."""

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]
    why: NDArray[np.uint8]
    status: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    region: NDArray[np.uint8]
    type: NDArray[np.uint8]
