"""Audit on a cluster: the same audit for a Dask DataFrame, read where its parts are.

Each worker reads its parts and counts them; the records are shuffled by number by Dask, so that each number is whole on
one worker; only counts and sharing, which are small, come back.
"""

import contextlib
import copy
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dask as untyped_dask
import dask.dataframe as dd
import distributed as untyped_distributed
import pandas as pd
import pyarrow as pa

from inbound_core.audit import as_texts, choose_columns, likely_of, time_cells
from inbound_core.audit_dask_files import in_parts
from inbound_core.audit_date_order import DateEvidence
from inbound_core.audit_findings import Findings
from inbound_core.audit_formulas import formula_cells
from inbound_core.audit_reading import AuditColumns, ChunkReader
from inbound_core.audit_report import FileFacts
from inbound_core.audit_sharing import LISTED, RECORDS, Sharing, sharing_of
from inbound_core.audit_times import TimeReader
from inbound_core.errors import InboundError
from inbound_core.phone_columns import phone_texts
from inbound_core.phones import checked_region
from inbound_core.table_files import open_table
from inbound_core.table_guesses import SAMPLE_ROWS

dask: Any = untyped_dask
distributed: Any = untyped_distributed


def audit_dask(
    frame: Any, columns: AuditColumns, default_region: str, guess_region: bool, notes: Sequence[str]
) -> Findings:
    """Audit a Dask DataFrame on whatever scheduler is in force; give the findings."""
    return _audit_parts(frame, columns, default_region, guess_region, notes, look_for_formulas=False)[0]


def _audit_parts(
    frame: Any,
    columns: AuditColumns,
    default_region: str,
    guess_region: bool,
    notes: Sequence[str],
    look_for_formulas: bool,
) -> tuple[Findings, Counter[str]]:
    """Audit the parts of a frame; give the findings, and how many cells of each column look like formulas."""
    head = frame[[columns.phone]].head(2000, npartitions=-1)
    likely = likely_of(head[columns.phone], columns, default_region) if guess_region else None
    whole = ChunkReader(columns, default_region, likely.region if likely else None)
    if whole.times is not None:
        whole.times.settle(_day_first(frame, whole.times))
    read = dask.delayed(_read_part, nout=2)
    parts = [read(part, whole, look_for_formulas) for part in frame.to_delayed()]
    kept = dask.persist(*(part for pair in parts for part in pair))
    formulas: Counter[str] = Counter()
    first_rows: list[int] = []
    for reader, found in dask.compute(*kept[0::2]):
        first_rows.append(whole.counts.rows)
        whole.merge(reader)
        formulas.update(found)
    records = [dask.delayed(_moved)(part, first) for part, first in zip(kept[1::2], first_rows, strict=True)]
    shuffled = dd.from_delayed(records, meta=_frame(RECORDS.empty_table())).shuffle("number")
    sharing = Sharing()
    for part in dask.compute(*(dask.delayed(_share_part)(part) for part in shuffled.to_delayed())):
        sharing.merge(part)
    said = (*notes, *([str(likely)] if likely else []), *whole.notes())
    return Findings(columns.named(), whole.counts, sharing, default_region, likely, said), formulas


def _day_first(frame: Any, times: TimeReader) -> bool:
    """Find out the order of dates: by the first rows, or where these do not tell, by all."""
    column = frame[[times.column]]
    seen = _date_evidence(column.head(SAMPLE_ROWS, npartitions=-1), times)
    if seen.proved is None and seen.either:
        seen = DateEvidence()
        for part in dask.compute(*(dask.delayed(_date_evidence)(part, times) for part in column.to_delayed())):
            seen.merge(part)
    return times.assumed if seen.proved is None else seen.proved


def _date_evidence(part: pd.DataFrame, times: TimeReader) -> DateEvidence:
    reader = TimeReader(times.column, times.assumed)
    reader.read(pa.chunked_array([time_cells(part[times.column])]).combine_chunks())
    return reader.seen


def _read_part(
    part: pd.DataFrame, unread: ChunkReader, look_for_formulas: bool
) -> tuple[tuple[ChunkReader, Counter[str]], pd.DataFrame]:
    reader = copy.deepcopy(unread)
    _, records = reader.read(as_texts(part, reader.columns))
    formulas: Counter[str] = Counter()
    if look_for_formulas:
        texts = part.select_dtypes(["object", "string"]).columns.difference([reader.columns.phone], sort=False)
        formulas.update({name: count for name in texts if (count := formula_cells(phone_texts(part[name])))})
    return (reader, formulas), _frame(records)


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
        frame = in_parts(table)
        head = frame.head(SAMPLE_ROWS, npartitions=-1)
        columns, notes = choose_columns(head, phone, id_column, created, region)
        found, formulas = _audit_parts(
            frame, columns, default_region or "US", default_region is None, notes, look_for_formulas=True
        )
    in_order = {name: formulas[name] for name in table.columns if name in formulas}
    return found, FileFacts(table.path.name, f"{table.described}, on {scheduler}", formulas=in_order)


class ClusterError(InboundError, ConnectionError):
    """Report a cluster that does not answer."""


@contextlib.contextmanager
def _client(scheduler: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            address: Any = scheduler
            if scheduler == "local":
                address = stack.enter_context(
                    # What fails is told once, by us: its workers would print a traceback besides.
                    distributed.LocalCluster(
                        threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=logging.CRITICAL
                    )
                )
            else:
                # A client that is given no address at all would stay half made.
                distributed.comm.get_address_host(scheduler)
            stack.enter_context(distributed.Client(address, timeout=10))
        except (OSError, ValueError) as error:
            raise ClusterError(
                f"No Dask scheduler answers at {scheduler}: {error}. Give its address as tcp://host:port, or local to "
                "start workers here, and see that it is running."
            ) from error
        yield
