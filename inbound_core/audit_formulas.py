"""Audit formulas: cells that a spreadsheet would run instead of show."""

import re
from typing import Any

import numpy as np
import pyarrow as pa

#: What a spreadsheet takes for the beginning of a formula.
_STARTS = np.zeros(256, bool)
_STARTS[[ord(sign) for sign in "=+-@\t\r"]] = True
#: A sign before nothing but a number or a phone is no formula.
_HARMLESS = re.compile(r"[+-]?[\d\s().,/%+-]*")


def formula_cells(column: Any) -> int:
    """Count the cells of a column of texts that begin like a formula and are no plain numbers."""
    count = 0
    for array in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        texts: Any = array.cast(pa.large_string())
        _, offsets, data = texts.buffers()
        if data is None or data.size == 0 or not len(texts):
            continue
        ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        filled = np.flatnonzero(ends[1:] > ends[:-1])
        suspects = filled[_STARTS[np.frombuffer(data, np.uint8)[ends[filled]]]]
        cells = texts.take(pa.array(suspects)).to_pylist()
        count += sum(cell is not None and _HARMLESS.fullmatch(cell) is None for cell in cells)
    return count
