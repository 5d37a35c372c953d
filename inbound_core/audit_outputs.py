"""Audit outputs: the cleaned table as CSV, TSV, Excel or Parquet, whole or not at all.

Everything is written beside the place where it belongs and renamed at the end, so that no half file is ever found
there. What exists is not written over.
"""

import contextlib
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import openpyxl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from openpyxl.cell import WriteOnlyCell

from inbound_core.audit_findings import plural
from inbound_core.errors import InboundError

#: What Excel can hold in one sheet, its header included.
EXCEL_ROWS = 1_048_576

#: How many signs one cell of Excel holds.
EXCEL_SIGNS = 32_767

#: What no workbook may hold.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class OutputError(InboundError, OSError):
    """Report an output that cannot be written, and that nothing was left in its place."""

    def __str__(self) -> str:
        return str(self.args[0])


class Writer(Protocol):
    """Write tables one after the other, all with the same columns."""

    def write(self, table: pa.Table) -> None:
        """Write the rows of one table."""

    def notes(self) -> list[str]:
        """Say what could not be written as it was."""

    def close(self) -> None:
        """Write what is still to be written, and close the file."""


def check_output(path: Path) -> None:
    """Raise `OutputError` where a path is taken, its folder is not there, or its ending is unknown."""
    if path.exists():
        raise OutputError(f"{path} exists already and is not written over. Name another file, or remove it first.")
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder {path.parent} to write {path.name} into. Make it first.")


def check_table_output(path: Path) -> None:
    """Check a path for a table; raise `OutputError` also for an ending that no writer knows."""
    check_output(path)
    if path.suffix.lower() not in _WRITERS:
        raise OutputError(f"{path.name}: the ending says how to write it; known are {', '.join(_WRITERS)}.")


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a path beside the right one to write to, and rename it there once the block ends well.

    Raise `OutputError` where the disk is full or the folder cannot be written; nothing is left behind.
    """
    check_output(path)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            beside = Path(folder) / path.name
            yield beside
            beside.rename(path)
    except OSError as error:
        if isinstance(error, InboundError):
            raise
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}. Nothing was left there; the input is untouched."
        ) from error


@contextlib.contextmanager
def table_writer(path: Path, columns: list[str]) -> Iterator[Writer]:
    """Give a writer for a table with these columns, whose kind the path's ending tells."""
    check_table_output(path)
    with written_whole(path) as beside:
        writer = _WRITERS[path.suffix.lower()](beside, columns)
        try:
            yield writer
        except BaseException:
            # The first error counts; that the writer cannot be closed well after it says nothing new.
            with contextlib.suppress(Exception):
                writer.close()
            raise
        writer.close()


def _schema(columns: list[str]) -> Any:
    return pa.schema([pa.field(name, pa.string()) for name in columns])


class _TextWriter:
    """Write CSV or TSV in UTF-8."""

    delimiter = ","

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._schema = _schema(columns)
        self._writer = pa_csv.CSVWriter(
            str(path), self._schema, write_options=pa_csv.WriteOptions(delimiter=self.delimiter)
        )

    def write(self, table: pa.Table) -> None:
        self._writer.write(table.cast(self._schema))

    def notes(self) -> list[str]:
        return []

    def close(self) -> None:
        self._writer.close()


class _TabWriter(_TextWriter):
    delimiter = "\t"


class _ParquetWriter:
    """Write Parquet."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._schema = _schema(columns)
        self._writer = pq.ParquetWriter(path, self._schema)

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table.cast(self._schema))

    def notes(self) -> list[str]:
        return []

    def close(self) -> None:
        self._writer.close()


class _ExcelWriter:
    """Write one sheet in which every cell is text, so that no plus sign, no zero and no formula is lost or run."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._path = path
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("audit")
        self._rows = self._changed = self._cut = 0
        self._append(columns)

    def write(self, table: pa.Table) -> None:
        texts = [column.cast(pa.string()).to_pylist() for column in table.columns]
        for row in zip(*texts, strict=True):
            self._append(row)

    def notes(self) -> list[str]:
        said = []
        if self._changed:
            cells = plural(self._changed, "cell holds", "cells hold")
            said.append(f"{cells} signs that Excel cannot keep (control characters or carriage returns): replaced")
        if self._cut:
            cells = plural(self._cut, "cell is", "cells are")
            said.append(f"{cells} longer than the {EXCEL_SIGNS:,} signs that Excel holds: cut")
        return [f"{'; '.join(said)}. Write .csv or .parquet to keep everything"] if said else []

    def close(self) -> None:
        # A zip file that cannot be finished complains once more when it is thrown away; one in memory never does.
        whole = io.BytesIO()
        self._book.save(whole)
        self._path.write_bytes(whole.getbuffer())

    def _append(self, row: Sequence[str | None]) -> None:
        self._rows += 1
        if self._rows > EXCEL_ROWS:
            raise OutputError(f"Excel holds {EXCEL_ROWS:,} rows at most. Write .csv or .parquet instead.")
        self._sheet.append([None if text is None else self._cell(text) for text in row])

    def _cell(self, text: str) -> Any:
        kept = _CONTROLS.sub("\ufffd", text)[:EXCEL_SIGNS]
        # A workbook is XML, whose readers take a carriage return for a line feed.
        kept = kept.replace("\r\n", "\n").replace("\r", "\n") if "\r" in kept else kept
        if kept != text:
            self._cut += len(text) > EXCEL_SIGNS
            self._changed += "\r" in text or _CONTROLS.search(text) is not None
        cell = WriteOnlyCell(self._sheet, kept)
        cell.data_type, cell.number_format = "s", "@"
        return cell


_WRITERS: dict[str, Any] = {
    ".csv": _TextWriter,
    ".tsv": _TabWriter,
    ".xlsx": _ExcelWriter,
    ".parquet": _ParquetWriter,
}
