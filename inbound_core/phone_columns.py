"""Columns of phones: the answers of `phones.read_phone` for a million rows in the time of a few thousand (R7-R10).

`read_phone_column` is for people, pandas in and out; `read_phone_array` is the Arrow -> Arrow function beneath it:
pure, stateless and picklable, for Dask, Spark, DuckDB and Polars to call. How it works: `inbound_core.columns`.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from inbound_core.columns.reading import Reader
from inbound_core.columns.results import SCHEMA, answer
from inbound_core.columns.tables import REGION_IDS
from inbound_core.columns.texts import Regions
from inbound_core.errors import InboundError
from inbound_core.phones import checked_region, phone_text

#: The names of the answer's columns, in order.
RESULT_COLUMNS: tuple[str, ...] = tuple(SCHEMA.names)

#: Rows that are read in one go: enough to forget the call, few enough to stay in the processor's cache.
BLOCK_ROWS = 131_072

Region = str | Iterable[Any] | None


class ColumnLengthError(InboundError, ValueError):
    """Report a column of regions that is not as long as the column of phones."""


def read_phone_column(
    column: Any,
    region: Region = None,
    default_region: str = "US",
    neighbour: Region = None,
    threads: int = 1,
) -> pd.DataFrame:
    """Read a column of phones; give a frame with `RESULT_COLUMNS`, one row per row, same order and index.

    `column` is a pandas Series, an Arrow array or any iterable of anything. `region` is the country of all numbers, or
    a column with one per row; where it is empty, `default_region` counts. `neighbour` is a region that only something
    near the numbers names: what it would make of them is proposed in `phone_suggested` and never read. Two `threads`
    were 1.4 to 1.8 times as fast as one, depending on the machine.

    `phone_e164` is what the platform would read, also where nobody has the number (`phone_valid` tells); a proposal in
    `phone_suggested` is always valid, and `phone_repair` says what was done for it. Raise `InvalidRegion` for a region
    code that libphonenumber does not know, `ColumnLengthError` for a column of regions of another length.

    >>> read_phone_column(["555-123-4567", "+442079460123"])["phone_e164"].tolist()
    ['+15551234567', '+442079460123']
    """
    table = pa.Table.from_batches(_batches(phone_texts(column), region, default_region, neighbour, threads), SCHEMA)
    frame: pd.DataFrame = table.to_pandas()
    if isinstance(column, pd.Series):
        frame.index = column.index
    return frame


def read_phone_array(
    array: Any, region: Region = None, default_region: str = "US", neighbour: Region = None, threads: int = 1
) -> Any:
    """Read an Arrow array of phones; give an Arrow struct array with the fields `RESULT_COLUMNS`.

    The arguments are those of `read_phone_column`; regions by row come as an Arrow array or any iterable. The function
    holds no state, so it can be sent to other processes and called from several threads.
    """
    batches = list(_batches(phone_texts(array), region, default_region, neighbour, threads))
    if not batches:
        return pa.array([], pa.struct(list(SCHEMA)))
    return pa.concat_arrays([batch.to_struct_array() for batch in batches])


def _batches(texts: Any, region: Region, default_region: str, neighbour: Region, threads: int) -> Iterator[Any]:
    home = REGION_IDS[checked_region(default_region)]
    regions = _region_ids(region, home, len(texts))
    neighbours = _region_ids(neighbour, 0, len(texts))
    reader = Reader()

    length = _block_length(len(texts), threads)

    def read(begin: int) -> Any:
        rows = slice(begin, begin + length)
        block = texts.slice(begin, length)
        return answer(reader.read(block, _rows_of(regions, rows), _rows_of(neighbours, rows)))

    begins = range(0, len(texts), length)
    if threads <= 1 or len(begins) <= 1:
        yield from map(read, begins)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(read, begins)


def _block_length(rows: int, threads: int) -> int:
    """Say how many rows to read in one go: as many blocks for each thread, and all of one length.

    Else one thread would work on what is left over while the others have nothing to do.
    """
    if threads <= 1 or rows <= BLOCK_ROWS:
        return BLOCK_ROWS
    blocks = threads * -(-rows // (threads * BLOCK_ROWS))
    return -(-rows // blocks)


def _rows_of(ids: Regions, rows: slice) -> Regions:
    return ids if len(ids) == 1 else ids[rows]


def phone_texts(column: Any) -> Any:
    """Give a column as one `pyarrow.LargeStringArray`: texts as they are, all else as `phones.phone_text` writes it."""
    array: Any = _as_arrow(column)
    if array is not None and pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if array is None or not _is_plain(array.type):
        values: Iterable[Any] = column.to_pylist() if isinstance(column, pa.Array | pa.ChunkedArray) else column
        array = pa.array([phone_text(value) for value in values], pa.large_string())
    array = array.cast(pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _as_arrow(column: Any) -> Any:
    """Give a column as Arrow holds it, or None where it must be gone through value by value."""
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return column
    if isinstance(column, pd.Series) and isinstance(column.dtype, pd.StringDtype | pd.ArrowDtype):
        return pa.array(column)
    if isinstance(column, pd.Series) and column.dtype.kind in "iu":
        return pa.array(column, from_pandas=True)
    return None


def _is_plain(kind: Any) -> bool:
    """Tell whether Arrow writes a type as text just as Python does."""
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_null(kind)
    )


def _region_ids(region: Region, default: int, rows: int) -> Regions:
    """Give regions as numbers, one for all rows or one per row; empty ones become the default."""
    if region is None or (isinstance(region, str) and not region):
        return np.array([default], np.uint16)
    if isinstance(region, str):
        return np.array([REGION_IDS[checked_region(region)]], np.uint16)
    codes = phone_texts(region).dictionary_encode()
    if len(codes) != rows:
        raise ColumnLengthError(
            f"{rows} phones and {len(codes)} regions were given. One region per phone is wanted, or one code for all."
        )
    names = codes.dictionary.to_pylist()
    numbers = np.array([*(REGION_IDS[checked_region(name)] if name else default for name in names), default], np.uint16)
    ids: Regions = numbers[codes.indices.fill_null(len(names)).to_numpy()]
    return ids


@pd.api.extensions.register_series_accessor("phone")
class PhoneAccessor:
    """Read a pandas Series as phones: `df["phone"].phone.read(region="GB")`.

    A row of a frame is a Series too, and an accessor comes before a label: of a row with a column `phone`, `row.phone`
    is this accessor. Write `row["phone"]`.
    """

    def __init__(self, column: pd.Series) -> None:
        self._column = column

    def read(
        self, region: Region = None, default_region: str = "US", neighbour: Region = None, threads: int = 1
    ) -> pd.DataFrame:
        """Give the frame that `read_phone_column` gives."""
        return read_phone_column(self._column, region, default_region, neighbour, threads)
