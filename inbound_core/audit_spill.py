"""Audit spill: the records of a table of any length, in memory while they are few, else on disk, split by number."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from inbound_core.audit_sharing import LISTED, RECORDS, Sharing, sharing_of
from inbound_core.columns.numbers import NO_NUMBER
from inbound_core.errors import InboundError

pc: Any = pyarrow.compute


class TemporaryFolderFull(InboundError, OSError):
    """Report that the records of a long table find no room in the folder for temporary files."""

    def __str__(self) -> str:
        return str(self.args[0])


#: How many rows are held in memory; beyond, they go to disk.
ROWS_IN_MEMORY = 2_000_000
_PARTS = 64


class RecordStore:
    """Collect records, and compute their sharing in bounded memory. To be used as a context."""

    def __init__(self, rows_in_memory: int = ROWS_IN_MEMORY) -> None:
        self._limit = rows_in_memory
        self._held: list[Any] = []
        self._rows = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._writers: list[Any] = []

    def __enter__(self) -> "RecordStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # a full disk was told of when it was written to
            self._close_writers()
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, records: Any) -> None:
        """Add the records of one chunk. Raise `TemporaryFolderFull` where they find no room."""
        self._held.append(records)
        self._rows += records.num_rows
        if self._rows > self._limit:
            self._spill()

    def sharing(self, listed: int = LISTED) -> Sharing:
        """Compute the sharing of everything that was added."""
        if self._folder is None:
            return sharing_of(self._table(), listed)
        self._spill()
        with _told_of_a_full_disk():
            self._close_writers()
        whole = Sharing()
        for path in sorted(Path(self._folder.name).iterdir()):
            with pa.OSFile(str(path), "rb") as file, pa.ipc.open_stream(file) as part:
                whole.merge(sharing_of(part.read_all(), listed), listed)
        return whole

    def _table(self) -> Any:
        return pa.concat_tables(self._held) if self._held else RECORDS.empty_table()

    def _spill(self) -> None:
        with _told_of_a_full_disk():
            self._write_held()

    def _write_held(self) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="inbound-audit-")
            paths = (Path(self._folder.name) / f"{part:03}.arrow" for part in range(_PARTS))
            self._writers = [pa.ipc.new_stream(str(path), RECORDS) for path in paths]
        table = self._table()
        table = table.filter(pc.not_equal(table.column("number"), NO_NUMBER))
        self._held, self._rows = [], 0
        part = (table.column("number").to_numpy() % _PARTS).astype(np.uint8)
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=_PARTS))
        ordered = table.take(pa.array(order))
        for number, (writer, end) in enumerate(zip(self._writers, ends.tolist(), strict=True)):
            begin = int(ends[number - 1]) if number else 0
            writer.write_table(ordered.slice(begin, end - begin))

    def _close_writers(self) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.close()


@contextlib.contextmanager
def _told_of_a_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TemporaryFolderFull(
            f"The folder for temporary files, {tempfile.gettempdir()}, cannot take the records of so long a table: "
            f"{error.strerror or error}. About 60 bytes a row are needed there; name another folder with the "
            "environment variable TMPDIR."
        ) from error
