"""Audit sharing: who has the same number, whom a reply would be attributed to, and who would be opted out along.

The records of a table, one per row, are sorted by number; what comes out is `Sharing`. The sharing of
parts that have no number in common adds up to that of the whole, so a table may be split by number and worked on in
parts: on disk (`audit_spill`) or on a cluster.
"""

import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from inbound_core.columns.numbers import NO_NUMBER, numbers_of

_arrow: Any = pa

#: Stands for "not known": such a row counts as the newest, as it would be when imported without a time.
NEVER = np.iinfo(np.int64).max

#: How many shared numbers are listed unless something else is asked for, and how many rows of each.
LISTED = 1000
_LISTED_ROWS = 20
#: Among how many rows of a listed number other spellings are looked for.
_LOOKED_AT = 200
#: The golden ratio in 64 bits, which scatters neighbouring numbers.
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)

#: One row: the digits of the number meant (`NO_NUMBER` for none), whether the platform reads it, the time of creation
#: in nanoseconds, the place in the table (the first is 0), the text, and the id (null where there is no such column).
RECORDS: Any = _arrow.schema(
    {
        "number": pa.int64(),
        "readable": pa.bool_(),
        "created": pa.int64(),
        "row": pa.int64(),
        "text": pa.string(),
        "id": pa.string(),
    }
)


@dataclass(frozen=True, slots=True, order=True)
class SharedNumber:
    """Hold one number that several rows have: the one who would be attributed first, the others oldest first."""

    rows: int
    phone: str
    attributed: str
    others: tuple[str, ...]
    spellings: tuple[str, ...]

    @property
    def hidden(self) -> bool:
        """Tell whether only different spellings keep the rows from looking alike."""
        return len(self.spellings) > 1


@dataclass(slots=True)
class Sharing:
    """Count what follows from shared numbers.

    `numbers` are the different numbers that the platform reads, in `readable` rows. `shared` of them are on several
    rows, `sharing_rows` together; `hidden` of the shared ones are written in several ways. `misdirected` rows cannot be
    read, but the number that is meant stands on another row, who would be attributed; `lost` ones stand on none.
    `numbers_meant` counts the different numbers when every repair is taken. `listed` holds the most shared numbers.
    """

    readable: int = 0
    numbers: int = 0
    shared: int = 0
    sharing_rows: int = 0
    hidden: int = 0
    misdirected: int = 0
    lost: int = 0
    numbers_meant: int = 0
    listed: list[SharedNumber] = field(default_factory=list)

    def merge(self, other: "Sharing", listed: int = LISTED) -> None:
        """Add the sharing of a part that has no number in common with this one."""
        for name in self.__slots__:
            if name != "listed":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.listed = _most(self.listed + other.listed, listed)


def records_of(reading: Any, texts: Any, created: Any, ids: Any, first_row: int) -> Any:
    """Give the records of one chunk as a `pyarrow.Table` of `RECORDS`.

    `reading` is what `phone_columns` gave for `texts`; `created` (int64) and `ids` (texts) are columns or None.
    """
    count = reading.num_rows
    repaired = numbers_of(reading.column("phone_suggested"))
    read = numbers_of(reading.column("phone_e164"))
    columns = [
        pa.array(np.where(repaired == NO_NUMBER, read, repaired)),
        pa.array(repaired == NO_NUMBER),
        pa.array(np.full(count, NEVER)) if created is None else created,
        pa.array(np.arange(first_row, first_row + count)),
        texts.cast(pa.string()),
        pa.nulls(count, pa.string()) if ids is None else ids.cast(pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=RECORDS)


def sharing_of(records: Any, listed: int = LISTED) -> Sharing:
    """Compute the sharing of records that hold all rows of each of their numbers."""
    numbers = records.column("number").to_numpy()
    present = numbers != NO_NUMBER
    several = _on_several_rows(numbers, present)
    readable = np.asarray(records.column("readable").to_numpy())
    alone, alone_readable = int((present & ~several).sum()), int((present & ~several & readable).sum())
    found = Sharing(alone_readable, alone_readable, lost=alone - alone_readable, numbers_meant=alone)
    if several.any():
        found.merge(_sharing_of_several(records, np.flatnonzero(several), listed), listed)
    return found


def _on_several_rows(numbers: Any, present: Any) -> Any:
    """Tell which rows have a number that another row has too.

    Sorting tells which numbers come twice. Most rows do not even share the bucket of a hash table with one of these,
    so few are looked up.
    """
    ordered = np.sort(numbers[present])
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    several = np.zeros(len(numbers), bool)
    if len(twice):
        twice = twice[np.concatenate([[True], twice[1:] != twice[:-1]])]
        bits = min(max(len(twice).bit_length() + 4, 8), 24)
        taken = np.zeros(1 << bits, bool)
        taken[_buckets(twice, bits)] = True
        rows = np.flatnonzero(taken[_buckets(numbers, bits)] & present)
        nearest = twice[np.minimum(np.searchsorted(twice, numbers[rows]), len(twice) - 1)]
        several[rows] = nearest == numbers[rows]
    return several


def _buckets(numbers: Any, bits: int) -> Any:
    return (numbers.view(np.uint64) * _HASH_FACTOR) >> np.uint64(64 - bits)


def _sharing_of_several(records: Any, rows: Any, listed: int) -> Sharing:
    """Compute the sharing of rows that all have a number that another one has too."""
    numbers = records.column("number").to_numpy()[rows]
    order = np.argsort(numbers)
    ordered, order = numbers[order], rows[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.append(starts, len(ordered)))
    readable = np.asarray(records.column("readable").to_numpy())[order]
    readers = np.add.reduceat(readable.astype(np.int64), starts)
    unreadable = sizes - readers
    groups = _Groups(records, order, starts, sizes, readable)
    shared = readers > 1
    return Sharing(
        readable=int(readers.sum()),
        numbers=int((readers > 0).sum()),
        shared=int(shared.sum()),
        sharing_rows=int(readers[shared].sum()),
        hidden=groups.hidden(shared),
        misdirected=int(unreadable[readers > 0].sum()),
        lost=int(unreadable[readers == 0].sum()),
        numbers_meant=len(starts),
        listed=_most(groups.listed(shared, listed), listed),
    )


class _Groups:
    """Look into groups of rows with one number."""

    def __init__(self, records: Any, order: Any, starts: Any, sizes: Any, readable: Any) -> None:
        self._records, self._order, self._starts = records, order, starts
        self._sizes, self._readable = sizes, readable

    def _rows(self, chosen: Any) -> tuple[Any, Any]:
        """Give the readable rows of some groups, and the group of each."""
        inside = np.repeat(chosen, self._sizes) & self._readable
        group = np.repeat(np.arange(len(self._sizes)), self._sizes)[inside]
        return self._order[inside], group

    def hidden(self, chosen: Any) -> int:
        """Count the groups that are written in more than one way."""
        rows, group = self._rows(chosen)
        if not len(rows):
            return 0
        texts = self._records.column("text").take(pa.array(rows)).combine_chunks().dictionary_encode()
        first = np.concatenate([[True], group[1:] != group[:-1]])
        spelling = texts.indices.to_numpy()
        alike = spelling == spelling[np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))]
        return len(np.unique(group[~alike]))

    def listed(self, chosen: Any, count: int) -> list[SharedNumber]:
        """Describe the chosen groups with the most rows, at most so many."""
        places = np.flatnonzero(chosen)
        if not len(places):
            return []
        if len(places) > count:
            places = places[np.lexsort((self._starts[places], -self._sizes[places]))[:count]]
        picked = np.zeros(len(self._sizes), bool)
        picked[places] = True
        rows, group = self._rows(picked)
        created, place = (self._records.column(name).to_numpy()[rows] for name in ("created", "row"))
        oldest_first = np.lexsort((place, created, group))
        rows, group = rows[oldest_first], group[oldest_first]
        starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
        sizes = np.diff(np.append(starts, len(group)))
        inside = np.arange(len(group)) - np.repeat(starts, sizes) < _LOOKED_AT
        heads = self._records.take(pa.array(rows[inside])).to_pydict()
        ends = np.cumsum(np.minimum(sizes, _LOOKED_AT)).tolist()
        begins = [0, *ends[:-1]]
        return [
            _described(size, {name: values[begin:end] for name, values in heads.items()})
            for size, begin, end in zip(sizes.tolist(), begins, ends, strict=True)
        ]


def _described(size: int, head: dict[str, list[Any]]) -> SharedNumber:
    """Describe a number of so many rows by the first of them, oldest first."""
    names = [key or f"row {row + 1}" for key, row in zip(head["id"], head["row"], strict=True)][:_LISTED_ROWS]
    spellings = tuple(dict.fromkeys(head["text"]))[:_LISTED_ROWS]
    return SharedNumber(size, f"+{head['number'][0]}", names[0], tuple(names[1:]), spellings)


def _most(found: list[SharedNumber], count: int) -> list[SharedNumber]:
    return heapq.nsmallest(count, found, key=lambda shared: (-shared.rows, shared.phone))
