"""Results: what the kernel and the doubts say of a block, as the columns of the answer."""

import functools
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from inbound_core.columns.candidates import BLANK, BRIEF, LOSSY, REPAIRS, SEVERAL
from inbound_core.columns.codes import VALID
from inbound_core.columns.meanings import NO_TYPE, REASON_IDS, REASONS, STATUS_IDS, STATUSES, TYPE_NAMES
from inbound_core.columns.reading import Block
from inbound_core.columns.tables import REGION_IDS, REGIONS
from inbound_core.columns.texts import buffer_of
from inbound_core.phones import LINE_TYPES, PhoneReading, PhoneReason, PhoneStatus

Codes = NDArray[np.uint8]

compute: Any = pyarrow.compute

_REPAIR_IDS = {repair: number for number, repair in enumerate(REPAIRS)}
#: Above so many replaced rows in a block, every row is looked up.
_MANY = 256


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
    status, reason = found.status, found.reason
    _close_doubts(block, status, reason)
    repair = np.zeros(len(status), np.uint8)
    repair[doubts.rows] = doubts.repair
    columns = _Columns(status, reason, found.region, found.type, found.why == VALID, repair)
    proposed = doubts.suggested >= 0
    rows, texts = doubts.rows[proposed], doubts.texts.take(pa.array(doubts.suggested[proposed]))
    e164 = block.e164
    if block.asked:
        readings = list(block.asked.values())
        asked = np.fromiter(block.asked, np.int64, len(readings))
        columns.take_over(asked, readings)
        e164 = _replaced(e164, asked, [reading.e164 for reading in readings])
        rows, texts = _joined(rows, texts, asked, [reading.suggested for reading in readings])
    return pa.RecordBatch.from_arrays(columns.arrays(e164, _spread(rows, texts, len(status))), schema=SCHEMA)


def _close_doubts(block: Block, status: Codes, reason: Codes) -> None:
    """Tell doubtful rows by what their text shows: the nearest reason wins, in the order of `read_phone`."""
    doubts = block.doubts
    rows, signs = doubts.rows, doubts.signs
    none = doubts.suggested < 0
    unreadable = status[rows] == STATUS_IDS[PhoneStatus.UNREADABLE]
    reason[rows[unreadable & (signs & BRIEF != 0)]] = REASON_IDS[PhoneReason.SHORT_CODE]
    reason[rows[none & (signs & LOSSY != 0)]] = REASON_IDS[PhoneReason.EXPONENT_LOST_DIGITS]
    reason[rows[signs & SEVERAL != 0]] = REASON_IDS[PhoneReason.SEVERAL_NUMBERS]
    status[rows[~none]] = STATUS_IDS[PhoneStatus.REPAIR]
    blank = rows[signs & BLANK != 0]
    status[blank], reason[blank] = STATUS_IDS[PhoneStatus.MISSING], REASON_IDS[PhoneReason.EMPTY]


class _Columns:
    """Hold the coded columns while what was asked of phonenumbers is written into them."""

    def __init__(self, status: Codes, reason: Codes, region: Codes, kind: Codes, valid: Any, repair: Codes) -> None:
        self._status, self._reason, self._region = status, reason, region
        self._kind, self._valid, self._repair = kind, valid, repair

    def take_over(self, rows: NDArray[np.int64], readings: list[PhoneReading]) -> None:
        """Write the readings of some rows."""
        self._status[rows] = [STATUS_IDS[reading.status] for reading in readings]
        self._reason[rows] = [REASON_IDS[reading.reason] for reading in readings]
        self._region[rows] = [REGION_IDS[reading.region] if reading.region else 0 for reading in readings]
        self._kind[rows] = [TYPE_NAMES[reading.line_type] if reading.line_type else NO_TYPE for reading in readings]
        self._valid[rows] = [reading.valid for reading in readings]
        self._repair[rows] = [_REPAIR_IDS[reading.repair] for reading in readings]

    def arrays(self, e164: Any, suggested: Any) -> list[Any]:
        """Give all columns in the order of the schema."""
        return [
            e164,
            _named(self._status.view(np.int8), STATUSES),
            _named(self._reason.view(np.int8), REASONS),
            _named(self._region.astype(np.int16) - 1, REGIONS[1:], self._region != 0),
            _named(self._kind.view(np.int8), tuple(LINE_TYPES.values()), self._kind != NO_TYPE),
            pa.array(self._valid),
            suggested,
            _named((self._repair - 1).view(np.int8), REPAIRS[1:], self._repair != 0),
        ]


def _named(codes: Any, names: Sequence[str | StrEnum | None], present: Any = None) -> Any:
    """Give codes as an Arrow dictionary over the same memory; rows that are not `present` are null."""
    kind = pa.int16() if codes.dtype == np.int16 else pa.int8()
    bits = None if present is None else buffer_of(np.packbits(present, bitorder="little"))
    codes_array: Any = pa.Array.from_buffers(kind, len(codes), [bits, buffer_of(codes)])
    return pa.DictionaryArray.from_arrays(codes_array, _name_array(tuple(names)), safe=False)


@functools.cache
def _name_array(names: tuple[str | StrEnum | None, ...]) -> Any:
    return pa.array([str(name) for name in names], pa.string())


def _replaced(texts: Any, rows: NDArray[np.int64], values: list[str | None]) -> Any:
    """Give a column of texts with some rows, in ascending order, replaced."""
    patches = pa.array(values, pa.string())
    if len(rows) > _MANY:
        places = np.arange(len(texts))
        places[rows] = len(texts) + np.arange(len(rows))
        return pa.concat_arrays([texts, patches]).take(pa.array(places))
    # A few patches: joining what lies between them costs a copy, and looking up every row ten times as much.
    parts, begin = [], 0
    for number, row in enumerate(rows.tolist()):
        parts += [texts.slice(begin, row - begin), patches.slice(number, 1)]
        begin = row + 1
    return pa.concat_arrays([*parts, texts.slice(begin)])


def _joined(
    rows: NDArray[np.int64], texts: Any, more_rows: NDArray[np.int64], more_texts: list[str | None]
) -> tuple[NDArray[np.int64], Any]:
    """Join two sparse columns of texts that have no row in common; rows without a text are left out."""
    filled = np.array([text is not None for text in more_texts], bool)
    all_rows = np.concatenate([rows, more_rows[filled]])
    order = np.argsort(all_rows)
    joined = pa.concat_arrays([texts, pa.array([text for text in more_texts if text is not None], pa.string())])
    return all_rows[order], joined.take(pa.array(order))


def _spread(rows: NDArray[np.int64], texts: Any, count: int) -> Any:
    """Give a column of so many rows that holds some texts in some rows, in ascending order, and is null elsewhere."""
    lengths = np.zeros(count, np.int32)
    lengths[rows] = compute.binary_length(texts).to_numpy()
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    present = np.packbits(lengths > 0, bitorder="little")
    # Taken anew, the texts lie at the beginning of their own buffer, one behind the other.
    data = texts.buffers()[2] or buffer_of(np.zeros(0, np.uint8))
    return pa.StringArray.from_buffers(count, buffer_of(offsets), data, buffer_of(present))
