"""Texts: the buffers of a column as the kernel takes them, and what it wrote as Arrow takes it back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from inbound_core.columns.codes import POSSIBLE, POSSIBLE_LOCALLY, SCRATCH, VALID, WIDEST, Facts, Found
from inbound_core.columns.kernel import read_rows
from inbound_core.columns.meanings import MEANINGS

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Regions = NDArray[np.uint16]


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


def nothing() -> tuple[Texts, Facts]:
    """Give an empty column, and tables of no sense: what it takes to load a kernel without work for it."""
    blank = np.zeros(1, np.uint16)
    return Texts.of(pa.array([], pa.large_string())), Facts(*(blank for _ in Facts._fields))


def read_texts(facts: Facts, texts: Texts, homes: Regions) -> Found:
    """Read texts by the kernel; `homes` is one home for all rows or one per row."""
    count = len(texts.offsets) - 1
    codes = (np.empty(count, np.uint8) for _ in range(5))
    found = Found(np.empty(WIDEST * count, np.uint8), np.empty(count, np.int64), *codes)
    scratch = np.empty((2, SCRATCH), np.int64)
    read_rows(facts, texts.offsets, texts.data, texts.validity, texts.first_bit, homes, MEANINGS, scratch, found)
    return found


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
