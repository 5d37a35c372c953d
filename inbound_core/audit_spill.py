"""Audit spill: the records of a table of any length, in memory while they are few, else on disk, split by number."""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from inbound_core.audit_sharing import LISTED, RECORDS, Sharing, sharing_of
from inbound_core.columns.numbers import NO_NUMBER

pc: Any = pyarrow.compute

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
        self._close_writers()
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, records: Any) -> None:
        """Add the records of one chunk."""
        self._held.append(records)
        self._rows += records.num_rows
        if self._rows > self._limit:
            self._spill()

    def sharing(self, listed: int = LISTED) -> Sharing:
        """Compute the sharing of everything that was added."""
        if self._folder is None:
            return sharing_of(self._table(), listed)
        self._spill()
        self._close_writers()
        whole = Sharing()
        for path in sorted(Path(self._folder.name).iterdir()):
            with pa.OSFile(str(path), "rb") as file, pa.ipc.open_stream(file) as part:
                whole.merge(sharing_of(part.read_all(), listed), listed)
        return whole

    def _table(self) -> Any:
        return pa.concat_tables(self._held) if self._held else RECORDS.empty_table()

    def _spill(self) -> None:
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
        for writer in self._writers:
            writer.close()
        self._writers = []
