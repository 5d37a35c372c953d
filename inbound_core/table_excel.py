"""Excel: the first sheet with rows, its header wherever it stands beneath titles and merged cells."""

import itertools
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from inbound_core.table_cells import cell_text
from inbound_core.table_csv import has_header, unique_names
from inbound_core.table_files import BadRows, TableFileError

_BATCH_ROWS = 5_000
_HEADER_SEARCH = 30


#: What openpyxl raises for a damaged workbook, whose parts it takes on trust.
_DAMAGED = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, EOFError, ParseError,
    LookupError, ValueError, TypeError, AttributeError,
)  # fmt: skip


class ExcelSource:
    """Read an Excel workbook's first sheet that has rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.notes: list[str] = []
        self._sheet, self._rows = self._first_sheet()
        head = list(itertools.islice(self._texts(), _HEADER_SEARCH))
        self._header = _header_row(head)
        if not head:
            raise TableFileError(f"{path.name} has no sheet with rows.")
        self._width = max(len(_trimmed(row)) for row in head)
        names = _padded(head[self._header], self._width)
        joined = _joined_names(names, *(_padded(row, self._width) for row in head[self._header + 1 : self._header + 3]))
        self.columns = unique_names(joined or names)
        self._above = self._header + (2 if joined else 1)
        if joined:
            self.notes.append(
                f"the header takes two rows, {self._header + 1} and {self._above}, whose names were joined"
            )
        if self._header:
            self.notes.append(f"the header stands in row {self._header + 1}; what is above it was left out")
        self.described = f"Excel, sheet {self._sheet!r}"
        self._read = 0

    def batches(self, bad_rows: BadRows) -> Iterator[Any]:
        """Yield record batches with every column as text; rows beyond the header's width are noted."""
        self._read = 0
        rows = itertools.islice(self._texts(), self._above, None)
        line = self._above
        while block := list(itertools.islice(rows, _BATCH_ROWS)):
            kept = []
            for row in block:
                line += 1
                cells = _trimmed(row)
                if len(cells) > self._width:
                    bad_rows.note(line, f"{len(cells)} cells where {self._width} are expected")
                elif cells:
                    kept.append([*cells, *[None] * (self._width - len(cells))])
            self._read += len(block)
            columns = [pa.array([row[place] for row in kept], pa.string()) for place in range(self._width)]
            yield pa.RecordBatch.from_arrays(columns, list(self.columns))

    def share_read(self) -> float:
        """Tell how much of the sheet was read, from 0 to 1."""
        return min(self._read / self._rows, 1.0) if self._rows else 1.0

    def _first_sheet(self) -> tuple[str, int]:
        with _Workbook(self._path) as book:
            for sheet in book.worksheets:
                if any(any(cell is not None for cell in row) for row in itertools.islice(sheet.values, _HEADER_SEARCH)):
                    others = [other.title for other in book.worksheets if other is not sheet]
                    if others:
                        self.notes.append(f"sheet {sheet.title!r} was read; {', '.join(map(repr, others))} was not")
                    return sheet.title, sheet.max_row or 0
        raise TableFileError(f"{self._path.name} has no sheet with rows.")

    def _texts(self) -> Iterator[list[str | None]]:
        with _Workbook(self._path) as book:
            for row in book[self._sheet].iter_rows():
                yield [cell_text(cell.value, getattr(cell, "number_format", "") or "") for cell in row]


class _Workbook:
    """Open a workbook for reading row by row, and close it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book: Any = None

    def __enter__(self) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and validations, which are not read
                self._book = openpyxl.load_workbook(self._path, read_only=True, data_only=True)
        except _DAMAGED as error:
            raise self._error(error) from error
        return self._book

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._book.close()
        if isinstance(error, _DAMAGED) and not isinstance(error, TableFileError):
            raise self._error(error) from error

    def _error(self, error: BaseException) -> TableFileError:
        said = str(error).rstrip(".")
        return TableFileError(f"{self._path.name} is no whole Excel file: {said}. Save it anew, or fetch it again.")


def _trimmed(row: list[str | None]) -> list[str | None]:
    end = len(row)
    while end and not (row[end - 1] or "").strip():
        end -= 1
    return row[:end]


def _header_row(head: list[list[str | None]]) -> int:
    """Give the place of the header: the first row that fills at least half the width of the widest."""
    filled = [sum(bool((cell or "").strip()) for cell in row) for row in head]
    widest = max(filled, default=0)
    return next((place for place, count in enumerate(filled) if count * 2 > widest), 0)


def _padded(row: list[str | None], width: int) -> list[str]:
    return [*((cell or "").strip() for cell in row[:width]), *[""] * (width - len(row))]


def _joined_names(upper: list[str], lower: list[str] | None = None, data: list[str] | None = None) -> list[str] | None:
    """Join a header of two rows, whose upper cells are merged over several lower ones; None where it has but one.

    The lower row names what the upper one leaves blank, and is blank itself beneath a name that spans both rows, where
    the data goes on.
    """
    if lower is None or data is None or not has_header(lower):
        return None
    places = list(zip(upper, lower, data, strict=True))
    named_below = any(below and not above for above, below, _ in places)
    spans_both = any(above and not below and cell for above, below, cell in places)
    if not (named_below and spans_both and all(above or below for above, below, _ in places)):
        return None
    names, group = [], ""
    for above, below, _ in places:
        group = above or group
        names.append(f"{group} {below}".strip() if below else above)
    return names
