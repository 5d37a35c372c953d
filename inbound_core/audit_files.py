"""Audit files: a file of any length, read once in chunks; findings, and on the way out the cleaned table."""

import contextlib
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from inbound_core.audit import AuditError, chosen_columns, likely_of
from inbound_core.audit_findings import Findings, repairs_named
from inbound_core.audit_formulas import formula_cells
from inbound_core.audit_outputs import Writer, check_table_output, table_writer
from inbound_core.audit_reading import CLEAN_COLUMN, ChunkReader, with_results
from inbound_core.audit_report import FileFacts
from inbound_core.audit_spill import RecordStore
from inbound_core.phone_columns import RESULT_COLUMNS
from inbound_core.phones import checked_region
from inbound_core.table_cells import free_names
from inbound_core.table_files import CHUNK_ROWS, TableFile, open_table

#: Told after each chunk: the share of the file that was read, and the rows.
Progress = Callable[[float, int], None]


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """Hold what is asked of an audit of a file; what is not named is guessed.

    `region` is a column. `default_region` None leaves the platform's own (US), and lets proposals be made for where
    the numbers seem to be from. `accept` names the repairs that `out` takes over.
    """

    path: Path
    phone: str | None = None
    id: str | None = None
    created_at: str | None = None
    region: str | None = None
    default_region: str | None = None
    accept: Sequence[str] = field(default_factory=tuple)
    out: Path | None = None
    encoding: str | None = None


def audit_file(request: AuditRequest, progress: Progress = lambda share, rows: None) -> tuple[Findings, FileFacts]:
    """Audit a file, and write `out` if it is asked for. Memory stays bounded whatever the file's length.

    Raise `TableFileError` for a file that cannot be read, `AuditError` for one without phones, `OutputError` for an
    output that cannot be written; then nothing was written.
    """
    accept = repairs_named(request.accept)
    default_region = checked_region(request.default_region or "US")
    table = open_table(request.path, request.encoding)
    for name in (request.phone, request.id, request.created_at, request.region):
        if name is not None:
            table.column(name)
    if table.guess.phone is None and request.phone is None:
        raise AuditError(
            f"No column of {table.path.name} looks like phones. Name one with --phone; the columns are: "
            f"{', '.join(table.columns[:30])}."
        )
    columns, notes = chosen_columns(table.guess, request.phone, request.id, request.created_at, request.region)
    if request.out is not None:
        check_table_output(request.out)
    chunks = table.chunks(CHUNK_ROWS)
    first = next(chunks, None)
    likely = None
    if first is not None and request.default_region is None:
        likely = likely_of(first.column(columns.phone), columns, default_region)
    reader = ChunkReader(columns, default_region, likely.region if likely else None, threads=os.cpu_count() or 1)
    walk = _Walk(reader, accept, progress, table)
    with RecordStore() as store:
        with _writer(request.out, table) as writer:
            walk.through(itertools.chain([] if first is None else [first], chunks), store, writer)
            not_kept = () if writer is None else tuple(writer.notes())
        sharing = store.sharing()
    said = (*notes, *([str(likely)] if likely else []), *table.notes, *reader.notes())
    found = Findings(columns.named(), reader.counts, sharing, default_region, likely, said)
    bad = [(row.line, row.why) for row in table.bad_rows]
    return found, FileFacts(table.path.name, table.described, bad, dict(walk.formulas), table.bad_rows.total, not_kept)


@contextlib.contextmanager
def _writer(out: Path | None, table: TableFile) -> Iterator[Writer | None]:
    if out is None:
        yield None
        return
    names = [*table.columns, *free_names([*RESULT_COLUMNS, CLEAN_COLUMN], table.columns)]
    with table_writer(out, names) as writer:
        yield writer


class _Walk:
    """Go through the chunks once, and give each to everybody who wants it."""

    def __init__(self, reader: ChunkReader, accept: frozenset[str], progress: Progress, table: TableFile) -> None:
        self.formulas: Counter[str] = Counter()
        self._reader, self._accept = reader, accept
        self._progress, self._table = progress, table

    def through(self, chunks: Iterator[pa.Table], store: RecordStore, writer: Writer | None) -> None:
        for chunk in chunks:
            batch, records = self._reader.read(chunk)
            store.add(records)
            self._count_formulas(chunk)
            if writer is not None:
                writer.write(with_results(chunk, batch, self._accept))
            self._progress(self._table.share_read(), self._reader.counts.rows)

    def _count_formulas(self, chunk: Any) -> None:
        for name in chunk.column_names:
            if name != self._reader.columns.phone:
                found = formula_cells(chunk.column(name))
                if found:
                    self.formulas[name] += found
