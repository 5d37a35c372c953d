"""Audit report: the findings as one HTML page that needs nothing else, numbers masked unless they are to be shown."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import jinja2

from inbound_core.audit_findings import Findings, plural, repair_name
from inbound_core.audit_masking import masked
from inbound_core.phone_repairs import PhoneRepair
from inbound_core.phones import PhoneStatus

#: What each status means for a person who has to act on it.
STATUS_MEANINGS: dict[PhoneStatus, str] = {
    PhoneStatus.READY: "Already in E.164 and a number that exists. Nothing to do.",
    PhoneStatus.REFORMAT: "A number that exists, in another spelling. The platform reads it; store the E.164 form.",
    PhoneStatus.UNASSIGNED: "Long enough to be a number, but no such number is given out. The platform reads it; "
    "messages will fail.",
    PhoneStatus.REPAIR: "Damaged, or written for another country. A repair is proposed; accept it if you trust it.",
    PhoneStatus.UNREADABLE: "No number can be read from it. Ask the person, or remove it.",
    PhoneStatus.MISSING: "Nothing is there.",
}
#: One colour per status: usable green, doubtful amber, repairable blue, lost red and grey.
STATUS_COLOURS = {
    "ready": "#2e7d32",
    "reformat": "#7cb342",
    "unassigned": "#f9a825",
    "repair": "#1e88e5",
    "unreadable": "#c62828",
    "missing": "#9e9e9e",
}
_SHARED_SHOWN = 25
_BARS = 8


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Hold what is told of the file itself: its name, its kind, cells that look like formulas, rows left out.

    `bad_rows` are the first of the `bad_count` rows that were left out. `not_kept` says what could not be written as it
    was.
    """

    name: str
    described: str
    bad_rows: Sequence[tuple[int | None, str]] = field(default_factory=tuple)
    formulas: dict[str, int] = field(default_factory=dict)
    bad_count: int = 0
    not_kept: Sequence[str] = field(default_factory=tuple)


def report_html(found: Findings, facts: FileFacts, show_numbers: bool = False) -> str:
    """Give the whole page."""
    return _template("audit.html").render(**_contents(found, show_numbers), facts=facts, show_numbers=show_numbers)


def summary_html(found: Findings) -> str:
    """Give the findings as a piece of HTML for a notebook, without pictures and without numbers."""
    return _template("audit_summary.html").render(**_contents(found, False))


def _contents(found: Findings, show_numbers: bool) -> dict[str, Any]:
    show = (lambda text: text or "") if show_numbers else masked
    statuses = found.counts.statuses
    wrong = [item for item in found.counts.reasons.most_common() if item[0][1] not in ("ok", "empty")]
    return {
        "found": found,
        "counts": found.counts,
        "statuses": [
            (status, statuses[str(status)], STATUS_COLOURS[str(status)], STATUS_MEANINGS[status])
            for status in PhoneStatus
        ],
        "status_bars": [(status, count, STATUS_COLOURS[status]) for status, count in statuses.items()],
        "reason_bars": [(f"{reason} ({status})", count, "") for (status, reason), count in wrong[:_BARS]],
        "region_bars": [(region, count, "") for region, count in found.counts.regions.most_common(_BARS)],
        "reasons": [
            (status, reason, count, found.counts.examples.get((status, reason), ()))
            for (status, reason), count in wrong
        ],
        "repairs": [
            (repair, repair_name(PhoneRepair(repair)), count, found.counts.examples.get(("repair", repair), ()))
            for repair, count in found.counts.repairs.most_common()
        ],
        "shared": found.sharing.listed[:_SHARED_SHOWN],
        "show": show,
    }


@functools.cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["share"] = lambda value, whole: f"{value / whole:.1%}" if whole else ""
    environment.filters["plural"] = plural
    return environment.from_string(files("inbound_core").joinpath("report_pages", name).read_text(encoding="utf-8"))
