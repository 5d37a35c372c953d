"""Audit counts: how many rows have each status, reason, region, type and repair, with a few rows of each to look at.

Counts of parts add up to counts of the whole, whoever made the parts: chunks of a file, or workers of a cluster.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inbound_core.phones import PhoneStatus

#: How many rows of each kind are kept to look at.
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """Hold one row to look at: its place (the first is 1), the text, and what was read and proposed."""

    row: int
    text: str | None
    e164: str | None
    suggested: str | None


@dataclass(slots=True)
class Counts:
    """Count the rows of a reading.

    `readable` counts the rows that the platform reads as a number; `regions` and `types` tell the valid ones apart;
    `reasons` counts by (status, reason), `repairs` the rows that have one. `examples` holds
    the first rows of each (status, reason), and of each repair under (`repair`, repair).
    """

    rows: int = 0
    readable: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[ExampleRow]] = field(default_factory=dict)

    @property
    def statuses(self) -> dict[str, int]:
        """Give the rows by status, every status of the closed set in its order."""
        found: Counter[str] = Counter()
        for (status, _), count in self.reasons.items():
            found[status] += count
        return {str(status): found[str(status)] for status in PhoneStatus}

    @property
    def filled(self) -> int:
        """Give how many rows hold anything."""
        return self.rows - self.statuses["missing"]

    def add(self, texts: Any, reading: Any) -> None:
        """Count one chunk: its phones as texts, and what `phone_columns` read."""
        for status, reason, places, count in _by_status_and_reason(reading):
            self.reasons[(status, reason)] += count
            self._keep((status, reason), places, texts, reading)
        valid = reading.column("phone_valid")
        self.readable += len(texts) - reading.column("phone_e164").null_count
        self.regions.update(_counts(reading.column("phone_region"), valid))
        self.types.update(_counts(reading.column("phone_type"), valid))
        repairs = _counts(reading.column("phone_repair"), None)
        self.repairs.update(repairs)
        for repair in repairs:
            if len(self.examples.get(("repair", repair), ())) < EXAMPLES:
                column = reading.column("phone_repair")
                code = column.dictionary.to_pylist().index(repair)
                self._keep(("repair", repair), column.indices.fill_null(-1).to_numpy() == code, texts, reading)
        self.rows += reading.num_rows

    def merge(self, other: "Counts", rows_before: int | None = None) -> None:
        """Add the counts of rows that come after these; their examples move down by `rows_before`."""
        offset = self.rows if rows_before is None else rows_before
        for name in ("reasons", "regions", "types", "repairs"):
            getattr(self, name).update(getattr(other, name))
        for key, rows in other.examples.items():
            kept = self.examples.setdefault(key, [])
            moved = [ExampleRow(row.row + offset, row.text, row.e164, row.suggested) for row in rows]
            kept += moved[: EXAMPLES - len(kept)]
        self.rows += other.rows
        self.readable += other.readable

    def _keep(self, key: tuple[str, str], chosen: Any, texts: Any, reading: Any) -> None:
        kept = self.examples.setdefault(key, [])
        if len(kept) >= EXAMPLES:
            return
        places = np.flatnonzero(chosen)[: EXAMPLES - len(kept)]
        for place in places.tolist():
            e164, suggested = (reading.column(name)[place].as_py() for name in ("phone_e164", "phone_suggested"))
            kept.append(ExampleRow(self.rows + place + 1, texts[place].as_py(), e164, suggested))


def _by_status_and_reason(reading: Any) -> list[tuple[str, str, Any, int]]:
    status, reason = reading.column("phone_status"), reading.column("phone_reason")
    width = len(reason.dictionary)
    codes = status.indices.to_numpy().astype(np.int16) * width + reason.indices.to_numpy()
    counts = np.bincount(codes, minlength=width * len(status.dictionary))
    found = []
    for code in np.flatnonzero(counts).tolist():
        names = (status.dictionary[code // width].as_py(), reason.dictionary[code % width].as_py())
        found.append((*names, codes == code, int(counts[code])))
    return found


def _counts(column: Any, readable: Any) -> dict[str, int]:
    """Count the values of a dictionary column, in the rows that `readable` tells or in all."""
    codes = column.indices if readable is None else column.indices.filter(readable)
    counts = np.bincount(codes.drop_null().to_numpy(), minlength=len(column.dictionary))
    return {column.dictionary[code].as_py(): int(counts[code]) for code in np.flatnonzero(counts).tolist()}
