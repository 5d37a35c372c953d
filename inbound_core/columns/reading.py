"""Reading: a block of texts -> codes by row, exactly as `phones.read_phone` reads each of them.

First the kernel reads all rows. Rows that have no valid number are doubtful: their repaired texts are read by the same
kernel, and the first that is valid is proposed. What the kernels leave open goes to `read_phone` itself, once per
distinct text.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from inbound_core.columns.candidates import (
    FOREIGN,
    MOST_CANDIDATES,
    NO_NEIGHBOUR,
    Made,
    propose,
)
from inbound_core.columns.candidates import WIDEST as WIDEST_CANDIDATE
from inbound_core.columns.codes import ASK, EMPTY, POSSIBLE, POSSIBLE_LOCALLY, SCRATCH, VALID, WIDEST, Facts, Found
from inbound_core.columns.compiling import is_loaded
from inbound_core.columns.kernel import read_rows
from inbound_core.columns.meanings import MEANINGS
from inbound_core.columns.patience import Patience
from inbound_core.columns.table_cache import phone_tables
from inbound_core.columns.tables import REGIONS, PhoneTables
from inbound_core.phones import PhoneReading, read_phone

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Regions = NDArray[np.uint16]

#: How many doubtful rows are worked on together; bounds the room that candidates take.
_DOUBTFUL_BLOCK = 32_768


@dataclass(frozen=True, slots=True)
class Texts:
    """Hold the buffers of a column of texts, as Arrow lays them out."""

    array: Any
    offsets: NDArray[np.int64]
    data: Bytes
    validity: Bytes
    first_bit: int

    @classmethod
    def of(cls, array: Any) -> "Texts":
        """Take the buffers of a `pyarrow.LargeStringArray`."""
        validity, offsets, data = array.buffers()
        return cls(
            array,
            view_of(offsets, np.int64)[array.offset : array.offset + len(array) + 1] if len(array) else _NO_OFFSETS,
            view_of(data, np.uint8),
            view_of(validity if array.null_count else None, np.uint8),
            array.offset,
        )


def view_of(buffer: Any, kind: Any) -> Any:
    """Give a buffer as an array that cannot be written to: numba would compile anew for one that can."""
    array = np.frombuffer(buffer or b"", kind)
    array.flags.writeable = False
    return array


_NO_OFFSETS = view_of(bytes(8), np.int64)


@dataclass(frozen=True, slots=True)
class Doubts:
    """Hold what was found for the doubtful rows, one item per item of `rows`.

    `signs` are those of `candidates`; `repair` is a number in `REPAIRS`, and `suggested` the place of its E.164 in
    `texts`, -1 for none. `open` tells which rows must be asked of phonenumbers.
    """

    rows: Places
    signs: Bytes
    repair: Bytes
    suggested: Places
    open: NDArray[np.bool_]
    texts: Any


@dataclass(frozen=True, slots=True)
class Block:
    """Hold what was read, one item per row: the kernel's `found`, its texts, the doubts, and what was asked."""

    found: Found
    e164: Any
    doubts: Doubts
    asked: dict[int, PhoneReading]


_patience = Patience()


class Reader:
    """Read blocks of texts with the tables of the installed phonenumbers, or with others.

    Which of them are asked of phonenumbers changes what a reading costs and never what it says.
    """

    def __init__(self, tables: PhoneTables | None = None) -> None:
        self._given = tables

    @cached_property
    def _tables(self) -> PhoneTables:
        return self._given or _tables_and_kernel()

    @cached_property
    def _facts(self) -> Facts:
        return Facts(*(getattr(self._tables, name) for name in Facts._fields))

    def read(self, array: Any, regions: Regions, neighbours: Regions) -> Block:
        """Read a `pyarrow.LargeStringArray`.

        `regions` and `neighbours` are numbers in `REGIONS`, one for all rows or one per row; a neighbour of 0 is none.
        """
        if self._given is None and _patience.lasts(len(array), read_rows):
            rows = np.arange(len(array))
            return Block(
                _unread(len(array)),
                pa.nulls(len(array), pa.string()),
                _undecided(rows[:0]),
                ask(array, rows, regions, neighbours),
            )
        texts = Texts.of(array)
        homes = self._tables.homes[regions]
        near = np.where(neighbours == 0, NO_NEIGHBOUR, self._tables.homes[neighbours]).astype(np.uint16)
        found = read_texts(self._facts, texts, homes)
        doubts = self._doubts(texts, homes, near, found)
        rows = np.union1d(np.flatnonzero(found.why == ASK), doubts.rows[doubts.open])
        asked = ask(texts.array, rows, regions, neighbours)
        return Block(found, e164_array(found), doubts, asked)

    def _doubts(self, texts: Texts, homes: Regions, near: Regions, found: Found) -> Doubts:
        rows = np.flatnonzero((found.why != VALID) & (found.why != EMPTY) & (found.why != ASK))
        if _patience.lasts(len(rows), propose):
            return _undecided(rows)
        parts = [
            self._block_of_doubts(texts, rows[begin : begin + _DOUBTFUL_BLOCK], homes, near)
            for begin in range(0, max(len(rows), 1), _DOUBTFUL_BLOCK)
        ]
        sizes = np.cumsum([0, *(len(part.texts) for part in parts[:-1])])
        return Doubts(
            rows,
            np.concatenate([part.signs for part in parts]),
            np.concatenate([part.repair for part in parts]),
            np.concatenate(
                [
                    np.where(part.suggested < 0, -1, part.suggested + size)
                    for part, size in zip(parts, sizes, strict=True)
                ]
            ),
            np.concatenate([part.open for part in parts]),
            pa.concat_arrays([part.texts for part in parts]),
        )

    def _block_of_doubts(self, texts: Texts, rows: Places, homes: Regions, near: Regions) -> Doubts:
        most = MOST_CANDIDATES * len(rows)
        made = Made(
            np.empty(WIDEST_CANDIDATE * most, np.uint8),
            np.empty(most, np.int64),
            np.empty(most, np.int64),
            np.empty(most, np.uint8),
            np.empty(most, np.uint16),
        )
        signs = np.empty(len(rows), np.uint8)
        scratch = np.empty((2, SCRATCH), np.uint8)
        count = propose(self._facts, texts.offsets, texts.data, rows, homes, near, scratch, signs, made)
        used = Made(made.text, made.ends[:count], made.row[:count], made.repair[:count], made.home[:count])
        return self._tried(rows, signs, used)

    def _tried(self, rows: Places, signs: Bytes, made: Made) -> Doubts:
        """Read the candidates and choose the first valid one of each row."""
        offsets = np.concatenate([np.zeros(1, np.int64), made.ends])
        data = made.text[: offsets[-1]]
        data.flags.writeable = offsets.flags.writeable = False
        found = read_texts(self._facts, Texts(None, offsets, data, view_of(None, np.uint8), 0), made.home)
        settled = np.flatnonzero((found.why == VALID) | (found.why == ASK))
        places, first = np.unique(made.row[settled], return_index=True)
        chosen = settled[first]
        repair, suggested = np.zeros(len(rows), np.uint8), np.full(len(rows), -1, np.int64)
        open_rows = (signs & FOREIGN) != 0
        valid = found.why[chosen] == VALID
        open_rows[places[~valid]] = True
        repair[places[valid]] = made.repair[chosen[valid]]
        suggested[places[valid]] = chosen[valid]
        return Doubts(rows, signs, repair, suggested, open_rows, e164_array(found))


def load_kernels() -> None:
    """Load both kernels now, or compile them, which takes seconds the first time on a machine."""
    reader, nowhere = Reader(), np.zeros(1, np.uint16)
    reader._block_of_doubts(Texts.of(pa.array([], pa.large_string())), np.zeros(0, np.int64), nowhere, nowhere)


def read_texts(facts: Facts, texts: Texts, homes: Regions) -> Found:
    """Read texts by the kernel; `homes` is one home for all rows or one per row."""
    count = len(texts.offsets) - 1
    codes = (np.empty(count, np.uint8) for _ in range(5))
    found = Found(np.empty(WIDEST * count, np.uint8), np.empty(count, np.int64), *codes)
    scratch = np.empty((2, SCRATCH), np.int64)
    read_rows(facts, texts.offsets, texts.data, texts.validity, texts.first_bit, homes, MEANINGS, scratch, found)
    return found


def _tables_and_kernel() -> PhoneTables:
    """Give the tables, and load the kernel meanwhile: compiling either for the first time takes seconds."""
    if is_loaded(read_rows):
        return phone_tables()
    blank = np.zeros(1, np.uint16)
    nothing = Texts.of(pa.array([], pa.large_string()))
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(read_texts, Facts(*(blank for _ in Facts._fields)), nothing, blank)
        tables = phone_tables()
        loading.result()
    return tables


def _unread(count: int) -> Found:
    """Leave all rows to phonenumbers."""
    return Found(np.empty(0, np.uint8), np.zeros(count, np.int64), *(np.full(count, ASK, np.uint8) for _ in range(5)))


def _undecided(rows: Places) -> Doubts:
    """Leave all doubtful rows to phonenumbers."""
    none = np.zeros(len(rows), np.uint8)
    asked = np.ones(len(rows), np.bool_)
    return Doubts(rows, none, none, np.full(len(rows), -1, np.int64), asked, pa.array([], pa.string()))


def e164_array(found: Found) -> Any:
    """Give the E.164 texts that the kernel wrote, null where it found no possible number."""
    possible = (found.why == VALID) | (found.why == POSSIBLE) | (found.why == POSSIBLE_LOCALLY)
    offsets = np.zeros(len(found.ends) + 1, np.int32)
    offsets[1:] = found.ends
    present = np.packbits(possible, bitorder="little")
    buffers = (buffer_of(offsets), buffer_of(found.text[: offsets[-1]].copy()), buffer_of(present))
    return pa.StringArray.from_buffers(len(found.ends), *buffers)


def buffer_of(values: Any) -> pa.Buffer:
    """Give an array's memory as an Arrow buffer."""
    return pa.py_buffer(values)


def ask(array: Any, rows: Places, regions: Regions, neighbours: Regions) -> dict[int, PhoneReading]:
    """Read some rows by `read_phone`, once per distinct text and region."""
    texts = array.take(pa.array(rows)).to_pylist()
    known: dict[tuple[str, int, int], PhoneReading] = {}
    asked: dict[int, PhoneReading] = {}
    for row, text in zip(rows.tolist(), texts, strict=True):
        key = (text, int(regions[row if len(regions) > 1 else 0]), int(neighbours[row if len(neighbours) > 1 else 0]))
        if key not in known:
            known[key] = read_phone(text, REGIONS[key[1]], neighbour=REGIONS[key[2]])
        asked[row] = known[key]
    return asked
