"""Results: what the kernel and the doubts say of a block, as the columns of the answer."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import phonenumbers
import pyarrow as pa
from numpy.typing import NDArray

from inbound_core.columns.candidates import BLANK, BRIEF, LOSSY, REPAIRS, SEVERAL
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
    VALID,
)
from inbound_core.columns.reading import Block
from inbound_core.columns.tables import REGION_IDS, REGIONS
from inbound_core.phones import LINE_TYPES, PhoneReading, PhoneReason, PhoneStatus

Codes = NDArray[np.uint8]

STATUSES = tuple(PhoneStatus)
REASONS = tuple(PhoneReason)
_STATUS_IDS = {status: number for number, status in enumerate(STATUSES)}
_REASON_IDS = {reason: number for number, reason in enumerate(REASONS)}
_TYPE_IDS = {kind: number for number, kind in enumerate(LINE_TYPES)}
_TYPE_NAMES = {name: number for number, name in enumerate(LINE_TYPES.values())}
_REPAIR_IDS = {repair: number for number, repair in enumerate(REPAIRS)}
_NONE = 255

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
    PARSED + phonenumbers.ValidationResult.TOO_SHORT: PhoneReason.TOO_SHORT,
    PARSED + phonenumbers.ValidationResult.TOO_LONG: PhoneReason.TOO_LONG,
    PARSED + phonenumbers.ValidationResult.INVALID_LENGTH: PhoneReason.WRONG_LENGTH,
    PARSED + phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: PhoneReason.UNKNOWN_CALLING_CODE,
}
_STATUS_OF_WHY = {
    VALID: PhoneStatus.REFORMAT,
    EMPTY: PhoneStatus.MISSING,
    POSSIBLE: PhoneStatus.UNASSIGNED,
    POSSIBLE_LOCALLY: PhoneStatus.UNASSIGNED,
}


def _by_why(values: dict[int, int], other: int) -> Codes:
    table = np.full(256, other, np.uint8)
    for why, value in values.items():
        table[why] = value
    return table


_REASONS = _by_why({why: _REASON_IDS[reason] for why, reason in _REASON_OF_WHY.items()}, 0)
_STATUSES = _by_why(
    {why: _STATUS_IDS[status] for why, status in _STATUS_OF_WHY.items()}, _STATUS_IDS[PhoneStatus.UNREADABLE]
)
_TYPES = _by_why(_TYPE_IDS, _NONE)


def _dictionary(index: Any) -> Any:
    return pa.dictionary(index, pa.string())


#: The answer's columns and their types.
SCHEMA = pa.schema(
    [
        pa.field("phone_e164", pa.string()),
        pa.field("phone_status", _dictionary(pa.int8()), nullable=False),
        pa.field("phone_reason", _dictionary(pa.int8()), nullable=False),
        pa.field("phone_region", _dictionary(pa.int16())),
        pa.field("phone_type", _dictionary(pa.int8())),
        pa.field("phone_valid", pa.bool_(), nullable=False),
        pa.field("phone_suggested", pa.string()),
        pa.field("phone_repair", _dictionary(pa.int8())),
    ]
)


def answer(block: Block) -> Any:
    """Give a block as a `pyarrow.RecordBatch` with the columns of `SCHEMA`, one row per row."""
    found, doubts = block.found, block.doubts
    status, reason = _STATUSES[found.why], _REASONS[found.why]
    status[found.ready != 0] = _STATUS_IDS[PhoneStatus.READY]
    kinds = _TYPES[found.type]
    kinds[(found.why != VALID) & ((found.why < PARSED) | (found.why >= EMPTY))] = _NONE
    repair = np.zeros(len(status), np.uint8)
    suggested = np.full(len(status), -1, np.int64)
    _close_doubts(block, status, reason)
    repair[doubts.rows] = doubts.repair
    suggested[doubts.rows] = doubts.suggested
    columns = _Columns(status, reason, found.region.astype(np.int16), kinds, found.why == VALID, repair)
    e164, texts = block.e164, doubts.texts
    if block.asked:
        rows = np.fromiter(block.asked, np.int64, len(block.asked))
        readings = list(block.asked.values())
        e164 = _replaced(e164, rows, [reading.e164 for reading in readings])
        suggested[rows] = len(texts) + np.arange(len(rows))
        texts = pa.concat_arrays([texts, pa.array([reading.suggested for reading in readings], pa.string())])
        columns.take_over(rows, readings)
    chosen = texts.take(pa.array(suggested, mask=suggested < 0))
    return pa.RecordBatch.from_arrays(columns.arrays(e164, chosen), schema=SCHEMA)


def _close_doubts(block: Block, status: Codes, reason: Codes) -> None:
    """Tell doubtful rows by what their text shows: the nearest reason wins, in the order of `read_phone`."""
    doubts = block.doubts
    rows, signs = doubts.rows, doubts.signs
    none = doubts.suggested < 0
    unreadable = status[rows] == _STATUS_IDS[PhoneStatus.UNREADABLE]
    reason[rows[unreadable & (signs & BRIEF != 0)]] = _REASON_IDS[PhoneReason.SHORT_CODE]
    reason[rows[none & (signs & LOSSY != 0)]] = _REASON_IDS[PhoneReason.EXPONENT_LOST_DIGITS]
    reason[rows[signs & SEVERAL != 0]] = _REASON_IDS[PhoneReason.SEVERAL_NUMBERS]
    status[rows[~none]] = _STATUS_IDS[PhoneStatus.REPAIR]
    blank = rows[signs & BLANK != 0]
    status[blank], reason[blank] = _STATUS_IDS[PhoneStatus.MISSING], _REASON_IDS[PhoneReason.EMPTY]


class _Columns:
    """Hold the coded columns while what was asked of phonenumbers is written into them."""

    def __init__(
        self, status: Codes, reason: Codes, region: NDArray[np.int16], kind: Codes, valid: Any, repair: Codes
    ) -> None:
        self._status, self._reason, self._region = status, reason, region
        self._kind, self._valid, self._repair = kind, valid, repair

    def take_over(self, rows: NDArray[np.int64], readings: list[PhoneReading]) -> None:
        """Write the readings of some rows."""
        self._status[rows] = [_STATUS_IDS[reading.status] for reading in readings]
        self._reason[rows] = [_REASON_IDS[reading.reason] for reading in readings]
        self._region[rows] = [REGION_IDS[reading.region] if reading.region else 0 for reading in readings]
        self._kind[rows] = [_TYPE_NAMES[reading.line_type] if reading.line_type else _NONE for reading in readings]
        self._valid[rows] = [reading.valid for reading in readings]
        self._repair[rows] = [_REPAIR_IDS[reading.repair] for reading in readings]

    def arrays(self, e164: Any, suggested: Any) -> list[Any]:
        """Give all columns in the order of the schema."""
        return [
            e164,
            _named(self._status.view(np.int8), STATUSES),
            _named(self._reason.view(np.int8), REASONS),
            _named(self._region - 1, REGIONS[1:], self._region == 0),
            _named(self._kind.view(np.int8), tuple(LINE_TYPES.values()), self._kind == _NONE),
            pa.array(self._valid),
            suggested,
            _named((self._repair - 1).view(np.int8), REPAIRS[1:], self._repair == 0),
        ]


def _named(codes: Any, names: Sequence[str | StrEnum | None], missing: Any = None) -> Any:
    texts = pa.array([str(name) for name in names], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=missing), texts)


def _replaced(texts: Any, rows: NDArray[np.int64], values: list[str | None]) -> Any:
    """Give a column of texts with some rows replaced."""
    places = np.arange(len(texts))
    places[rows] = len(texts) + np.arange(len(rows))
    return pa.concat_arrays([texts, pa.array(values, pa.string())]).take(pa.array(places))
