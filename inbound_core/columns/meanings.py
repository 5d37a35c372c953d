"""Meanings: each code of the kernel as a status, a reason and a type, in tables that the kernel looks up itself."""

import numpy as np
from numpy.typing import NDArray
from phonenumbers import ValidationResult

from inbound_core.columns.codes import (
    EMPTY,
    LONG,
    NOT_A_NUMBER,
    PARSED,
    POSSIBLE,
    POSSIBLE_LOCALLY,
    SHORT,
    SHORT_AFTER_EXIT,
    UNKNOWN_CODE,
    UNPARSED,
    VALID,
)
from inbound_core.phones import LINE_TYPES, PhoneReason, PhoneStatus

STATUSES = tuple(PhoneStatus)
REASONS = tuple(PhoneReason)
STATUS_IDS = {status: number for number, status in enumerate(STATUSES)}
REASON_IDS = {reason: number for number, reason in enumerate(REASONS)}
TYPE_NAMES = {name: number for number, name in enumerate(LINE_TYPES.values())}
#: Stands for a row without a type.
NO_TYPE = 127

_REASON_OF_WHY = {
    VALID: PhoneReason.OK,
    UNKNOWN_CODE: PhoneReason.UNKNOWN_CALLING_CODE,
    NOT_A_NUMBER: PhoneReason.NOT_A_NUMBER,
    SHORT_AFTER_EXIT: PhoneReason.TOO_SHORT,
    SHORT: PhoneReason.TOO_SHORT,
    LONG: PhoneReason.TOO_LONG,
    EMPTY: PhoneReason.EMPTY,
    POSSIBLE: PhoneReason.NOT_IN_USE,
    POSSIBLE_LOCALLY: PhoneReason.LOCAL_ONLY,
    PARSED + ValidationResult.TOO_SHORT: PhoneReason.TOO_SHORT,
    PARSED + ValidationResult.TOO_LONG: PhoneReason.TOO_LONG,
    PARSED + ValidationResult.INVALID_LENGTH: PhoneReason.WRONG_LENGTH,
    PARSED + ValidationResult.INVALID_COUNTRY_CODE: PhoneReason.UNKNOWN_CALLING_CODE,
}
_STATUS_OF_WHY = {
    VALID: PhoneStatus.REFORMAT,
    EMPTY: PhoneStatus.MISSING,
    POSSIBLE: PhoneStatus.UNASSIGNED,
    POSSIBLE_LOCALLY: PhoneStatus.UNASSIGNED,
}


def _table(values: dict[int, int], other: int) -> NDArray[np.uint8]:
    table = np.full(256, other, np.uint8)
    for code, value in values.items():
        table[code] = value
    return table


#: By code: status, reason, and by libphonenumber's type: the number of our own.
MEANINGS = np.stack(
    [
        _table({why: STATUS_IDS[status] for why, status in _STATUS_OF_WHY.items()}, STATUS_IDS[PhoneStatus.UNREADABLE]),
        _table({why: REASON_IDS[reason] for why, reason in _REASON_OF_WHY.items()}, 0),
        _table({UNPARSED: NO_TYPE} | {kind: number for number, kind in enumerate(LINE_TYPES)}, NO_TYPE),
    ]
)
READY_ID = STATUS_IDS[PhoneStatus.READY]
