"""Lengths: per region, what libphonenumber says of a national number of each length."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from phonenumbers import ValidationResult, phonenumberutil

_rules: Any = phonenumberutil

#: The lengths that are asked for; no national number comes near.
LENGTHS = 64

#: What keeps a national prefix where it is: the rest would be too short or an odd length.
_KEEPS_PREFIX = (
    ValidationResult.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    ValidationResult.INVALID_LENGTH,
)


def length_results(meta: Any) -> NDArray[np.uint16]:
    """Give the `ValidationResult` of every length from 0 to `LENGTHS` for one region's metadata."""
    results = [_rules._test_number_length("0" * length, meta) for length in range(LENGTHS)]
    return np.array(results, np.uint16)


def may_strip(results: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Tell for every length whether a national prefix may be stripped to arrive at it."""
    return (~np.isin(results, _KEEPS_PREFIX)).astype(np.uint16)
