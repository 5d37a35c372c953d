"""Audit charts: the findings as one matplotlib figure, for notebooks; the report draws its own."""

from typing import Any

from matplotlib.figure import Figure

from inbound_core.audit_findings import Findings
from inbound_core.audit_report import STATUS_COLOURS

_FORECAST = (
    ("the right person", "right", "#2e7d32"),
    ("somebody else", "other", "#f9a825"),
    ("nobody", "anonymous", "#c62828"),
)
_MOST_BARS = 8
_LEAST_BARS = 5


def draw(found: Findings) -> Figure:
    """Draw four panels: rows by status, what is wrong, where replies would go, and where numbers are from."""
    figure = Figure(figsize=(11, 6.4), layout="constrained")
    panels: Any = figure.subplots(2, 2)
    statuses = found.counts.statuses
    _bars(panels[0][0], "Rows by status", statuses, [STATUS_COLOURS[name] for name in statuses])
    wrong = {
        f"{reason} ({status})": count
        for (status, reason), count in found.counts.reasons.most_common()
        if reason not in ("ok", "empty")
    }
    _bars(panels[0][1], "What is wrong", wrong)
    _forecasts(panels[1][0], found)
    _bars(panels[1][1], "Where numbers that exist are from", dict(found.counts.regions.most_common()))
    return figure


def _bars(panel: Any, title: str, counts: dict[str, int], colours: list[str] | None = None) -> None:
    names = list(counts)[:_MOST_BARS]
    values = [counts[name] for name in names]
    panel.set_title(title, loc="left", fontsize=11, fontweight="bold")
    panel.spines[["top", "right", "bottom"]].set_visible(False)
    panel.set_xticks([])
    if not names:
        panel.set_yticks([])
        panel.text(0.5, 0.5, "nothing", ha="center", va="center", transform=panel.transAxes, color="#777")
        return
    bars = panel.barh(names, values, color=colours[: len(names)] if colours else "#546e7a")
    panel.bar_label(bars, labels=[f"{value:,}" for value in values], padding=3, fontsize=9)
    panel.set_xlim(0, max(*values, 1) * 1.18)
    # A bar is no thicker for being one of two.
    panel.set_ylim(max(len(names), _LEAST_BARS) - 0.4, -0.6)


def _forecasts(panel: Any, found: Findings) -> None:
    panel.set_title("If everyone replied", loc="left", fontsize=11, fontweight="bold")
    panel.spines[["top", "right", "bottom"]].set_visible(False)
    panel.set_xticks([])
    lines = {"today": found.forecast, "with all\nrepairs": found.forecast_repaired}
    before = dict.fromkeys(lines, 0)
    for label, name, colour in _FORECAST:
        values = [getattr(forecast, name) for forecast in lines.values()]
        bars = panel.barh(list(lines), values, left=list(before.values()), color=colour, label=label)
        whole = max(found.counts.filled, 1)
        labels = [f"{value:,}" if value > 0.06 * whole else "" for value in values]
        panel.bar_label(bars, labels=labels, label_type="center", color="white", fontsize=9)
        before = {line: before[line] + value for line, value in zip(lines, values, strict=True)}
    panel.invert_yaxis()
    panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=3, frameon=False, fontsize=9)
