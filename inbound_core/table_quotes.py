"""Table quotes: what a quotation mark that was opened and not closed took in, told from what came out as cells."""

import re
from typing import Any

import pyarrow.compute as untyped_compute

pc: Any = untyped_compute

#: How many delimiters in lines of the table's own width make it likely that a cell took in rows.
_ENOUGH = 3
_MOST_REPEATED = 50


class SwallowedRows:
    """Look for cells that hold whole rows. A batch without line ends in its cells costs a search of its bytes."""

    def __init__(self, delimiter: str, width: int) -> None:
        self._delimiter, self._width = delimiter, width
        escaped = re.escape(delimiter)
        # A line of the table's width; prose has a space behind its commas.
        row = rf"[^{escaped}\n]*(?:{escaped}(?:[^{escaped}\n ][^{escaped}\n]*)?){{{min(width - 1, _MOST_REPEATED)}}}"
        self._row_within = rf"\n{row}(?:\n|\r|{escaped}|$)"
        self._rows = self._cells = self._lines = 0
        self._first = 0

    def look_at(self, batch: Any) -> None:
        """Count the cells of a batch that took in rows."""
        for column in batch.columns if self._width > 1 else ():
            if has_line_ends(column):
                found = pc.match_substring_regex(column, self._row_within)
                for place in pc.indices_nonzero(found).to_pylist():
                    self._count(column[place].as_py(), self._rows + place + 1)
        self._rows += batch.num_rows

    def notes(self) -> list[str]:
        """Tell what was found, if anything."""
        if not self._cells:
            return []
        cells = "1 cell seems" if self._cells == 1 else f"{self._cells:,} cells seem"
        lines = "1 line that looks" if self._lines == 1 else f"{self._lines:,} lines that look"
        return [
            f"{cells} to have taken in {lines} like rows, the first in row {self._first:,}: most likely a quotation "
            "mark is opened there and not closed. Mend it and read the file again"
        ]

    def _count(self, cell: str, row: int) -> None:
        lines = [line for line in cell.splitlines()[1:] if line]
        taken = sum(self._is_row(line) for line in lines)
        if taken * 5 >= len(lines) * 4 and taken * (self._width - 1) >= _ENOUGH:
            self._first = min(self._first or row, row)
            self._cells += 1
            self._lines += taken

    def _is_row(self, line: str) -> bool:
        return line.count(self._delimiter) == self._width - 1 and f"{self._delimiter} " not in line


def has_line_ends(column: Any) -> bool:
    """Tell whether any cell of an array of texts may hold a line end, at the speed of a search in memory."""
    data = column.buffers()[2]
    return data is not None and data.to_pybytes().find(b"\n") >= 0


def lines_never_closed(batch: Any, tail: bytes) -> int | None:
    """Give how many line ends the last row of a file holds if the file ends within a quotation of it, else None.

    `tail` is what the file ends with. A quotation that was closed leaves at least its mark behind the cell's text.
    """
    cell = batch.column(batch.num_columns - 1)[-1].as_py() if batch.num_rows else ""
    if "\n" not in cell.rstrip() or not tail.replace(b'""', b'"').endswith(cell.encode()[-len(tail) // 2 :]):
        return None
    return sum(str(column[-1].as_py()).count("\n") for column in batch.columns)
