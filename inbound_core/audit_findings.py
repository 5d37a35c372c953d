"""Audit findings: what an audit found, as figures, as sentences and as tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from inbound_core.audit_counts import Counts
from inbound_core.audit_masking import masked
from inbound_core.audit_regions import LikelyRegion
from inbound_core.audit_sharing import Sharing
from inbound_core.errors import InboundError
from inbound_core.phone_repairs import PhoneRepair

#: Under this share of readable cells, a column is doubted to hold phones at all.
DOUBTFUL_SHARE = 0.2
_CELLS_OF_DOUBT = 5
#: Line types that take no SMS.
NO_SMS = ("fixed_line", "toll_free", "premium_rate", "shared_cost", "pager", "uan", "voicemail")
#: Line types that do.
SMS = ("mobile",)


class UnknownRepair(InboundError, ValueError):
    """Report the name of a repair that does not exist, with those that do."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Say where the replies would go if every person in the table texted today (R12, R15).

    `right` are attributed to the person who wrote, `other` to somebody else with the same number, `anonymous` to
    nobody. `missing` people have no number and cannot be expected to write.
    """

    right: int
    other: int
    anonymous: int
    missing: int


@dataclass(frozen=True, slots=True)
class Findings:
    """Hold what an audit of a table found.

    `columns` names the columns that were used, `counts` and `sharing` the figures, `notes` what was noticed on the way.
    `likely` tells where most numbers seem to be from, where that is not `default_region`.
    """

    columns: dict[str, str | None]
    counts: Counts
    sharing: Sharing
    default_region: str = "US"
    likely: LikelyRegion | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def neighbour(self) -> str | None:
        """Give the region that proposals were made by, where one is clear."""
        return self.likely.region if self.likely else None

    @property
    def forecast(self) -> Forecast:
        """Forecast a reply from everybody, with the table as it stands."""
        sharing = self.sharing
        unreadable = self.counts.statuses["unreadable"]
        return Forecast(
            right=sharing.numbers,
            other=sharing.readable - sharing.numbers + sharing.misdirected,
            anonymous=sharing.lost + unreadable,
            missing=self.counts.statuses["missing"],
        )

    @property
    def forecast_repaired(self) -> Forecast:
        """Forecast a reply from everybody, once every proposed repair is taken over."""
        sharing = self.sharing
        meant = sharing.readable + sharing.misdirected + sharing.lost
        return Forecast(
            right=sharing.numbers_meant,
            other=meant - sharing.numbers_meant,
            anonymous=self.counts.statuses["unreadable"],
            missing=self.counts.statuses["missing"],
        )

    @property
    def duplicate_sends(self) -> int:
        """Give how many messages of a campaign to everybody reach a number that already got it (R13)."""
        return self.sharing.readable - self.sharing.numbers

    @property
    def opted_out_along(self) -> int:
        """Give how many people would be opted out by somebody else's STOP (R14)."""
        return self.sharing.sharing_rows - self.sharing.shared

    @property
    def doubtful(self) -> bool:
        """Tell whether the column hardly holds phones."""
        usable = self.counts.filled - self.counts.statuses["unreadable"]
        return self.counts.filled > 0 and usable < DOUBTFUL_SHARE * self.counts.filled

    def doubt(self, show_numbers: bool = False) -> str | None:
        """Say that the column hardly holds phones, with a few of its cells; None where it does."""
        if not self.doubtful:
            return None
        cells = self.some_cells(show_numbers)
        return f"column {self.columns['phone']!r} hardly holds phones; its cells look like {cells}. Name the right one"

    def some_cells(self, show_numbers: bool = False) -> str:
        """Show a few cells of the phone column."""
        cells = [row.text or "" for rows in self.counts.examples.values() for row in rows if (row.text or "").strip()]
        return ", ".join(repr(cell if show_numbers else masked(cell)) for cell in cells[:_CELLS_OF_DOUBT])

    def noticed(self) -> tuple[str, ...]:
        """Give the notes, and before them the doubt whether these are phones at all."""
        doubt = self.doubt()
        return self.notes if doubt is None else (doubt, *self.notes)

    def sms(self) -> dict[str, int]:
        """Give how many valid numbers can take an SMS, cannot, or may: many countries do not tell the kinds apart."""
        can = sum(self.counts.types[kind] for kind in SMS)
        cannot = sum(self.counts.types[kind] for kind in NO_SMS)
        return {"can": can, "cannot": cannot, "may": sum(self.counts.types.values()) - can - cannot}

    def summary(self) -> dict[str, Any]:
        """Give all figures as plain values, ready for JSON."""
        counts, sharing = self.counts, self.sharing
        return {
            "columns": dict(self.columns),
            "default_region": self.default_region,
            "hardly_phones": self.doubtful,
            "rows": counts.rows,
            "readable": counts.readable,
            "status": counts.statuses,
            "reason": {
                f"{status}: {reason}": count
                for (status, reason), count in sorted(counts.reasons.items(), key=lambda item: (-item[1], item[0]))
            },
            "region": dict(sorted(counts.regions.items(), key=lambda item: (-item[1], item[0]))),
            "type": dict(sorted(counts.types.items(), key=lambda item: (-item[1], item[0]))),
            "sms": self.sms(),
            "repair": dict(sorted(counts.repairs.items(), key=lambda item: (-item[1], item[0]))),
            "shared_numbers": sharing.shared,
            "profiles_sharing": sharing.sharing_rows,
            "hidden_by_spelling": sharing.hidden,
            "opted_out_along": self.opted_out_along,
            "duplicate_sends": self.duplicate_sends,
            "if_everyone_replied": _plain(self.forecast),
            "if_everyone_replied_after_repairs": _plain(self.forecast_repaired),
            "notes": list(self.noticed()),
        }

    def shared_numbers(self) -> pd.DataFrame:
        """Give the listed shared numbers, the one on most rows first: who is attributed, who is opted out along."""
        return listed_numbers(self.sharing)

    def sentences(self) -> list[str]:
        """Say the findings in sentences, the most pressing first."""
        return list(_sentences(self))


def listed_numbers(sharing: Sharing) -> pd.DataFrame:
    """Give the listed shared numbers as a frame, one row per number.

    The column is not called `phone`: of a row of it, `row.phone` would be the accessor of `phone_columns`.
    """
    names = ["number", "rows", "attributed", "opted_out_along", "spellings", "hidden"]
    rows = [
        (shared.phone, shared.rows, shared.attributed, list(shared.others), list(shared.spellings), shared.hidden)
        for shared in sharing.listed
    ]
    return pd.DataFrame(rows, columns=names)


def _plain(forecast: Forecast) -> dict[str, int]:
    return {name: getattr(forecast, name) for name in Forecast.__slots__}


def _sentences(found: Findings) -> Sequence[str]:
    counts, sharing = found.counts, found.sharing
    if not counts.rows:
        return ["The table has no rows."]
    status, forecast, repaired = counts.statuses, found.forecast, found.forecast_repaired
    said = [
        f"{status['ready'] + status['reformat']:,} of {plural(counts.rows, 'row has', 'rows have')} a number that "
        f"exists and that the platform reads: {status['ready']:,} in E.164 already, {status['reformat']:,} in another "
        "spelling."
    ]
    if status["repair"]:
        elsewhere = f" (written as in {found.neighbour}, most of them)" if found.neighbour else ""
        are = plural(status["repair"], "is not usable as it stands", "are not usable as they stand")
        said.append(f"{are}, but a repair is proposed{elsewhere}.")
    if status["unreadable"] or status["missing"]:
        empty = plural(status["missing"], "is empty", "are empty")
        said.append(f"{status['unreadable']:,} cannot be read as a number at all, and {empty}.")
    if status["unassigned"]:
        form = plural(status["unassigned"], "has the form of a number", "have the form of a number")
        said.append(f"{form}, but nobody is given such a number.")
    if sharing.shared:
        along = plural(found.opted_out_along, "person", "people")
        said.append(
            f"{plural(sharing.shared, 'number is', 'numbers are')} on more than one row, {sharing.sharing_rows:,} rows "
            f"together: one STOP there opts out everybody on the number, {along} beside those who wrote."
        )
    if sharing.hidden:
        written = plural(sharing.hidden, "of the shared numbers is", "of the shared numbers are")
        said.append(f"{written} written in several ways, which hides that.")
    said.append(
        f"If everyone replied STOP today: {plural(forecast.right, 'reply', 'replies')} would go to the right person, "
        f"{forecast.other:,} to somebody else with the same number, {forecast.anonymous:,} to nobody."
    )
    if repaired != forecast:
        said.append(
            f"With all repairs taken over: {repaired.right:,} to the right person, {repaired.other:,} to somebody "
            f"else, {repaired.anonymous:,} to nobody."
        )
    return said


def plural(count: int, one: str, several: str) -> str:
    """Give a count with the words that go with it."""
    return f"{count:,} {one if count == 1 else several}"


def repairs_named(accept: str | Sequence[str | PhoneRepair]) -> frozenset[str]:
    """Give the repairs that are meant by names such as `lost-plus`, by their own text, or by `all`.

    Raise `UnknownRepair` for a name that means none.
    """
    by_name = {repair_name(repair): repair for repair in PhoneRepair} | {str(repair): repair for repair in PhoneRepair}
    named: set[str] = set()
    for name in [accept] if isinstance(accept, str) else accept:
        if name == "all":
            named |= {str(repair) for repair in PhoneRepair}
        elif str(name) in by_name:
            named.add(str(by_name[str(name)]))
        else:
            known = ", ".join(repair_name(repair) for repair in PhoneRepair)
            raise UnknownRepair(f"{name!r} is no repair. There are: all, {known}.")
    return frozenset(named)


def repair_name(repair: PhoneRepair) -> str:
    """Give the short name of a repair, as it is typed on a command line."""
    return repair.name.lower().replace("_", "-")
