"""Table files: a stranger's export -> chunks of a table in which every cell is text.

CSV with any usual delimiter, encoding and compression, TSV, Excel and Parquet. No reader ever turns a phone into a
number: what stands in a cell is what comes out. What was found is said in `described` and `guess`.
"""

import itertools
import lzma
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from inbound_core.errors import InboundError
from inbound_core.table_guesses import SAMPLE_ROWS, ColumnGuess, guess_columns, nearest_names

#: What readers and decompressors raise for a damaged file.
_BROKEN = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)

_DAMAGED = "It is damaged, or was not copied to its end; fetch it again."

#: Rows of a chunk unless something else is asked for.
CHUNK_ROWS = 65_536


class TableFileError(InboundError, ValueError):
    """Report a file that cannot be read as a table, with what it seems to be."""


class NoSuchTableFile(TableFileError, FileNotFoundError):
    """Report a path where no file is."""


class NoSuchColumn(TableFileError, KeyError):
    """Report a column that the table does not have, naming the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class BadRow:
    """Hold a row that was left out: its line, where that is known, and why."""

    line: int | None
    why: str


class BadRows(list[BadRow]):
    """Keep the first rows that were left out, and count all: a broken file of any length takes little memory."""

    KEPT = 1000

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def note(self, line: int | None, why: str) -> None:
        """Count a row, and keep it if it is one of the first."""
        self.total += 1
        if len(self) < self.KEPT:
            self.append(BadRow(line, why))

    def forget(self) -> None:
        """Begin anew."""
        self.clear()
        self.total = 0


class Source(Protocol):
    """Read one kind of file. `batches` may be called again and then begins anew."""

    described: str
    columns: tuple[str, ...]
    notes: list[str]

    def batches(self, bad_rows: BadRows) -> Iterator[Any]:
        """Yield record batches or tables whose columns are all text, in order."""

    def share_read(self) -> float:
        """Tell how much of the file has been read, from 0 to 1."""


@dataclass(slots=True)
class TableFile:
    """Hold an opened table: its `columns`, what they seem to be (`guess`), and what kind of file it is (`described`).

    `bad_rows` is filled while the chunks are taken.
    """

    path: Path
    source: Source
    guess: ColumnGuess
    bad_rows: BadRows = field(default_factory=BadRows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the names of the columns, in order."""
        return self.source.columns

    @property
    def described(self) -> str:
        """Say what kind of file it is, such as `CSV, comma, latin-1`."""
        return self.source.described

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what was noticed about the file so far, apart from its columns."""
        return tuple(self.source.notes)

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield tables of at most so many rows, every column text. Raise `TableFileError` where the file breaks off."""
        self.bad_rows.forget()
        read = 0
        try:
            with _closing(self.source.batches(self.bad_rows)) as batches:
                for batch in batches:
                    for begin in range(0, batch.num_rows, rows):
                        part = batch.slice(begin, rows)
                        read += part.num_rows
                        yield part if isinstance(part, pa.Table) else pa.Table.from_batches([part])
        except _BROKEN as error:
            if isinstance(error, TableFileError):
                raise
            raise TableFileError(
                f"{self.path.name} broke off after {read:,} rows: {str(error).rstrip('.')}. {_DAMAGED}"
            ) from error

    def share_read(self) -> float:
        """Tell how much of the file has been read, from 0 to 1."""
        return self.source.share_read()

    def column(self, name: str) -> str:
        """Give a column's name back if the table has it. Raise `NoSuchColumn` naming the nearest ones else."""
        if name in self.columns:
            return name
        near = nearest_names(name, self.columns) or list(self.columns[:5])
        raise NoSuchColumn(f"{self.path.name} has no column {name!r}; nearest: {', '.join(map(repr, near))}")


@contextmanager
def _closing(batches: Iterator[Any]) -> Iterator[Iterator[Any]]:
    """Close a reader when it is left early: what still reads ahead at exit would abort the interpreter."""
    try:
        yield batches
    finally:
        if isinstance(batches, Generator):
            batches.close()


def open_table(path: Path | str, encoding: str | None = None) -> TableFile:
    """Open a table file of any known kind; look at its beginning to tell kind, encoding, delimiter and columns.

    Raise `NoSuchTableFile` where no file is, `NoSuchEncoding` for an encoding that is none, `TableFileError` for what
    cannot be read as a table.
    """
    path = Path(path)
    if not path.exists():
        near = nearest_names(path.name, [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else [])
        hint = f"; nearest: {', '.join(near)}" if near else ""
        raise NoSuchTableFile(f"There is no file {path}{hint}.")
    if path.is_dir():
        raise TableFileError(f"{path} is a folder. Name one of the files in it.")
    if not path.is_file():
        raise TableFileError(f"{path} is a pipe or a device, which cannot be read twice. Save it as a file first.")
    from inbound_core.table_encodings import checked_encoding
    from inbound_core.table_sources import source_of

    try:
        source = source_of(path, checked_encoding(encoding) if encoding else None)
        guess = _guess(source)
    except _BROKEN as error:
        if isinstance(error, TableFileError):
            raise
        raise TableFileError(
            f"{path.name} cannot be read as {_expected(path)}: {str(error).rstrip('.')}. {_DAMAGED}"
        ) from error
    return TableFile(path, source, guess)


def _expected(path: Path) -> str:
    return path.suffix.lstrip(".").upper() or "a table"


def _guess(source: Source) -> ColumnGuess:
    taken: list[Any] = []
    rows = 0
    with _closing(source.batches(BadRows())) as batches:
        for batch in batches:
            taken.append(batch.slice(0, SAMPLE_ROWS - rows))
            rows += taken[-1].num_rows
            if rows >= SAMPLE_ROWS:
                break
    sample = {
        name: list(itertools.chain.from_iterable(batch.column(place).to_pylist() for batch in taken))
        for place, name in enumerate(source.columns)
    }
    return guess_columns(sample)
