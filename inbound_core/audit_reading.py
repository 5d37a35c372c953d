"""Audit reading: the chunks of a table -> what each row reads as, with counts and records collected on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from inbound_core.audit_counts import Counts
from inbound_core.audit_date_order import day_first_in
from inbound_core.audit_findings import plural
from inbound_core.audit_sharing import NEVER, records_of
from inbound_core.audit_times import TimeReader
from inbound_core.phone_columns import RESULT_COLUMNS, read_phone_array
from inbound_core.table_cells import free_names
from inbound_core.table_guesses import known_region

pc: Any = pyarrow.compute

#: The column with what may be imported: the number read, or a repair that was accepted, as E.164.
CLEAN_COLUMN = "phone_clean"


@dataclass(frozen=True, slots=True)
class AuditColumns:
    """Name the columns of a table: the phone, and where there are such, id, time of creation and region.

    `neighbour` is a column with regions that are only used for proposals.
    """

    phone: str
    id: str | None = None
    created_at: str | None = None
    region: str | None = None
    neighbour: str | None = None

    def named(self) -> dict[str, str | None]:
        """Give the columns by what they are."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class ChunkReader:
    """Read chunk after chunk; collects counts, and notes on regions and times that mean nothing.

    `neighbour` is the region that all numbers seem to be from, for proposals only.
    """

    columns: AuditColumns
    default_region: str = "US"
    neighbour: str | None = None
    threads: int = 1
    counts: Counts = field(default_factory=Counts)
    odd_regions: dict[str, int] = field(default_factory=dict)
    times: TimeReader | None = None

    def __post_init__(self) -> None:
        """Get ready for the times of creation."""
        if self.times is None and self.columns.created_at is not None:
            self.times = TimeReader(self.columns.created_at, day_first_in(self.default_region))

    def read(self, table: Any) -> tuple[Any, Any]:
        """Read one `pyarrow.Table` of texts: what each row reads as (a record batch), and its records."""
        texts = self._column(table, self.columns.phone)
        neighbour = self._regions(table, self.columns.neighbour) or self.neighbour
        reading = read_phone_array(
            texts, self._regions(table, self.columns.region), self.default_region, neighbour, self.threads
        )
        batch = pa.RecordBatch.from_struct_array(reading)
        first_row = self.counts.rows
        self.counts.add(texts, batch)
        created = (
            None if self.times is None else self.times.read(self._column(table, self.times.column)).fill_null(NEVER)
        )
        ids = None if self.columns.id is None else self._column(table, self.columns.id)
        return batch, records_of(batch, texts, created, ids, first_row)

    def merge(self, other: "ChunkReader") -> None:
        """Add what was counted and noticed in the rows that come after these."""
        self.counts.merge(other.counts)
        for name, count in other.odd_regions.items():
            self.odd_regions[name] = self.odd_regions.get(name, 0) + count
        if self.times is not None and other.times is not None:
            self.times.merge(other.times)

    def notes(self) -> list[str]:
        """Say what was noticed."""
        said = []
        if self.columns.created_at is None:
            said.append("no column tells when a row was created: of rows with the same number, the first is the oldest")
        if self.odd_regions:
            odd = sum(self.odd_regions.values())
            most = sorted(self.odd_regions, key=lambda name: -self.odd_regions[name])[:3]
            cells = f"{plural(odd, 'cell', 'cells')} of {self.columns.region or self.columns.neighbour!r}"
            said.append(
                f"{cells} name{'s' if odd == 1 else ''} no region ({', '.join(map(repr, most))}); "
                f"{self.default_region} counted there"
            )
        return [*said, *(self.times.notes() if self.times else ())]

    @staticmethod
    def _column(table: Any, name: str) -> Any:
        return table.column(name).combine_chunks()

    def _regions(self, table: Any, name: str | None) -> Any:
        """Give the codes that the cells of a column mean, null where they mean none."""
        if name is None:
            return None
        cells = self._column(table, name).cast(pa.string()).dictionary_encode()
        words = cells.dictionary.to_pylist()
        codes = [known_region(word) for word in words]
        used = np.bincount(cells.indices.drop_null().to_numpy(), minlength=len(words))
        for word, code, count in zip(words, codes, used.tolist(), strict=True):
            if code is None and (word or "").strip():
                self.odd_regions[word] = self.odd_regions.get(word, 0) + count
        return pa.DictionaryArray.from_arrays(cells.indices, pa.array(codes, pa.string())).cast(pa.string())


def with_results(table: Any, batch: Any, accept: frozenset[str]) -> Any:
    """Give a table with the result columns and `CLEAN_COLUMN` behind its own, which stay as they are.

    A result column that has the name of one of the table's own gets `_2` behind it.
    """
    results = [*(batch.column(name) for name in RESULT_COLUMNS), clean_column(batch, accept)]
    names = free_names([*RESULT_COLUMNS, CLEAN_COLUMN], table.column_names)
    return pa.Table.from_arrays([*table.columns, *results], [*table.column_names, *names])


def clean_column(batch: Any, accept: frozenset[str]) -> Any:
    """Give what may be imported: an accepted repair, else the number if it is valid, else what the platform reads."""
    repair = batch.column("phone_repair")
    taken = [code for code, name in enumerate(repair.dictionary.to_pylist()) if name in accept]
    accepted = pc.is_in(repair.indices, pa.array(taken, repair.indices.type))
    return pc.if_else(accepted, batch.column("phone_suggested"), batch.column("phone_e164"))


def sample_of(values: Sequence[Any]) -> list[str | None]:
    """Give cells as texts to look at."""
    return [None if value is None else str(value) for value in values]
