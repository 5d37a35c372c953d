"""CSV: delimiter, encoding and header are told from the first half megabyte; the rest streams through Arrow.

What is not UTF-8 is made so on the way (`table_text`), so that Arrow never meets anything else.
"""

import contextlib
import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from inbound_core.table_encodings import encoding_of, is_wide, seems_western
from inbound_core.table_files import BadRows, TableFileError
from inbound_core.table_guesses import looks_like_phone
from inbound_core.table_quotes import SwallowedRows, lines_never_closed
from inbound_core.table_text import Utf8File

_SAMPLE_BYTES = 1 << 19
_SAMPLE_LINES = 60
_BLOCK_BYTES = 1 << 22
# A cell of the sample may be as long as the sample.
csv.field_size_limit(max(csv.field_size_limit(), _SAMPLE_BYTES))
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class CsvSource:
    """Read a text file with delimiters. `stream` opens its decompressed bytes from the beginning."""

    def __init__(self, stream: Any, name: str, compression: str | None, encoding: str | None = None) -> None:
        self._stream, self._name = stream, name
        self.notes: list[str] = []
        sample = _beginning(stream, name)
        self._named = encoding is not None
        self._encoding = encoding or encoding_of(sample)
        lines = _lines(sample, self._encoding, name)
        self._delimiter = _delimiter_of(lines)
        above, first, below = _top(lines, self._delimiter)
        named = has_header(first)
        self._skipped = below if named else above
        self.columns = unique_names(first if named else [""] * len(first))
        if not named:
            self.notes.append("the first row holds data, so the columns were numbered")
        elif above:
            self.notes.append(f"the header stands in line {above + 1}; what is above it was left out")
        if not self._named and self._encoding == "cp1252" and not seems_western(sample):
            self.notes.append(
                "the text is not UTF-8, and Windows-1252 was only assumed: its letters look unusual so. If names come "
                "out wrong, name the right one with --encoding, such as cp1251, cp1250, mac-roman or shift_jis"
            )
        self._notes_on_header = tuple(self.notes)
        kind = "TSV" if self._delimiter == "\t" else "CSV"
        parts = [kind, _NAMES[self._delimiter], self._encoding, *([compression] if compression else [])]
        self.described = ", ".join(parts)

    def batches(self, bad_rows: BadRows) -> Iterator[Any]:
        """Yield record batches with every column as text; note rows of another width in `bad_rows`."""
        self.notes = list(self._notes_on_header)
        with self._stream.open() as stream, contextlib.closing(self._as_utf8(stream)) as text:
            swallowed = SwallowedRows(self._delimiter, len(self.columns))
            last, rows, unclosed = None, 0, False
            for batch in self._parsed(text, bad_rows):
                rows += batch.num_rows
                if last is not None:
                    swallowed.look_at(last)
                    yield last
                last = batch
            if last is not None:
                whole, last = last, self._without_unclosed(last, text, bad_rows)
                unclosed = last is not whole
                swallowed.look_at(last)
                yield last
            self.notes += swallowed.notes()
            self._note_encodings(text)
            # Arrow counts rows; after a cell of several lines, and after empty lines, a row stands in a later line.
            lines = text.lines + (not text.tail.endswith(b"\n"))
            if bad_rows.total and not unclosed and lines > self._skipped + rows + bad_rows.total:
                self.notes.append(
                    "there are cells with line breaks, or empty lines: below one, a row that was left out stands in a "
                    "later line than told"
                )

    def share_read(self) -> float:
        """Tell how much of the file was read, from 0 to 1."""
        return float(self._stream.share_read())

    def _as_utf8(self, stream: Any) -> Utf8File:
        named = self._encoding if self._named or is_wide(self._encoding) else None
        return Utf8File(stream, named, self._delimiter, self._encoding == "cp1252")

    def _without_unclosed(self, last: Any, text: Utf8File, bad_rows: BadRows) -> Any:
        """Leave the last row out if it holds all the rest of the file, and tell where it begins."""
        ends = lines_never_closed(last, text.tail)
        if ends is None:
            return last
        line = text.lines - ends + 1
        taken = ends - text.tail.endswith(b"\n")
        lines = _next_lines(taken)
        bad_rows.note(line, f"a quotation mark that is opened there and never closed took in {lines} as well")
        self.notes.append(
            f"line {line:,} opens a quotation mark that is never closed: it and {lines}, to the end of the file, were "
            "not read. Mend that line and read the file again"
        )
        return last.slice(0, last.num_rows - 1)

    def _note_encodings(self, text: Utf8File) -> None:
        odd, even = text.odd_cells, text.even_cells
        if self._encoding == "cp1252" and even:
            self.notes.append(f"{_cells(even)} UTF-8, while others are Windows-1252: the encodings are mixed")
        elif self._encoding != "cp1252" and odd:
            self.notes.append(
                f"{_cells(odd)} not UTF-8 and read as Windows-1252, while others are: the encodings are mixed"
            )
        if text.unread:
            characters = "1 character is" if text.unread == 1 else f"{text.unread:,} characters are"
            self.notes.append(f"{characters} no {self._encoding}, and became \ufffd")

    def _parsed(self, text: Utf8File, bad_rows: BadRows) -> Iterator[Any]:
        rows = 0
        reader = None
        try:
            reader = self._reader(text, bad_rows)
            for batch in reader:
                rows += batch.num_rows
                yield batch
        except pa.ArrowInvalid as error:
            if "straddl" not in str(error):
                raise
            raise TableFileError(
                f"{self._name}: a row after the first {rows:,} does not end within {_BLOCK_BYTES >> 20} MB. Most "
                "likely a quotation mark is opened there and never closed. Mend that row, or export the file anew."
            ) from error
        finally:
            # While the reader lives it reads ahead, and an error's traceback keeps this frame alive.
            text.close()
            del reader

    def _reader(self, text: Utf8File, bad_rows: BadRows) -> Any:
        def note(row: Any) -> Any:
            cells = "1 cell" if row.actual_columns == 1 else f"{row.actual_columns} cells"
            why = f"{cells} where {row.expected_columns} are expected"
            taken = row.text.rstrip().count("\n")
            if taken:
                why += f"; a quotation mark that is opened there and not closed took in {_next_lines(taken)} as well"
            bad_rows.note(row.number, why)
            return "skip"

        file: Any = text
        stream: Any = pa.PythonFile(file, mode="r")
        return pa_csv.open_csv(
            stream,
            pa_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK_BYTES,
                column_names=list(self.columns),
                skip_rows=self._skipped,
            ),
            pa_csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                # In a table of one column, an empty line is how a row with an empty cell is written.
                ignore_empty_lines=len(self.columns) > 1,
                invalid_row_handler=note,
            ),
            pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in self.columns}, strings_can_be_null=False, check_utf8=False
            ),
        )


def _next_lines(count: int) -> str:
    return "the next line" if count == 1 else f"the next {count:,} lines"


def _cells(count: int) -> str:
    return "1 cell is" if count == 1 else f"{count:,} cells are"


def _beginning(stream: Any, name: str) -> bytes:
    with stream.open() as file:
        sample: bytes = file.read(_SAMPLE_BYTES)
    if not sample.strip():
        raise TableFileError(f"{name} is empty.")
    return sample


def _lines(sample: bytes, encoding: str, name: str) -> list[str]:
    text = sample.decode(encoding, errors="replace")
    if not is_wide(encoding) and text.count("\0") > 0:
        raise TableFileError(f"{name} is no text: it holds zero bytes. CSV, TSV, Excel and Parquet can be read.")
    lines = list(itertools.islice(io.StringIO(text, newline=""), _SAMPLE_LINES))
    return lines if len(sample) < _SAMPLE_BYTES or len(lines) == _SAMPLE_LINES else lines[:-1] or lines


def _delimiter_of(lines: list[str]) -> str:
    """Choose the delimiter that gives the most rows of one width; a comma where nothing does."""

    def score(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        return (count / sum(widths.values()), width) if width > 1 else (0.0, 0)

    return max(_NAMES, key=score)


def _top(lines: list[str], delimiter: str) -> tuple[int, list[str], int]:
    """Give the first row that fills at least half the width of the widest, and the lines above and to its end.

    What is above such a row is a title, or nothing.
    """
    reader = csv.reader(lines, delimiter=delimiter)
    rows, above = [], 0
    for row in reader:
        rows.append((above, row, reader.line_num))
        above = reader.line_num
    filled = [sum(bool(cell.strip()) for cell in row) for _, row, _ in rows]
    return rows[next(place for place, count in enumerate(filled) if count and count * 2 > max(filled))]


def has_header(row: list[str]) -> bool:
    """Tell whether a first row names columns: names are no phones, and digits alone in them are few."""
    return not any(looks_like_phone(cell.strip()) or _is_number(cell) for cell in row)


def _is_number(cell: str) -> bool:
    return sum(map(str.isdigit, cell)) > 6 and not any(map(str.isalpha, cell))


def unique_names(row: list[str]) -> tuple[str, ...]:
    """Give every column a name of its own: numbered where a header is blank or comes twice."""
    names: list[str] = []
    for place, cell in enumerate(row, start=1):
        name = wanted = cell.strip().lstrip("\ufeff") or f"column_{place}"
        number = 2
        while name in names:
            name, number = f"{wanted}_{number}", number + 1
        names.append(name)
    return tuple(names)
