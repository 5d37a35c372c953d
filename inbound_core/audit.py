"""Audit: a table of customers -> which phones work, what is damaged, who shares a number, where replies would go.

`audit_phones` is the way in for tables at hand: pandas, Arrow or Dask. Files of any length stream through
`audit_files`. What is found is told in `audit_findings`; this module holds it together with the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from inbound_core.audit_findings import Findings, Forecast, listed_numbers, repairs_named
from inbound_core.audit_reading import CLEAN_COLUMN, AuditColumns, ChunkReader, clean_column, sample_of
from inbound_core.audit_regions import MOST_NUMBERS, LikelyRegion, likely_region
from inbound_core.audit_sharing import sharing_of
from inbound_core.errors import InboundError
from inbound_core.phone_columns import phone_texts
from inbound_core.phones import checked_region
from inbound_core.table_cells import cell_text, free_names
from inbound_core.table_guesses import SAMPLE_ROWS, ColumnGuess, guess_columns, nearest_names


class AuditError(InboundError, ValueError):
    """Report a table that cannot be audited as asked, and what to do."""


class NoTable(InboundError, TypeError):
    """Report something that is no table, and what is wanted."""


class NoColumn(AuditError, KeyError):
    """Report a column that the table does not have, naming the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class PhoneAudit:
    """Hold an audit: the `findings`, the table as it was (`own`), what each row reads as, and its records.

    `reading` is a record batch, `records` an Arrow table (see `audit_sharing`)."""

    findings: Findings
    own: Any
    reading: Any
    records: Any

    @property
    def forecast(self) -> Forecast:
        """Forecast where replies would go if everybody wrote today."""
        return self.findings.forecast

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what was noticed on the way."""
        return self.findings.noticed()

    def summary(self) -> dict[str, Any]:
        """Give all figures as plain values, ready for JSON."""
        return self.findings.summary()

    def shared_numbers(self) -> pd.DataFrame:
        """Give all shared numbers: who is attributed, who is opted out along (R12, R14)."""
        return listed_numbers(sharing_of(self.records, listed=len(self.own)))

    def to_frame(self) -> pd.DataFrame:
        """Give the table with its result columns, one row per row."""
        return self._beside(self.reading.to_pandas())

    def cleaned(self, accept: str | Sequence[str] = ()) -> pd.DataFrame:
        """Give the table with its result columns and `phone_clean`, the number to import.

        `accept` names the repair or repairs that are taken over, such as `lost-plus`, or `all`; without it none is.
        Raise `UnknownRepair` for a name that means none.
        """
        results = self.reading.to_pandas()
        results[CLEAN_COLUMN] = clean_column(self.reading, repairs_named(accept)).to_pandas()
        return self._beside(results)

    def _beside(self, results: pd.DataFrame) -> pd.DataFrame:
        own: pd.DataFrame = self.own.to_pandas() if isinstance(self.own, pa.Table) else self.own
        results.columns = pd.Index(free_names(list(results.columns), [str(name) for name in own.columns]))
        results.index = own.index
        return pd.concat([own, results], axis=1)

    def charts(self) -> Any:
        """Draw the findings as a matplotlib figure."""
        from inbound_core.audit_charts import draw

        return draw(self.findings)

    def _repr_html_(self) -> str:
        from inbound_core.audit_report import summary_html

        html: str = summary_html(self.findings)
        return html


def audit_phones(
    table: Any,
    phone: str | None = None,
    id: str | None = None,  # noqa: A002 - what people call the column
    created_at: str | None = None,
    region: str | None = None,
    default_region: str = "US",
    guess_region: bool = True,
) -> Any:
    """Audit the phones of a table: a pandas or Polars DataFrame, an Arrow table, or a Dask DataFrame.

    Columns that are not named are guessed, and the notes say so; a region column that was only guessed serves for
    proposals and is not read by. Where numbers without a country seem to be from elsewhere than `default_region`, that
    is noted and, with `guess_region`, proposed. Give a `PhoneAudit`; for a Dask DataFrame only its `Findings`, computed
    on the cluster. Raise `NoColumn` for a column that is not there, `AuditError` where no phone column is found,
    `NoTable` for what is no table.
    """
    checked_region(default_region)
    own = _table_of(table)
    table, notes_on_names = _with_text_names(own)
    phone, id, created_at, region = (  # noqa: A001 - see above
        name if name is None else str(name) for name in (phone, id, created_at, region)
    )
    if type(table).__module__.startswith("dask"):
        from inbound_core.audit_dask import audit_dask

        columns, notes = choose_columns(table.head(SAMPLE_ROWS, npartitions=-1), phone, id, created_at, region)
        return audit_dask(table, columns, default_region, guess_region, [*notes_on_names, *notes])
    sample = table.slice(0, SAMPLE_ROWS).to_pandas() if isinstance(table, pa.Table) else table.head(SAMPLE_ROWS)
    columns, notes = choose_columns(sample, phone, id, created_at, region)
    likely = likely_of(table[columns.phone], columns, default_region) if guess_region else None
    reader = ChunkReader(columns, default_region, likely.region if likely else None)
    reading, records = reader.read(as_texts(table, columns))
    notes += [str(likely)] if likely else []
    found = Findings(
        columns.named(),
        reader.counts,
        sharing_of(records),
        default_region,
        likely,
        (*notes_on_names, *notes, *reader.notes()),
    )
    return PhoneAudit(found, own, reading, records)


def _table_of(table: Any) -> Any:
    """Give a table that can be audited. Raise `NoTable` for anything else."""
    if isinstance(table, pd.DataFrame | pa.Table):
        return table
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    module, name = type(table).__module__.partition(".")[0], type(table).__name__
    if (module, name) == ("polars", "DataFrame"):
        return table.to_arrow()
    if module.startswith("dask") and hasattr(table, "columns") and hasattr(table, "to_delayed"):
        return table
    hint = "Make one of it: pandas.DataFrame({'phone': column})."
    if (module, name) == ("polars", "LazyFrame"):
        hint = "Collect it first: frame.collect()."
    raise NoTable(
        f"A table is wanted: a pandas or Dask DataFrame, an Arrow table, or a Polars DataFrame; this is a {name}. "
        + hint
    )


def _with_text_names(table: Any) -> tuple[Any, list[str]]:
    """Give a table whose columns are named by different texts, and notes on those that got another name for it."""
    own = list(table.column_names if isinstance(table, pa.Table) else table.columns)
    names: list[str] = []
    for name in own:
        names.append(free_names([str(name)], names)[0])
    if names == own:
        return table, []
    notes = [
        f"several columns are called {str(old)!r}; column {place} is taken for {new!r}"
        for place, (old, new) in enumerate(zip(own, names, strict=True), start=1)
        if str(old) != new
    ]
    if isinstance(table, pa.Table):
        return table.rename_columns(names), notes
    if isinstance(table, pd.DataFrame):
        return table.set_axis(names, axis="columns"), notes
    renamed = table.copy()
    renamed.columns = names
    return renamed, notes


def choose_columns(
    sample: pd.DataFrame, phone: str | None, id_column: str | None, created_at: str | None, region: str | None
) -> tuple[AuditColumns, list[str]]:
    """Choose the columns of a table from what was named and what can be guessed; give notes on what was guessed.

    Raise `NoColumn` for a named column that is not there, `AuditError` where no phone column is found.
    """
    names = [str(name) for name in sample.columns]
    for wanted in (phone, id_column, created_at, region):
        if wanted is not None and wanted not in names:
            near = nearest_names(wanted, names) or names[:5]
            raise NoColumn(f"There is no column {wanted!r}; nearest: {', '.join(map(repr, near))}")
    cells = {name: sample_of(column.dropna().tolist()) for name, column in zip(names, _columns(sample), strict=True)}
    guess = guess_columns(cells)
    if not names:
        raise AuditError("The table has no columns. Most likely it was read from an empty file, or not filled yet.")
    if phone is None and guess.phone is None:
        raise AuditError(f"No column looks like phones. Name one of: {', '.join(map(repr, names[:20]))}.")
    return chosen_columns(guess, phone, id_column, created_at, region)


def chosen_columns(
    guess: ColumnGuess, phone: str | None, id_column: str | None, created_at: str | None, region: str | None
) -> tuple[AuditColumns, list[str]]:
    """Put what was named before what was guessed; give the columns, and notes on those that were guessed."""
    chosen = phone or guess.phone or ""
    guessed = {name for name, given in (("phone", phone), ("id", id_column), ("time", created_at)) if given is None}
    notes = [note for note in guess.notes if note.split(" ")[0].rstrip(":") in guessed]
    neighbour = None if region or guess.region == chosen else guess.region
    if neighbour:
        notes.append(f"region: {neighbour!r} looks like regions and serves for proposals; name it to read by it")
    return AuditColumns(chosen, id_column or guess.id, created_at or guess.created_at, region, neighbour), notes


def _columns(frame: pd.DataFrame) -> list[pd.Series]:
    return [frame.iloc[:, place] for place in range(frame.shape[1])]


def as_texts(table: Any, columns: AuditColumns) -> pa.Table:
    """Give the columns that an audit reads as an Arrow table of texts; times may stay times."""
    names = dict.fromkeys(name for name in columns.named().values() if name is not None)
    arrays = [time_cells(table[name]) if name == columns.created_at else phone_texts(table[name]) for name in names]
    return pa.Table.from_arrays(arrays, list(names))


def time_cells(column: Any) -> Any:
    """Give a column of times as Arrow holds it, and one of several types as texts."""
    if isinstance(column, pa.ChunkedArray):
        return column
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if column.dtype != object or pd.api.types.infer_dtype(column) in ("string", "datetime", "datetime64", "date"):
        return pa.array(column, from_pandas=True)
    # Arrow would take a number among dates for a count of days, and refuses texts there.
    return pa.array([None if pd.isna(value) is True else cell_text(value) for value in column], pa.string())


def likely_of(column: Any, columns: AuditColumns, default_region: str) -> LikelyRegion | None:
    """Tell where a column's numbers seem to be from, unless a column of the table tells already."""
    if columns.region or columns.neighbour:
        return None
    sample = column.slice(0, MOST_NUMBERS * 2) if isinstance(column, pa.ChunkedArray) else column.head(MOST_NUMBERS * 2)
    return likely_region(phone_texts(sample).to_pylist(), default_region)
