"""Doubts: the rows without a valid number. Their repaired texts are read, and the first that is valid is proposed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from inbound_core.columns.beside import CompiledBeside
from inbound_core.columns.candidates import FOREIGN, MOST_CANDIDATES, NO_NEIGHBOUR, WIDEST, Made, propose
from inbound_core.columns.codes import ASK, EMPTY, SCRATCH, VALID, Facts, Found
from inbound_core.columns.texts import Bytes, Places, Regions, Texts, e164_array, nothing, read_texts, view_of

#: How many doubtful rows are worked on together; bounds the room that candidates take.
_BLOCK = 32_768

#: The kernel of this module, compiled by another process while this one has the other kernel to compile.
beside = CompiledBeside(propose, f"from {__name__} import load_candidates; load_candidates()")


@dataclass(frozen=True, slots=True)
class Doubts:
    """Hold what was found for the doubtful rows, one item per item of `rows`.

    `signs` are those of `candidates`; `repair` is a number in `REPAIRS`, and `suggested` the place of its E.164 in
    `texts`, -1 for none. `open` tells which rows must be asked of phonenumbers.
    """

    rows: Places
    signs: Bytes
    repair: Bytes
    suggested: Places
    open: NDArray[np.bool_]
    texts: Any


def doubtful(found: Found) -> Places:
    """Give the rows that the kernel read and that have no valid number, in ascending order."""
    rows: Places = np.flatnonzero((found.why != VALID) & (found.why != EMPTY) & (found.why != ASK))
    return rows


def undecided(rows: Places) -> Doubts:
    """Leave all doubtful rows to phonenumbers."""
    none = np.zeros(len(rows), np.uint8)
    asked = np.ones(len(rows), np.bool_)
    return Doubts(rows, none, none, np.full(len(rows), -1, np.int64), asked, pa.array([], pa.string()))


def decide(facts: Facts, texts: Texts, rows: Places, homes: Regions, near: Regions) -> Doubts:
    """Propose a repair for each row that has one. `homes` and `near` are one for all rows or one per row of `texts`.

    A row without a neighbouring region has `NO_NEIGHBOUR` in `near`.
    """
    parts = [
        _decide(facts, texts, rows[begin : begin + _BLOCK], homes, near) for begin in range(0, len(rows) or 1, _BLOCK)
    ]
    sizes = np.cumsum([0, *(len(part.texts) for part in parts[:-1])])
    suggested = [
        np.where(part.suggested < 0, -1, part.suggested + size) for part, size in zip(parts, sizes, strict=True)
    ]
    return Doubts(
        rows,
        np.concatenate([part.signs for part in parts]),
        np.concatenate([part.repair for part in parts]),
        np.concatenate(suggested),
        np.concatenate([part.open for part in parts]),
        pa.concat_arrays([part.texts for part in parts]),
    )


def _decide(facts: Facts, texts: Texts, rows: Places, homes: Regions, near: Regions) -> Doubts:
    signs, made = _candidates(facts, texts, rows, homes, near)
    offsets = np.concatenate([np.zeros(1, np.int64), made.ends])
    data = made.text[: offsets[-1]]
    data.flags.writeable = offsets.flags.writeable = False
    found = read_texts(facts, Texts(None, offsets, data, view_of(None, np.uint8), 0), made.home)
    settled = np.flatnonzero((found.why == VALID) | (found.why == ASK))
    places, first = np.unique(made.row[settled], return_index=True)
    chosen = settled[first]
    repair, suggested = np.zeros(len(rows), np.uint8), np.full(len(rows), -1, np.int64)
    open_rows = (signs & FOREIGN) != 0
    valid = found.why[chosen] == VALID
    open_rows[places[~valid]] = True
    repair[places[valid]] = made.repair[chosen[valid]]
    suggested[places[valid]] = chosen[valid]
    return Doubts(rows, signs, repair, suggested, open_rows, e164_array(found))


def _candidates(facts: Facts, texts: Texts, rows: Places, homes: Regions, near: Regions) -> tuple[Bytes, Made]:
    """Give the signs of some rows, and what could be meant by them."""
    most = MOST_CANDIDATES * len(rows)
    made = Made(
        np.empty(WIDEST * most, np.uint8),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.uint8),
        np.empty(most, np.uint16),
    )
    signs = np.empty(len(rows), np.uint8)
    scratch = np.empty((2, SCRATCH), np.uint8)
    count = propose(facts, texts.offsets, texts.data, rows, homes, near, scratch, signs, made)
    return signs, Made(made.text, made.ends[:count], made.row[:count], made.repair[:count], made.home[:count])


def load_candidates() -> None:
    """Load the kernel of this module now, or compile it, which takes seconds the first time on a machine."""
    beside.wait()
    texts, facts = nothing()
    nowhere = np.full(1, NO_NEIGHBOUR, np.uint16)
    _candidates(facts, texts, np.zeros(0, np.int64), nowhere, nowhere)
