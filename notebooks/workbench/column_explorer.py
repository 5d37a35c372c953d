"""Column explorer: a table of customers, audited; pictures, filters, pages, repairs by kind or row, export (R3-R18)."""

import tempfile
from pathlib import Path
from typing import Any

import ipywidgets as w
import pandas as pd
import phonenumbers
import pyarrow as pa
from markupsafe import Markup

from inbound_core.audit import AuditError, audit_phones
from inbound_core.phones import PhoneStatus
from workbench import pages
from workbench.card import Card, button, guarded, html, line
from workbench.column_choice import ColumnChoice, narrow_choice
from workbench.column_pictures import bars, cells, option
from workbench.column_source import name_of, path_of, read_file
from workbench.column_view import ColumnView, Filter, Person, ViewRow
from workbench.reading_steps import STATUS_WORDS
from workbench.row_list import RowList

PAGE = 50
_ALL = "all"
_SHOWN_FILTERS = ("status", "reason", "region", "repair")


class ColumnExplorer(Card):
    """Open a file or take a DataFrame; see what its phones are worth, repair them, and take a cleaned file away."""

    heading = "Column explorer"
    hint = "CSV, TSV, Excel or Parquet. The file itself is never changed."

    def __init__(self, table: Any = None, default_region: str = "US", **columns: str) -> None:
        self.view: ColumnView | None = None
        self.columns = ColumnChoice(columns, self._again)
        self._rows = _no_rows()
        self._first = 0
        #: The file that was written last, or None.
        self.exported: Path | None = None
        self.path = w.Text(placeholder="customers.csv", layout=w.Layout(width="min(320px, 100%)"))
        self.upload = w.FileUpload(accept=".csv,.tsv,.txt,.xlsx,.parquet,.gz,.zip", description="Choose a file")
        self.upload.add_class("iw-button")
        regions = sorted(phonenumbers.SUPPORTED_REGIONS)
        self.region = w.Dropdown(options=regions, value=default_region, layout=w.Layout(width="80px"))
        self.filters = {name: narrow_choice([_ALL], name) for name in _SHOWN_FILTERS}
        self.summary, self.where = html(), html()
        self.list = RowList(("id", "as it stands", "status", "why", "import as", "repair"), "rows", height=330, wraps=3)
        self.list.layout.width = "100%"
        self.out = w.Text(placeholder="customers-clean.csv", layout=w.Layout(width="200px"))
        super().__init__(*self._controls())
        for control in self.filters.values():
            control.observe(lambda _change: self.filter(), "value")
        self.region.observe(lambda _change: self._again(), "value")
        self.upload.observe(lambda _change: self.take_upload(), "value")
        self._source: Any = None
        if table is not None:
            self.take(table)

    def _controls(self) -> tuple[w.Widget, ...]:
        opening = line(
            self.path,
            button("Open", self.open_file, "iw-main iw-open"),
            self.upload,
            w.Label("default region"),
            self.region,
        )
        paging = line(
            button("◀", lambda: self.turn(-1), tip="Back"), button("▶", lambda: self.turn(1), tip="On"), self.where
        )
        repairing = line(
            button("Accept this row", self.toggle_row, "iw-accept-row"),
            button("Accept all of this repair", self.accept_kind, "iw-accept-kind"),
            button("Undo", self.undo, "iw-undo"),
            self.out,
            button("Export", self.export, "iw-export"),
        )
        return (opening, self.columns, self.summary, line(*self.filters.values()), self.list, paging, repairing)

    # -- opening ----------------------------------------------------------------------------------------

    @guarded
    def open_file(self) -> None:
        """Open the file that is named."""
        path = path_of(self.path.value or "customers.csv")
        self.tell(f"Reading {pages.shown(path.name, 60)} …")
        self.take(read_file(path))

    @guarded
    def take_upload(self) -> None:
        """Take the file that was chosen in the browser."""
        for file in self.upload.value:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / Path(str(file["name"])).name
                path.write_bytes(bytes(file["content"]))
                self.tell(f"Reading {pages.shown(path.name, 60)} …")
                self.take(read_file(path))

    @guarded
    def take(self, table: Any) -> None:
        """Audit a DataFrame or an Arrow table."""
        source = table.to_pandas() if isinstance(table, pa.Table) else table
        if not isinstance(source, pd.DataFrame):
            self.complain(
                f"This is a {type(table).__name__}. A DataFrame or an Arrow table is wanted, or a file's name."
            )
            return
        self._source = source.set_axis([name_of(column) for column in source.columns], axis=1)
        self.columns.offer(list(dict.fromkeys(self._source.columns)))
        self._again()

    @guarded
    def _again(self) -> None:
        if self._source is None:
            return
        self.view = None
        self._rows = _no_rows()
        self.show()
        if not len(self._source):
            self.complain("The table has no rows.")
            return
        audit = self._audited(self._source)
        self.view = ColumnView(audit)
        self.columns.tell(audit.findings.columns)
        for name, control in self.filters.items():
            control.options = [("all", _ALL), *(option(name, *found) for found in self.view.counts(name).items())]
        self.filter()

    def _audited(self, source: pd.DataFrame) -> Any:
        self.tell(f"Reading {pages.count(len(source), 'row')} …")
        named: dict[str, Any] = self.columns.named()
        try:
            audit = audit_phones(source, default_region=self.region.value, **named)
        except AuditError:
            if "phone" in named:
                raise
            raise AuditError("No column looks like phones. Choose the one that holds them at “phone” above.") from None
        self.complain("")
        return audit

    @property
    def audit(self) -> Any:
        """Give the audit of the table that is open; raise `AuditError` where none is."""
        if self.view is None:
            raise AuditError("No table is open. Open one in the column explorer, and choose its phone column there.")
        return self.view.audit

    def people(self, most: int) -> list[Person]:
        """Give the first rows that have a number, read or repaired; raise `AuditError` where no row has one."""
        found = [] if self.view is None else self.view.people(most)
        if not found:
            raise AuditError("No row of the open table has a number. Open another one in the column explorer.")
        return found

    # -- looking ----------------------------------------------------------------------------------------

    def wanted(self) -> Filter:
        """Give the filter as it is set."""
        return Filter(**{name: "" if c.value == _ALL else c.value for name, c in self.filters.items()})

    @guarded
    def filter(self) -> None:
        """Show the rows that the filters leave, from the first one."""
        if self.view is not None:
            self._rows = self.view.matching(self.wanted())
            self._first = 0
            self.show()

    def turn(self, pages_on: int) -> None:
        """Turn the page."""
        last = max(0, (len(self._rows) - 1) // PAGE * PAGE)
        self._first = min(max(0, self._first + pages_on * PAGE), last)
        self.show()

    def shown(self) -> list[ViewRow]:
        """Give the rows of the page that is open."""
        return [] if self.view is None else self.view.page(self._rows, self._first, PAGE)

    def show(self) -> None:
        """Draw the page and the figures."""
        rows = self.shown()
        self.list.show([cells(row) for row in rows])
        end = self._first + len(rows)
        self.where.show(f"{self._first + 1 if rows else 0:,} to {end:,} of {len(self._rows):,} rows")
        self.summary.show(self._summary())

    def _summary(self) -> Markup:
        if self.view is None:
            return Markup("")
        findings = self.view.audit.findings
        sentences = pages.element("ul", *(pages.element("li", text) for text in findings.sentences()), css="iw-said")
        accepted = pages.paragraph(f"{pages.count(self.view.accepted_count(), 'repair')} taken over.", css="iw-dim")
        return pages.join((bars(self.view), sentences, accepted))

    # -- repairing --------------------------------------------------------------------------------------

    def _chosen(self) -> ViewRow | None:
        rows = self.shown()
        if 0 <= self.list.selected < len(rows) and rows[self.list.selected].suggested:
            return rows[self.list.selected]
        self.complain("Choose a row that has a repair first; the filter “status: repair” shows them.")
        return None

    @guarded
    def toggle_row(self) -> None:
        """Take over the repair of the chosen row, or leave it again."""
        row = self._chosen()
        if row is not None and self.view is not None:
            self.view.toggle_row(row.number)
            self._changed()

    @guarded
    def accept_kind(self) -> None:
        """Take over every repair of the kind of the chosen row."""
        row = self._chosen()
        if row is not None and self.view is not None:
            self.view.accept_kind(row.repair)
            self._changed()

    @guarded
    def undo(self) -> None:
        """Take back the last step."""
        if self.view is None or not self.view.undo():
            self.complain("There is nothing to take back.")
        else:
            self._changed()

    def _changed(self) -> None:
        self.show()
        self.doings += 1

    @guarded
    def export(self) -> None:
        """Write the cleaned table to the file that is named."""
        if self.view is None:
            self.complain("Open a file first.")
            return
        path = path_of(self.out.value or self.out.placeholder)
        slow = "; Excel takes minutes for some hundred thousand rows" if path.suffix.lower() == ".xlsx" else ""
        self.tell(f"Writing {pages.count(len(self.view), 'row')} to {pages.shown(path.name, 60)}{slow} …")
        rows = self.view.export(path)
        self.exported = path
        self.doings += 1
        said = f"{pages.count(rows, 'row')} written to {path.name}."
        self.trouble.show(pages.element("div", said, css="iw-notice iw-good"))

    def picture(self) -> Markup:
        """Show the figures and the first rows."""
        words = {status: pages.badge(word, tone) for status, (word, tone, _) in STATUS_WORDS.items()}
        rows = [(row.label, row.raw, row.e164, words[PhoneStatus(row.status)], row.repair) for row in self.shown()[:8]]
        table = pages.table(("id", "as it stands", "E.164", "status", "repair"), rows)
        return pages.join((self.summary.content, table))


def _no_rows() -> Any:
    import numpy as np

    return np.empty(0, dtype=np.int64)
