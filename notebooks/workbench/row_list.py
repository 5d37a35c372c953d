"""Row list: a table whose rows can be chosen, by click or by arrow keys. What it shows is text and nothing else."""

from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets

from workbench.card import STATIC

Cell = str | dict[str, str]


def toned(text: str, tone: str) -> Cell:
    """Make a cell that is a small coloured label."""
    return {"text": text, "tone": tone}


class RowList(anywidget.AnyWidget):
    """Show rows of texts; `selected` is the index of the chosen one, or -1."""

    _esm = STATIC / "row_list.js"
    _css = STATIC / "row_list.css"

    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows: Any = traitlets.List().tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    label = traitlets.Unicode("rows").tag(sync=True)
    empty = traitlets.Unicode("Nothing yet.").tag(sync=True)
    height = traitlets.Int(260).tag(sync=True)
    follow = traitlets.Bool(False).tag(sync=True)
    #: How many of the last columns may take several lines.
    wraps = traitlets.Int(1).tag(sync=True)

    def __init__(self, columns: Sequence[str], label: str, **more: Any) -> None:
        super().__init__(columns=list(columns), label=label, **more)

    def show(self, rows: Sequence[Sequence[Cell]], selected: int | None = None) -> None:
        """Show other rows; the choice stays where it can."""
        chosen = self.selected if selected is None else selected
        with self.hold_sync():
            self.rows = [list(row) for row in rows]
            self.selected = min(chosen, len(rows) - 1)

    def __repr__(self) -> str:
        return f"<RowList: {len(self.rows)} rows>"
