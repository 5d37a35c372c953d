"""Column pictures: how the rows, the figures and the choices of an audited column look."""

from markupsafe import Markup

from inbound_core.phones import PhoneStatus
from workbench import pages
from workbench.column_view import ColumnView, ViewRow
from workbench.reading_steps import STATUS_WORDS
from workbench.row_list import Cell, toned


def option(name: str, value: str, rows: int) -> tuple[str, str]:
    """Name a choice of a filter as the table names it, with how many rows it leaves."""
    word = STATUS_WORDS[PhoneStatus(value)][0] if name == "status" else value
    return f"{word} ({rows:,})", value


def bars(view: ColumnView) -> Markup:
    """Draw how many rows have each status."""
    counts, most = view.counts("status"), max(len(view), 1)
    pieces: list[Markup] = []
    for status in PhoneStatus:
        number = counts.get(str(status), 0)
        word, tone, _ = STATUS_WORDS[status]
        pieces.append(pages.element("span", word))
        pieces.append(pages.bar(number / most, tone))
        pieces.append(pages.element("span", f"{number:,}", css="iw-number"))
    return pages.element("div", *pieces, css="iw-bars")


def cells(row: ViewRow) -> list[Cell]:
    """Give a row as the cells of the list."""
    word, tone, _ = STATUS_WORDS[PhoneStatus(row.status)]
    why = "" if row.reason == "ok" else row.reason
    clean: Cell = row.clean
    if row.suggested:
        clean = toned(row.clean, "good") if row.accepted else toned(f"{row.suggested}?", "quiet")
    return [pages.shown(row.label, 24), pages.shown(row.raw, 28), toned(word, tone), why, clean, row.repair]
