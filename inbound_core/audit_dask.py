"""Audit on a cluster: the same audit for a Dask DataFrame, read where its parts are.

Each worker reads its parts and counts them; the records are shuffled by number by Dask, so that each number is whole on
one worker; only counts and sharing, which are small, come back.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dask as untyped_dask
import dask.dataframe as dd
import distributed as untyped_distributed
import pandas as pd
import pyarrow as pa

from inbound_core.audit import as_texts, choose_columns, likely_of
from inbound_core.audit_counts import Counts
from inbound_core.audit_findings import Findings
from inbound_core.audit_reading import AuditColumns, ChunkReader
from inbound_core.audit_report import FileFacts
from inbound_core.audit_sharing import LISTED, RECORDS, Sharing, sharing_of
from inbound_core.errors import InboundError
from inbound_core.phones import checked_region
from inbound_core.table_files import TableFile, TableFileError, open_table
from inbound_core.table_guesses import SAMPLE_ROWS

dask: Any = untyped_dask
distributed: Any = untyped_distributed


def audit_dask(
    frame: Any, columns: AuditColumns, default_region: str, guess_region: bool, notes: Sequence[str]
) -> Findings:
    """Audit a Dask DataFrame on whatever scheduler is in force; give the findings."""
    head = frame[[columns.phone]].head(2000, npartitions=-1)
    likely = likely_of(head[columns.phone], columns, default_region) if guess_region else None
    neighbour = likely.region if likely else None
    read = dask.delayed(_read_part, nout=2)
    parts = [read(part, columns, default_region, neighbour) for part in frame.to_delayed()]
    kept = dask.persist(*(part for pair in parts for part in pair))
    readers = dask.compute(*kept[0::2])
    counts = Counts()
    first_rows: list[int] = []
    for reader in readers:
        first_rows.append(counts.rows)
        counts.merge(reader.counts)
    records = [dask.delayed(_moved)(part, first) for part, first in zip(kept[1::2], first_rows, strict=True)]
    shuffled = dd.from_delayed(records, meta=_frame(RECORDS.empty_table())).shuffle("number")
    sharing = Sharing()
    for part in dask.compute(*(dask.delayed(_share_part)(part) for part in shuffled.to_delayed())):
        sharing.merge(part)
    said = [*notes, *([str(likely)] if likely else []), *dict.fromkeys(n for one in readers for n in one.notes())]
    return Findings(columns.named(), counts, sharing, default_region, likely, tuple(said))


def _read_part(
    part: pd.DataFrame, columns: AuditColumns, default_region: str, neighbour: str | None
) -> tuple[ChunkReader, pd.DataFrame]:
    reader = ChunkReader(columns, default_region, neighbour)
    _, records = reader.read(as_texts(part, columns))
    return reader, _frame(records)


def _moved(records: pd.DataFrame, first_row: int) -> pd.DataFrame:
    return records.assign(row=records["row"] + first_row)


def _share_part(records: pd.DataFrame) -> Sharing:
    return sharing_of(pa.Table.from_pandas(records[RECORDS.names], schema=RECORDS, preserve_index=False), LISTED)


def _frame(records: Any) -> pd.DataFrame:
    frame: pd.DataFrame = records.to_pandas()
    return frame.astype({"text": "str", "id": "str"})


def audit_file_on_cluster(
    path: Path,
    scheduler: str,
    phone: str | None,
    id_column: str | None,
    created: str | None,
    region: str | None,
    default_region: str | None,
) -> tuple[Findings, FileFacts]:
    """Audit a file on a cluster: `scheduler` is its address, or `local` for worker processes on this machine.

    Parquet and CSV without compression can be read in parts; every worker must see the file under the same path. Raise
    `TableFileError` for any other kind, `ClusterError` where no cluster answers.
    """
    checked_region(default_region or "US")
    table = open_table(path)
    for name in (phone, id_column, created, region):
        if name is not None:
            table.column(name)
    with _client(scheduler):
        frame = _in_parts(table)
        head = frame.head(SAMPLE_ROWS, npartitions=-1)
        columns, notes = choose_columns(head, phone, id_column, created, region)
        found = audit_dask(frame, columns, default_region or "US", default_region is None, notes)
    return found, FileFacts(table.path.name, f"{table.described}, on {scheduler}")


class ClusterError(InboundError, ConnectionError):
    """Report a cluster that does not answer."""


@contextlib.contextmanager
def _client(scheduler: str) -> Iterator[None]:
    cluster: Any = None
    try:
        if scheduler == "local":
            cluster = distributed.LocalCluster(threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
        with distributed.Client(cluster or scheduler, timeout=10):
            yield
    except OSError as error:
        raise ClusterError(f"No Dask scheduler answers at {scheduler}: {error}. Is it running?") from error
    finally:
        if cluster is not None:
            cluster.close()


def _in_parts(table: TableFile) -> Any:
    """Open a file as a Dask DataFrame of texts that workers read for themselves."""
    kind, *rest = table.described.split(", ")
    path = str(table.path.resolve())
    if kind == "Parquet":
        return dd.read_parquet(path)
    if kind in ("CSV", "TSV") and len(rest) == 2 and rest[1] != "utf-16" and not table.notes:
        delimiter = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}[rest[0]]
        return dd.read_csv(path, sep=delimiter, encoding=rest[1], dtype="str", keep_default_na=False)
    raise TableFileError(
        f"{table.path.name} ({table.described}) cannot be read in parts. "
        "Write it as Parquet or plain CSV, or audit it without a cluster."
    )
