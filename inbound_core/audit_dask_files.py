"""Audit files on a cluster: a file as a Dask DataFrame of texts, which workers read for themselves.

CSV is read by the parser that reads it without a cluster, so that a cell is the same cell here and there.
"""

import io
from collections.abc import Sequence
from typing import Any

import dask as untyped_dask
import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from dask.bytes.core import read_bytes as untyped_read_bytes

from inbound_core.table_cells import text_of_bytes
from inbound_core.table_encodings import is_wide
from inbound_core.table_files import TableFile, TableFileError
from inbound_core.table_quotes import SwallowedRows

dask: Any = untyped_dask
read_bytes: Any = untyped_read_bytes

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_PART_BYTES = 1 << 26
#: What a row of our own at the end of each part holds: where it is no row, the part ends within a quotation.
_END = b"\x03"


def in_parts(table: TableFile) -> Any:
    """Open a file as a Dask DataFrame. Raise `TableFileError` for a kind that cannot be read in parts."""
    kind, *rest = table.described.split(", ")
    if kind == "Parquet":
        return dd.read_parquet(str(table.path.resolve()))
    if kind in ("CSV", "TSV") and len(rest) == 2 and not is_wide(rest[1]) and not table.notes:
        return _csv_in_parts(table, _DELIMITERS[rest[0]])
    raise TableFileError(
        f"{table.path.name} ({table.described}) cannot be read in parts. "
        "Write it as Parquet or plain CSV, or audit it without a cluster."
    )


def _csv_in_parts(table: TableFile, delimiter: str) -> Any:
    _, files = read_bytes(str(table.path.resolve()), delimiter=b"\n", blocksize=_PART_BYTES, sample=False)
    read = dask.delayed(read_part)
    parts = [
        read(block, place == 0, table.columns, delimiter, table.path.name)
        for place, block in enumerate(block for blocks in files for block in blocks)
    ]
    return dd.from_delayed(parts, meta=pd.DataFrame({name: pd.Series(dtype="str") for name in table.columns}))


def read_part(data: bytes, has_header: bool, columns: Sequence[str], delimiter: str, name: str) -> pd.DataFrame:
    """Read a part of a CSV, which ends with a line.

    Raise `TableFileError` where a row is wider or narrower than the header, where the part ends within a quoted cell,
    and where a cell seems to have taken in rows.
    """
    if not data:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    line_end = b"" if data.endswith(b"\n") else b"\n"
    end = delimiter.encode().join([_END] * len(columns))
    table = _parsed(b"".join([data, line_end, end, b"\n"]), has_header, columns, delimiter, name)
    if table.num_rows == 0 or table.column(0)[-1].as_py() != _END:
        raise _broken(name, "a quoted cell does not end in the part in which it begins")
    texts = [text_of_bytes(column.combine_chunks()) for column in table.slice(0, table.num_rows - 1).columns]
    read = pa.RecordBatch.from_arrays(texts, list(columns))
    swallowed = SwallowedRows(delimiter, len(columns))
    swallowed.look_at(read)
    if swallowed.notes():
        raise _broken(name, "a cell seems to have taken in whole rows")
    return read.to_pandas()


def _parsed(data: bytes, has_header: bool, columns: Sequence[str], delimiter: str, name: str) -> Any:
    widths: list[int] = []

    def note(row: Any) -> Any:
        widths.append(row.actual_columns)
        return "skip"

    try:
        table = pa_csv.read_csv(
            io.BytesIO(data),
            pa_csv.ReadOptions(
                use_threads=False,
                block_size=1 << 22,
                column_names=list(columns),
                skip_rows_after_names=int(has_header),
            ),
            pa_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                # In a table of one column, an empty line is how a row with an empty cell is written.
                ignore_empty_lines=len(columns) > 1,
                invalid_row_handler=note,
            ),
            pa_csv.ConvertOptions(
                column_types={name: pa.binary() for name in columns}, strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid as error:
        # What Arrow says would quote the row, and with it a number.
        raise _broken(name, "a row does not end where it should") from error
    if widths:
        rows = "a row has" if len(widths) == 1 else f"{len(widths):,} rows have"
        raise _broken(name, f"{rows} another width, the first {widths[0]} cells where {len(columns)} are expected")
    return table


def _broken(name: str, why: str) -> TableFileError:
    return TableFileError(
        f"{name} cannot be read in parts: {why}. Most likely a delimiter is not quoted, or a cell holds a line break. "
        "Mend it, write it as Parquet, or audit it without a cluster, which leaves such rows out and names them."
    )
