"""`inbound people`: bring a table of people in, and look at who is there."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from inbound_core.people_import import ImportReport, ImportRow, import_people
from inbound_core.table_cells import free_names
from inbound_core.table_files import BadRows, TableFile, open_table
from simulator.commands.options import json_option, opened_workspace, place_options
from simulator.commands.printing import in_line, print_json, tell

#: How many rows at fault are printed; `--json` lists them.
SHOWN_NOTES = 10


@click.group()
def people() -> None:
    """Import and list the people of the workspace."""


@people.command("import", short_help="Import a table of people: CSV, TSV, Excel or Parquet.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--phone", metavar="COLUMN", help="The column with phones.  [default: guessed]")
@click.option("--id", "id_column", metavar="COLUMN", help="The column with ids.  [default: guessed, or row numbers]")
@click.option("--created", metavar="COLUMN", help="The column with the time each was created.  [default: guessed]")
@click.option("--region", metavar="COLUMN", help="The column with country codes such as GB.  [default: guessed]")
@click.option("--encoding", metavar="NAME", help="The encoding of a text file, such as cp1251.  [default: guessed]")
@click.option(
    "--number",
    "numbers",
    metavar="COLUMN",
    multiple=True,
    help="A column of numbers, to be compared as such; repeatable.",
)
@place_options
@json_option
def import_(
    file: Path,
    phone: str | None,
    id_column: str | None,
    created: str | None,
    region: str | None,
    encoding: str | None,
    numbers: tuple[str, ...],
    folder: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Import FILE: CSV, TSV, Excel or Parquet, compressed or not, one person a row.

    Delimiter, encoding and columns are found out and printed. Every cell is kept as text, but for the columns
    named by --number; phones are read beside it and never changed. The same file again updates the same people.
    """
    table = open_table(file, encoding)
    for name in numbers:
        table.column(name)
    columns = _Columns.of(table, phone=phone, profile_id=id_column, created=created, region=region)
    if columns.phone in numbers:
        raise click.ClickException(f"{columns.phone} holds the phones, which stay text: a number has no plus sign.")
    if not as_json:
        tell(f"{file.name}: {table.described}, {len(table.columns)} columns")
        for line in columns.lines(table.columns):
            tell(f"  {line}")
    with opened_workspace(folder, database, makes=True) as workspace:
        try:
            named = columns.attributes(table.columns)
            stored_as = tuple(named[name] for name in numbers if name in named)
            report = import_people(workspace, _rows(table, columns), numbers=stored_as)
        except KeyboardInterrupt as stopped:
            text = "Stopped. What was stored until then is kept; the same command again brings in the rest."
            raise click.ClickException(text) from stopped
    if as_json:
        print_json(_as_dict(report, table, columns))
    else:
        _tell(report, table)


@people.command("list", short_help="List people, with how their phones read.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@place_options
@json_option
def list_(limit: int, folder: str | None, database: str | None, as_json: bool) -> None:
    """List people in the order in which they were first stored, with how their phone reads."""
    with opened_workspace(folder, database) as workspace:
        profiles = workspace.profiles(limit)
    for profile in profiles:
        if as_json:
            print_json(
                {
                    "id": profile.id,
                    "created_at": profile.created_at.isoformat(),
                    "phone_e164": profile.phone_e164,
                    "phone_status": profile.phone_status,
                    "attributes": dict(profile.attributes),
                }
            )
        else:
            tell(
                f"{in_line(profile.id):<24} {profile.phone_e164 or '-':<17} {profile.phone_status:<11} "
                f"{in_line(profile.phone or '')}"
            )
    if not profiles and not as_json:
        tell("Nobody is here yet. Try: inbound people import FILE")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Hold which column means what; the person's own choice goes before the guess."""

    phone: str
    profile_id: str | None
    created: str | None
    region: str | None

    @classmethod
    def of(cls, table: TableFile, **chosen: str | None) -> "_Columns":
        """Join what was chosen with what was guessed; raise `NoSuchColumn` for a chosen one that is not there."""
        guess = table.guess
        for name in chosen.values():
            if name is not None:
                table.column(name)
        phone = chosen["phone"] or guess.phone
        if phone is None:
            raise click.ClickException(
                f"No column of {table.path.name} looks like phones. Name one with --phone; "
                f"the columns are: {', '.join(table.columns)}."
            )
        return cls(
            phone,
            chosen["profile_id"] or guess.id,
            chosen["created"] or guess.created_at,
            chosen["region"] or guess.region,
        )

    def attributes(self, columns: Sequence[str]) -> dict[str, str]:
        """Say which attribute each column becomes; those of ids and of times become none.

        A column that only happens to be called `phone` or `country` makes room for the one that is.
        """
        meant = {self.phone: "phone"} | ({self.region: "country"} if self.region else {})
        others = [name for name in columns if name not in {*meant, self.profile_id, self.created}]
        taken = {*columns, *meant.values()}
        free = {name: free_names([name], sorted(taken - {name} | {*meant.values()}))[0] for name in others}
        return {**free, **meant}

    def lines(self, columns: Sequence[str]) -> Iterator[str]:
        """Say which column is what, a line each."""
        yield f"phone       {self.phone}"
        yield f"id          {self.profile_id or 'none found: the row number counts (row-2 is the first)'}"
        yield f"created_at  {self.created or 'none found: the time of the import counts'}"
        yield f"country     {self.region or 'none found: numbers without a calling code are read as US or Canadian'}"
        meant = (self.phone, self.region)
        for name, attribute in self.attributes(columns).items():
            if name != attribute and name not in meant:
                yield f"{attribute:<11} {name}, for another column is the {name}"


def _rows(table: TableFile, columns: _Columns) -> Iterator[ImportRow]:
    line = 1
    named = columns.attributes(table.columns)
    for chunk in table.chunks():
        names = [str(name) for name in chunk.column_names]
        cells = [chunk.column(name).to_pylist() for name in chunk.column_names]
        for values in zip(*cells, strict=True):
            line += 1
            row = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            attributes = {named[name]: value for name, value in row.items() if name in named}
            profile_id = row.get(columns.profile_id, "") if columns.profile_id else f"row-{line}"
            yield ImportRow(line, profile_id, attributes, row.get(columns.created or "", ""))


def _tell(report: ImportReport, table: TableFile) -> None:
    rows, created = _count(report.rows, "row", "rows"), _count(report.created, "person", "people")
    again = _count(report.repeated, "row", "rows")
    tell(f"{rows}: {created} created; {again} updated somebody who was there already.")
    by_status = ", ".join(f"{count:,} {status}" for status, count in sorted(report.phones.items()))
    if by_status:
        tell(f"Phones of the new ones: {by_status}.")
    notes = [(note.line, note.why) for note in report.notes] + [(bad.line, bad.why) for bad in table.bad_rows]
    for line, why in notes[:SHOWN_NOTES]:
        tell(f"  row {line}: {why}", err=True)
    more = len(report.notes) + table.bad_rows.total - len(notes[:SHOWN_NOTES])
    if more:
        tell(f"  ... and {more:,} rows more; --json lists {_listed(table.bad_rows)}.", err=True)
    tell("Next: inbound text NUMBER hello  (with one of their numbers), or inbound people list")


def _listed(bad_rows: BadRows) -> str:
    return "all" if bad_rows.total == len(bad_rows) else f"the first {len(bad_rows):,} of those that could not be read"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _as_dict(report: ImportReport, table: TableFile, columns: _Columns) -> dict[str, Any]:
    return {
        "file": table.described,
        "columns": asdict(columns),
        "rows": report.rows,
        "created": report.created,
        "repeated": report.repeated,
        "rejected": report.rejected,
        "phones": dict(report.phones),
        "notes": [{"line": note.line, "why": note.why, "stored": note.stored} for note in report.notes],
        "bad_row_count": table.bad_rows.total,
        "bad_rows": [{"line": bad.line, "why": bad.why} for bad in table.bad_rows],
    }
