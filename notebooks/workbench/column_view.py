"""Column view: a million audited rows to filter, page through and repair, without a copy of any of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inbound_core.audit import PhoneAudit
from inbound_core.audit_outputs import check_table_output, table_writer
from inbound_core.audit_reading import CLEAN_COLUMN, with_results

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Filter:
    """Say which rows are wanted; an empty text means all."""

    status: str = ""
    reason: str = ""
    region: str = ""
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Hold which repairs are taken over: whole kinds, single rows besides, and rows left out of a kind."""

    kinds: frozenset[str] = frozenset()
    rows: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ViewRow:
    """Hold one row as it is shown; `number` counts from 0, `clean` is what an export would have."""

    number: int
    label: str
    raw: str
    e164: str
    status: str
    reason: str
    region: str
    suggested: str
    repair: str
    accepted: bool
    clean: str


@dataclass(frozen=True, slots=True)
class Person:
    """Hold what a row says of a person: `phone` is the number read or repaired, `created` a text or empty."""

    id: str
    created: str
    phone: str


class ColumnView:
    """Look at an audit: its reading as codes, so that a filter over a million rows compares small integers."""

    def __init__(self, audit: PhoneAudit) -> None:
        self.audit = audit
        self.accepted = Accepted()
        self._undo: list[Accepted] = []
        self._codes = {name: _codes(audit.reading.column(f"phone_{name}")) for name in Filter.__slots__}
        self._e164 = audit.reading.column("phone_e164")
        self._suggested = audit.reading.column("phone_suggested")

    def __len__(self) -> int:
        return len(self._e164)

    # -- looking ----------------------------------------------------------------------------------------

    def counts(self, name: str, rows: Rows | None = None) -> dict[str, int]:
        """Count the values of `status`, `reason`, `region` or `repair`, of all rows or of some, most first."""
        codes, names = self._codes[name]
        chosen = codes if rows is None else codes[rows]
        found = np.bincount(chosen[chosen >= 0], minlength=len(names))
        order = np.argsort(-found, kind="stable")
        return {names[code]: int(found[code]) for code in order if found[code]}

    def matching(self, wanted: Filter) -> Rows:
        """Give the rows that a filter leaves, in their order."""
        mask = np.ones(len(self), dtype=bool)
        for name in Filter.__slots__:
            value = getattr(wanted, name)
            if value:
                codes, names = self._codes[name]
                mask &= codes == (names.index(value) if value in names else -2)
        return np.flatnonzero(mask)

    def page(self, rows: Rows, first: int, size: int) -> list[ViewRow]:
        """Give some of the rows as they are shown."""
        return [self._row(int(number)) for number in rows[max(0, first) : first + size]]

    def _row(self, number: int) -> ViewRow:
        columns = self.audit.findings.columns
        own = self.audit.own
        label = own[columns["id"]].iloc[number] if columns.get("id") else number + 1
        raw = own[columns["phone"]].iloc[number]
        texts = {name: self._text(name, number) for name in Filter.__slots__}
        e164, suggested = self._e164[number].as_py() or "", self._suggested[number].as_py() or ""
        accepted = bool(suggested) and self.is_accepted(number, texts["repair"])
        clean = suggested if accepted else e164
        shown = "" if raw is None or raw != raw else str(raw)
        return ViewRow(
            number, str(label), shown, e164, texts["status"], texts["reason"], texts["region"], suggested,
            texts["repair"], accepted, clean,
        )  # fmt: skip

    def people(self, most: int) -> list[Person]:
        """Give the first rows that have a number once every repair is taken over."""
        phones = pc.coalesce(self._e164, self._suggested)
        columns, own = self.audit.findings.columns, self.audit.own
        created = own[columns["created_at"]] if columns.get("created_at") else None
        found = []
        for number in np.flatnonzero(pc.is_valid(phones).to_numpy(zero_copy_only=False))[:most]:
            row = self._row(int(number))
            when = None if created is None else created.iloc[number]
            found.append(Person(row.label, "" if when is None or when != when else str(when), phones[number].as_py()))
        return found

    def _text(self, name: str, number: int) -> str:
        codes, names = self._codes[name]
        return names[codes[number]] if codes[number] >= 0 else ""

    # -- repairing --------------------------------------------------------------------------------------

    def is_accepted(self, number: int, repair: str) -> bool:
        """Tell whether a row's repair is taken over."""
        if number in self.accepted.rows:
            return True
        return repair in self.accepted.kinds and number not in self.accepted.refused

    def accept_kind(self, repair: str) -> None:
        """Take over every repair of a kind."""
        self._become(replace(self.accepted, kinds=self.accepted.kinds | {repair}))

    def toggle_row(self, number: int) -> None:
        """Take over the repair of one row, or leave it."""
        now, repair = self.accepted, self._text("repair", number)
        if self.is_accepted(number, repair):
            self._become(Accepted(now.kinds, now.rows - {number}, now.refused | {number}))
        else:
            self._become(Accepted(now.kinds, now.rows | {number}, now.refused - {number}))

    def undo(self) -> bool:
        """Take back the last step; tell whether there was one."""
        if not self._undo:
            return False
        self.accepted = self._undo.pop()
        return True

    def _become(self, accepted: Accepted) -> None:
        if accepted != self.accepted:
            self._undo.append(self.accepted)
            self.accepted = accepted

    def accepted_count(self) -> int:
        """Count the rows whose repair is taken over."""
        return int(self._accepted_mask().sum())

    def _accepted_mask(self) -> npt.NDArray[np.bool_]:
        codes, names = self._codes["repair"]
        kinds = [code for code, name in enumerate(names) if name in self.accepted.kinds]
        mask: npt.NDArray[np.bool_] = np.isin(codes, kinds)
        mask[list(self.accepted.refused)] = False
        mask[list(self.accepted.rows)] = True
        return mask

    # -- taking away ------------------------------------------------------------------------------------

    def cleaned(self) -> pa.Table:
        """Give the table with its readings and `phone_clean`, the number to import."""
        own = pa.Table.from_pandas(self.audit.own, preserve_index=False)
        table = with_results(own, self.audit.reading, frozenset())
        clean = pc.if_else(pa.array(self._accepted_mask()), self._suggested, self._e164)
        place = max(i for i, name in enumerate(table.column_names) if name.startswith(CLEAN_COLUMN))
        cleaned: pa.Table = table.set_column(place, table.column_names[place], clean)
        return cleaned

    def export(self, path: Path) -> int:
        """Write the cleaned table as CSV, TSV, Excel or Parquet, as the ending says; give the number of rows.

        Raise `OutputError` for a path that is taken or an ending that is not known; nothing is left behind.
        """
        check_table_output(path)  # before the work, which takes a while for millions of rows
        table = self.cleaned()
        texts = pa.Table.from_arrays([_as_text(column) for column in table.columns], table.column_names)
        with table_writer(path, list(texts.column_names)) as writer:
            writer.write(texts)
        return int(texts.num_rows)


def _as_text(column: Any) -> Any:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    plain = column.cast(kind) if kind != column.type else column
    return plain if pa.types.is_string(kind) else plain.cast(pa.string())


def _codes(column: Any) -> tuple[npt.NDArray[np.int16], Sequence[str]]:
    """Give a dictionary column as its codes, -1 where nothing is, and their names."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    codes = pc.fill_null(encoded.indices.cast(pa.int16()), -1).to_numpy(zero_copy_only=False)
    return codes, encoded.dictionary.to_pylist()
