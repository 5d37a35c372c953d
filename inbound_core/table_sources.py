"""Table sources: how each kind of file is told and read. `table_files.open_table` is the way in."""

import io
import lzma
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inbound_core.table_cells import text_array
from inbound_core.table_csv import CsvSource, unique_names
from inbound_core.table_excel import ExcelSource
from inbound_core.table_files import BadRows, Source, TableFileError

_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_TABLES_IN_ZIP = (".csv", ".tsv", ".txt", ".tab")


def source_of(path: Path, encoding: str | None = None) -> Source:
    """Tell a file by its first bytes, and by its name only where these leave it open.

    `encoding` is that of a text file; Excel and Parquet have none to be named.
    Raise `TableFileError` for what is no table.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise TableFileError(f"{path.name} is empty.")
    if head.startswith(b"PAR1"):
        return ParquetSource(path)
    if head.startswith(_OLD_OFFICE):
        raise TableFileError(f"{path.name} is an old or a protected Excel file. Save it as .xlsx without a password.")
    if head.startswith(b"PK"):
        return _zipped(path, encoding)
    for magic, name in _COMPRESSIONS.items():
        if head.startswith(magic):
            return CsvSource(_Stream(path, name), path.name, name, encoding)
    return CsvSource(_Stream(path, None), path.name, None, encoding)


def _zipped(path: Path, encoding: str | None) -> Source:
    with zipfile.ZipFile(path) as archive:
        packed = archive.NameToInfo
    names = list(packed)
    if any(name.startswith("xl/") for name in names):
        return ExcelSource(path)
    tables = [name for name in names if name.lower().endswith(_TABLES_IN_ZIP) and not name.startswith("__MACOSX")]
    if len(tables) != 1:
        found = ", ".join(tables[:5]) or "none"
        raise TableFileError(f"{path.name} must hold one table to be read; it holds {len(tables)}: {found}. Unpack it.")
    if packed[tables[0]].flag_bits & 1:
        raise TableFileError(f"{path.name} is protected with a password. Unpack it first.")
    return CsvSource(_Stream(path, "zip", tables[0]), tables[0], "zip", encoding)


class _Stream:
    """Open a file's decompressed bytes as often as wanted, and tell how much of the file was read."""

    def __init__(self, path: Path, compression: str | None, member: str | None = None) -> None:
        self._path, self._compression, self._member = path, compression, member
        self._size = max(path.stat().st_size, 1)
        self._raw: Any = None

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Lend a readable Arrow stream from the beginning."""
        with pa.OSFile(str(self._path), "rb") as raw, ExitStack() as opened:
            self._raw = raw
            yield self._decompressed(raw, opened)

    def _decompressed(self, raw: Any, opened: ExitStack) -> Any:
        compression: Any = self._compression
        if compression == "zip":
            archive = opened.enter_context(zipfile.ZipFile(io.BufferedReader(_Raw(raw))))
            try:
                member: Any = opened.enter_context(archive.open(str(self._member)))
            except NotImplementedError as error:
                raise TableFileError(
                    f"{self._path.name} is packed in a way that is not known here ({error}). Unpack it first."
                ) from error
            return pa.PythonFile(member, mode="r")
        if compression == "xz":
            unpacked: Any = opened.enter_context(lzma.open(io.BufferedReader(_Raw(raw))))  # noqa: SIM115 - the stack closes it
            return pa.PythonFile(unpacked, mode="r")
        return pa.CompressedInputStream(raw, compression) if compression else raw

    def share_read(self) -> float:
        """Tell how much of the file was read, from 0 to 1."""
        return 1.0 if self._raw is None or self._raw.closed else min(self._raw.tell() / self._size, 1.0)


class _Raw(io.RawIOBase):
    """Let Python's decompressors read an Arrow file, whose place tells the progress."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class ParquetSource:
    """Read a Parquet file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            self.columns: tuple[str, ...] = tuple(names) if len(set(names)) == len(names) else unique_names(names)
            self._rows = file.metadata.num_rows
        self.described = f"Parquet, {self._rows:,} rows"
        self.notes: list[str] = []
        self._read = 0

    def batches(self, bad_rows: BadRows) -> Iterator[Any]:
        """Yield record batches with every column as text."""
        del bad_rows  # a Parquet file has none: its rows are whole or the file is not readable
        self._read = 0
        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches():
                self._read += batch.num_rows
                yield pa.RecordBatch.from_arrays([text_array(column) for column in batch.columns], list(self.columns))

    def share_read(self) -> float:
        """Tell how much of the file was read, from 0 to 1."""
        return self._read / self._rows if self._rows else 1.0
