"""Audit times: cells of any kind -> the time they mean, all dates of a column with day and month in one order."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from inbound_core.audit_date_order import DateEvidence, NumericDates
from inbound_core.audit_findings import plural
from inbound_core.table_cells import text_array

pc: Any = pyarrow.compute

_EPOCH = r"[0-9]{10}(?:[0-9]{3}){0,3}(?:\.[0-9]+)?"
#: From which count on a number since 1970 is of milliseconds, microseconds and nanoseconds instead of seconds.
_FINER_COUNTS = ((1e11, 10**3), (1e14, 10**6), (1e17, 10**9))
#: The times that a count of nanoseconds can hold.
_EARLIEST, _LATEST = (pd.Timestamp(year, 1, 1, tz="UTC") for year in (1678, 2262))
_SAFELY = "Write dates as 2021-02-28 to be sure"


@dataclass(slots=True)
class TimeReader:
    """Read the times of one column, chunk after chunk.

    `assumed` tells whether the day comes first where nothing proves it. What is once proved stays; what was only
    assumed turns when it is disproved, and `turned` counts the cells that had been read the other way. A `day_first`
    that is `settled` beforehand stays whatever comes.
    """

    column: str
    assumed: bool = False
    day_first: bool | None = None
    seen: DateEvidence = field(default_factory=DateEvidence)
    unread: int = 0
    turned: int = 0
    settled: bool = False

    def read(self, cells: Any) -> Any:
        """Give the times as `times_of` does; count what is no time and not empty."""
        cells = _plain_cells(cells)
        times = _plain_times(cells)
        if times is not None:
            return times
        if _is_text(cells.type):
            dates = NumericDates(cells)
            self._look_at(dates.evidence())
            cells = dates.year_first(bool(self.day_first))
        times = _other_times(cells)
        empty = pc.equal(pc.utf8_trim_whitespace(cells.cast(pa.string())), "").fill_null(True)
        self.unread += pc.and_(times.is_null(), pc.invert(empty)).true_count
        return times

    def settle(self, day_first: bool) -> None:
        """Read in an order that was found out by other parts of the column."""
        self.day_first, self.settled = day_first, True

    def _look_at(self, evidence: DateEvidence) -> None:
        was_proved, before = self.seen.proved is not None, self.seen.either
        self.seen.merge(evidence)
        if not self.settled and (self.day_first is None or not was_proved):
            proved = self.seen.proved
            day_first = self.assumed if proved is None else proved
            if self.day_first is not None and day_first != self.day_first:
                self.turned += before
            self.day_first = day_first

    def merge(self, other: "TimeReader") -> None:
        """Add what was noticed in another part of the column, read in the same order."""
        self.seen.merge(other.seen)
        self.unread += other.unread
        self.turned += other.turned

    def notes(self) -> Iterator[str]:
        """Say in which order dates were read and why, and what is no time."""
        seen, name = self.seen, repr(self.column)
        this, that = ("day_first", "month_first") if self.day_first else ("month_first", "day_first")
        how = this.replace("_", " ")
        against = getattr(seen, that)
        if getattr(seen, this):
            cells = plural(getattr(seen, this), "date", "dates")
            yield f"dates of {name} are read {how}: {cells}, such as {seen.examples[this]!r}, can mean nothing else"
        elif self.day_first and seen.dotted:
            yield f"dates of {name} are read {how}, as such with dots are written ({seen.examples['either']!r})"
        elif seen.either:
            yield (
                f"whether {seen.examples['either']!r} in {name} has the day or the month first, no date there tells; "
                f"{how} was assumed, and who is older depends on it. {_SAFELY}"
            )
        if against:
            yield (
                f"{plural(against, 'date', 'dates')} of {name}, such as {seen.examples[that]!r}, can only be meant "
                f"{that.replace('_', ' ')} and {'was' if against == 1 else 'were'} read so: two ways of writing dates "
                f"seem to be mixed, so who is older may be wrong. {_SAFELY}"
            )
        if self.turned:
            yield (
                f"{plural(self.turned, 'date', 'dates')} of {name} had been read {that.replace('_', ' ')} before that "
                f"was disproved far below, so who is older may be wrong. {_SAFELY}"
            )
        if self.unread:
            what, rows = ("is", "this row counts") if self.unread == 1 else ("are", "these rows count")
            yield f"{plural(self.unread, 'cell', 'cells')} of {name} {what} no time; {rows} as the newest"


def times_of(cells: Any, day_first: bool = False) -> Any:
    """Give the times that the cells of a column mean, as nanoseconds since 1970 in UTC (int64); null where none.

    ISO 8601 is read by column; dates of three numbers, counts since 1970 and anything else that pandas understands
    follow. Times before 1678 and after 2261 mean none.
    """
    return TimeReader("", assumed=day_first).read(cells)


def _plain_cells(cells: Any) -> Any:
    """Give cells as texts, times or numbers with a point; all else, such as whole numbers, as texts."""
    kind = cells.type
    if pa.types.is_dictionary(kind):
        cells, kind = cells.cast(kind.value_type), kind.value_type
    if pa.types.is_date(kind):
        return cells.cast(pa.timestamp("ms"))
    plain = _is_text(kind) or pa.types.is_timestamp(kind) or pa.types.is_floating(kind)
    return cells if plain else text_array(cells)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _plain_times(cells: Any) -> Any:
    """Give the times of a column of texts that are ISO 8601, all with a zone or none with one; None for any other."""
    if not _is_text(cells.type):
        return None
    filled = pc.if_else(pc.equal(cells, ""), None, cells)
    for zone in (None, "UTC"):
        with contextlib.suppress(pa.ArrowInvalid):
            return filled.cast(pa.timestamp("ns", zone)).cast(pa.int64())
    return None


def _other_times(cells: Any) -> Any:
    plain = _plain_times(cells)
    if plain is not None:
        return plain
    series = pd.Series(cells.to_pandas())
    if _is_text(cells.type):
        series = _times_of_texts(series.astype("str"))
    elif pa.types.is_floating(cells.type):
        series = _times_of_counts(series)
    else:
        series = pd.to_datetime(series, utc=True, errors="coerce")
    # Nobody was created in the year 1 or 9999; that is what some systems write for no time at all.
    series = series.where((series >= _EARLIEST) & (series < _LATEST))
    nanoseconds = series.dt.as_unit("ns").astype("int64").to_numpy()
    return pa.array(nanoseconds, mask=series.isna().to_numpy())


def _times_of_texts(texts: pd.Series) -> pd.Series:
    series = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601")
    left = series.isna() & texts.notna() & (texts != "")
    counted = texts[left].str.fullmatch(_EPOCH)
    counted = counted[counted].index
    series[counted] = _times_of_counts(pd.to_numeric(texts[counted]))
    left[counted] = False
    if left.any():
        series[left] = pd.to_datetime(texts[left], utc=True, errors="coerce", format="mixed")
    return series


def _times_of_counts(counts: pd.Series) -> pd.Series:
    """Give the times that numbers mean: seconds since 1970, or by their size milliseconds and finer."""
    units = np.select(
        [counts.abs() >= least for least, _ in reversed(_FINER_COUNTS)],
        [parts for _, parts in reversed(_FINER_COUNTS)],
        1,
    )
    return pd.to_datetime(counts / units, unit="s", utc=True, errors="coerce")
