"""Audit date order: whether 03/02/2021 is in February or in March, for a whole column at once.

Who was created first decides who gets a reply, so no cell may be read by itself alone. The order follows from dates
that make sense one way only, else from dots, which are written behind a day that comes first.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute

#: Where people write the month first.
MONTH_FIRST_REGIONS = ("US", "PR", "GU", "VI", "AS", "MP", "PH")

_NUMERIC_DATE = (
    r"^(?P<first>[0-9]{1,2})(?P<sign>[./-])(?P<second>[0-9]{1,2})[./-]"
    r"(?P<year>[0-9]{4}|[0-9]{2})(?P<rest>(?:[^0-9].*)?)$"
)
#: The first year that two digits stand for in the last century.
_LAST_CENTURY = 69


@dataclass(slots=True)
class DateEvidence:
    """Count the dates that only make sense `day_first` or `month_first`, and those that make sense `either` way.

    `dotted` are among the latter. `examples` holds one of each.
    """

    day_first: int = 0
    month_first: int = 0
    either: int = 0
    dotted: int = 0
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def proved(self) -> bool | None:
        """Tell whether the day comes first, None where nothing tells."""
        if self.day_first != self.month_first:
            return self.day_first > self.month_first
        return True if self.dotted else None

    def merge(self, other: "DateEvidence") -> None:
        """Add the evidence of other cells."""
        for name in ("day_first", "month_first", "either", "dotted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.examples = {**other.examples, **self.examples}


def day_first_in(region: str) -> bool:
    """Tell whether people in a region write the day before the month."""
    return region not in MONTH_FIRST_REGIONS


class NumericDates:
    """Find the dates of three numbers in an Arrow array of texts, such as `3/2/2021 10:30`."""

    def __init__(self, texts: Any) -> None:
        self._texts = pc.utf8_trim_whitespace(texts)
        parts = pc.extract_regex(self._texts, pattern=_NUMERIC_DATE)
        self._places = np.flatnonzero(parts.is_valid().to_numpy(zero_copy_only=False))
        self._parts = parts.drop_null()
        self._first, self._second, self._year = (
            pc.struct_field(self._parts, name).cast(pa.int64()).to_numpy() for name in ("first", "second", "year")
        )

    def evidence(self) -> DateEvidence:
        """Look for what tells whether the day or the month comes first."""
        first, second = self._first, self._second
        chosen = {
            "day_first": (first > 12) & (second <= 12),
            "month_first": (first <= 12) & (second > 12),
            "either": (first <= 12) & (second <= 12) & (first != second),
        }
        counts = {name: int(dates.sum()) for name, dates in chosen.items()}
        examples = {
            name: str(self._texts[int(self._places[np.argmax(chosen[name])])])
            for name, count in counts.items()
            if count
        }
        dots = pc.equal(pc.struct_field(self._parts, "sign"), ".").to_numpy(zero_copy_only=False)
        return DateEvidence(**counts, dotted=int((chosen["either"] & dots).sum()), examples=examples)

    def year_first(self, day_first: bool) -> Any:
        """Give all texts, with the year first in these dates; one that makes sense one way only is read that way."""
        if not len(self._places):
            return self._texts
        first, second, year = self._first, self._second, self._year
        swap = (first > 12) | ((second <= 12) & day_first)
        month, day = np.where(swap, second, first), np.where(swap, first, second)
        year = np.where(year > 99, year, year + np.where(year < _LAST_CENTURY, 2000, 1900))
        digits = pc.utf8_lpad(pa.array(year * 10_000 + month * 100 + day).cast(pa.string()), 8, "0")
        numbers = [pc.utf8_slice_codeunits(digits, *ends) for ends in ((0, 4), (4, 6), (6, 8))]
        # A comma before the time is how browsers write it.
        rest = pc.utf8_ltrim(pc.struct_field(self._parts, "rest"), ",").cast(pa.string())
        written = pc.binary_join_element_wise(pc.binary_join_element_wise(*numbers, "-"), rest, "")
        chosen = np.zeros(len(self._texts), bool)
        chosen[self._places] = True
        return pc.replace_with_mask(self._texts.cast(pa.string()), pa.array(chosen), written)
