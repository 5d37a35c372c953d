"""Reading: a block of texts -> codes by row, exactly as `phones.read_phone` reads each of them.

First the kernel reads all rows. Rows that have no valid number are doubtful: their repaired texts are read by the same
kernel, and the first that is valid is proposed. What the kernels leave open goes to `read_phone` itself, once per
distinct text.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from inbound_core.columns import doubts
from inbound_core.columns.candidates import NO_NEIGHBOUR, propose
from inbound_core.columns.codes import ASK, Facts, Found
from inbound_core.columns.compiling import is_at_hand, is_loaded
from inbound_core.columns.doubts import Doubts
from inbound_core.columns.kernel import read_rows
from inbound_core.columns.patience import Patience
from inbound_core.columns.table_cache import phone_tables
from inbound_core.columns.tables import REGIONS, PhoneTables
from inbound_core.columns.texts import Places, Regions, Texts, e164_array, nothing, read_texts
from inbound_core.phones import PhoneReading, read_phone


@dataclass(frozen=True, slots=True)
class Block:
    """Hold what was read, one item per row: the kernel's `found`, its texts, the doubts, and what was asked."""

    found: Found
    e164: Any
    doubts: Doubts
    asked: dict[int, PhoneReading]


_patience = Patience()


class Reader:
    """Read blocks of texts with the tables of the installed phonenumbers, or with others.

    Which of them are asked of phonenumbers changes what a reading costs and never what it says.
    """

    def __init__(self, tables: PhoneTables | None = None) -> None:
        self._given = tables

    @cached_property
    def _tables(self) -> PhoneTables:
        return self._given or _tables_and_kernel()

    @cached_property
    def _facts(self) -> Facts:
        return Facts(*(getattr(self._tables, name) for name in Facts._fields))

    def read(self, array: Any, regions: Regions, neighbours: Regions) -> Block:
        """Read a `pyarrow.LargeStringArray`.

        `regions` and `neighbours` are numbers in `REGIONS`, one for all rows or one per row; a neighbour of 0 is none.
        """
        if self._given is None and _patience.lasts(len(array), read_rows):
            rows = np.arange(len(array))
            return Block(
                _unread(len(array)),
                pa.nulls(len(array), pa.string()),
                doubts.undecided(rows[:0]),
                ask(array, rows, regions, neighbours),
            )
        texts = Texts.of(array)
        homes = self._tables.homes[regions]
        near = np.where(neighbours == 0, NO_NEIGHBOUR, self._tables.homes[neighbours]).astype(np.uint16)
        found = read_texts(self._facts, texts, homes)
        doubted = self._doubts(texts, homes, near, found)
        rows = np.union1d(np.flatnonzero(found.why == ASK), doubted.rows[doubted.open])
        asked = ask(texts.array, rows, regions, neighbours)
        return Block(found, e164_array(found), doubted, asked)

    def _doubts(self, texts: Texts, homes: Regions, near: Regions, found: Found) -> Doubts:
        rows = doubts.doubtful(found)
        if _patience.lasts(len(rows), propose):
            return doubts.undecided(rows)
        doubts.beside.wait()
        return doubts.decide(self._facts, texts, rows, homes, near)


def load_kernels() -> None:
    """Load both kernels now, or compile them, which takes seconds the first time on a machine."""
    _tables_and_kernel()
    doubts.load_candidates()


def _tables_and_kernel() -> PhoneTables:
    """Give the tables, and load the kernel meanwhile: compiling either for the first time takes seconds.

    Who has to compile this kernel will have to compile the other one too.
    """
    if is_loaded(read_rows):
        return phone_tables()
    if not is_at_hand(read_rows):
        doubts.beside.begin()
    texts, facts = nothing()
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(read_texts, facts, texts, facts.home_code)
        tables = phone_tables()
        loading.result()
    return tables


def _unread(count: int) -> Found:
    """Leave all rows to phonenumbers."""
    return Found(np.empty(0, np.uint8), np.zeros(count, np.int64), *(np.full(count, ASK, np.uint8) for _ in range(5)))


def ask(array: Any, rows: Places, regions: Regions, neighbours: Regions) -> dict[int, PhoneReading]:
    """Read some rows by `read_phone`, once per distinct text and region."""
    texts = array.take(pa.array(rows)).to_pylist()
    known: dict[tuple[str, int, int], PhoneReading] = {}
    asked: dict[int, PhoneReading] = {}
    for row, text in zip(rows.tolist(), texts, strict=True):
        key = (text, int(regions[row if len(regions) > 1 else 0]), int(neighbours[row if len(neighbours) > 1 else 0]))
        if key not in known:
            known[key] = read_phone(text, REGIONS[key[1]], neighbour=REGIONS[key[2]])
        asked[row] = known[key]
    return asked
