"""Audit on a cluster: the same audit for a Dask DataFrame, read where its parts are.

Each worker reads its parts and counts them; the records are shuffled by number by Dask, so that each number is whole on
one worker; only counts and sharing, which are small, come back.
"""

from collections.abc import Sequence
from typing import Any

import dask as untyped_dask
import dask.dataframe as dd
import pandas as pd
import pyarrow as pa

from inbound_core.audit import as_texts, likely_of
from inbound_core.audit_counts import Counts
from inbound_core.audit_findings import Findings
from inbound_core.audit_reading import AuditColumns, ChunkReader
from inbound_core.audit_sharing import LISTED, RECORDS, Sharing, sharing_of

dask: Any = untyped_dask


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
    return Findings(columns.named(), counts, sharing, default_region, neighbour, tuple(said))


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
