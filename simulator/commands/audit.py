"""`inbound audit`: which phones of a file work, what is damaged, who shares a number, and a cleaned file."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from inbound_core.audit_findings import Findings, plural
from inbound_core.audit_masking import masked, masked_like
from inbound_core.audit_report import STATUS_MEANINGS, FileFacts, report_html
from inbound_core.phones import PhoneStatus
from simulator.commands.options import json_option
from simulator.commands.printing import print_json, tell

_SHARED_SHOWN = 5
_REASONS_SHOWN = 8


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--phone", metavar="COLUMN", help="The column with phones.  [default: guessed]")
@click.option("--id", "id_column", metavar="COLUMN", help="The column with ids.  [default: guessed, or row numbers]")
@click.option("--created", metavar="COLUMN", help="The column with the time each was created.  [default: guessed]")
@click.option("--region", metavar="COLUMN", help="The column with countries to read each number by.")
@click.option("--default-region", metavar="CODE", help="The country of numbers that name none.  [default: US]")
@click.option("--encoding", metavar="NAME", help="The encoding of a text file, such as cp1251.  [default: guessed]")
@click.option(
    "--accept", metavar="REPAIR", multiple=True, help="Take a repair over into --out; may be repeated. all: every one."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the table with results: .csv, .tsv, .xlsx or .parquet."
)
@click.option("--report", type=click.Path(path_type=Path), help="Write one HTML page with pictures and example rows.")
@click.option(
    "--show-numbers", is_flag=True, help="Show whole numbers; else all digits but two, and words, are masked."
)
@click.option("--dask", "scheduler", metavar="ADDRESS", help="Work on a Dask cluster: tcp://host:port, or local.")
@json_option
def audit(
    file: Path,
    report: Path | None,
    show_numbers: bool,
    scheduler: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Audit the phones in FILE: CSV, TSV, Excel or Parquet, compressed or not, of any length.

    Delimiter, encoding and columns are found out and told. Nothing in FILE is changed, and nothing is repaired
    unless you accept it.
    """
    from inbound_core.audit_outputs import check_output

    if report is not None:
        if asked["out"] is not None and asked["out"].resolve() == report.resolve():
            raise click.UsageError("--out and --report name the same file; give each a name of its own.")
        if report.suffix.lower() not in (".html", ".htm"):
            raise click.ClickException(f"{report.name}: the report is a page for a browser; end it in .html or .htm.")
        check_output(report)
    with _cleaned_up_when_ended():
        if scheduler is None:
            found, facts = _audited_here(file, as_json, asked)
        else:
            found, facts = _audited_on_cluster(file, scheduler, asked)
        _write_report(report, found, facts, show_numbers)
    doubt = found.doubt(show_numbers)
    if doubt is not None:
        tell(f"Warning: {doubt} with --phone.", err=True)
    with _told_whole():
        if as_json:
            print_json({"file": facts.name, "described": facts.described, **found.summary(), **_faults(facts)})
        else:
            _tell(found, facts, show_numbers)
            _tell_outputs(asked["out"], report, facts)


@contextmanager
def _told_whole() -> Iterator[None]:
    """Say why the results cannot be printed, such as on a full disk; a reader that went away is no error here."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with suppress(OSError):
            sys.stdout.close()  # else the interpreter tries once more at its end, and fails with a traceback
        raise click.ClickException(
            f"The results could not be printed: {error.strerror}. Make room, or send them elsewhere; files named by "
            "--out and --report are whole."
        ) from error


@contextmanager
def _cleaned_up_when_ended() -> Iterator[None]:
    """Leave the block by SystemExit when the process is told to end, so that nothing half written stays."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what signals do
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _write_report(report: Path | None, found: Findings, facts: FileFacts, show_numbers: bool) -> None:
    from inbound_core.audit_outputs import written_whole

    if report is not None:
        with written_whole(report) as beside:
            beside.write_text(report_html(found, facts, show_numbers), encoding="utf-8")


def _audited_here(file: Path, quiet: bool, asked: dict[str, Any]) -> tuple[Findings, FileFacts]:
    from inbound_core.audit_files import AuditRequest, audit_file

    if asked["accept"] and asked["out"] is None:
        raise click.UsageError("--accept takes repairs over into a file; say which with --out FILE.")
    request = AuditRequest(
        file,
        asked["phone"],
        asked["id_column"],
        asked["created"],
        asked["region"],
        asked["default_region"],
        asked["accept"],
        asked["out"],
        asked["encoding"],
    )
    with _progress_bar(quiet) as advance:
        return audit_file(request, advance)


def _audited_on_cluster(file: Path, scheduler: str, asked: dict[str, Any]) -> tuple[Findings, FileFacts]:
    if asked["out"] is not None or asked["accept"]:
        raise click.UsageError("--out and --accept write one file here; they do not go together with --dask.")
    if asked["encoding"] is not None:
        raise click.UsageError("--dask reads UTF-8 and Windows-1252 only: leave out --encoding, or --dask.")
    try:
        from inbound_core.audit_dask import audit_file_on_cluster
    except ImportError as error:
        raise click.ClickException(
            f"--dask needs more than is installed ({error.name}). Try: pip install 'inbound-workbench[dask]'"
        ) from error
    names = {name: asked[name] for name in ("phone", "created", "region", "default_region")}
    return audit_file_on_cluster(file, scheduler, id_column=asked["id_column"], **names)


@contextmanager
def _progress_bar(quiet: bool) -> Iterator[Any]:
    """Show a bar on standard error where a person looks at it."""
    if quiet or not sys.stderr.isatty():
        yield lambda share, rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    parts = (TextColumn("reading"), BarColumn(), TextColumn("{task.fields[rows]:,} rows"), TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=1.0, rows=0)
        yield lambda share, rows: bar.update(task, completed=share, rows=rows)


def _faults(facts: FileFacts) -> dict[str, Any]:
    return {
        "bad_rows": [{"line": line, "why": why} for line, why in facts.bad_rows],
        "bad_row_count": facts.bad_count,
        "formula_cells": dict(facts.formulas),
        "not_kept_in_output": list(facts.not_kept),
    }


def _tell(found: Findings, facts: FileFacts, show_numbers: bool) -> None:
    counts = found.counts
    used = ", ".join(f"{what} {name!r}" for what, name in found.columns.items() if name)
    tell(f"{facts.name}: {facts.described}, {plural(counts.rows, 'row', 'rows')}; {used}")
    for note in found.notes:
        tell(f"  {note}")
    tell()
    for status in PhoneStatus:
        count = counts.statuses[str(status)]
        share = f"{count / counts.rows:6.1%}" if counts.rows else ""
        tell(f"  {status:<11}{count:>12,} {share:>7}  {STATUS_MEANINGS[status]}")
    tell()
    for sentence in found.sentences():
        tell(sentence)
    _tell_reasons(found, show_numbers)
    _tell_shared(found, show_numbers)
    _tell_faults(facts)


def _tell_reasons(found: Findings, show_numbers: bool) -> None:
    show = (lambda text: text or "") if show_numbers else masked
    repairs = found.counts.repairs.most_common()
    if repairs:
        tell("\nProposed repairs (take over with --accept NAME or --accept all, and --out FILE):")
    for repair, count in repairs:
        row = found.counts.examples[("repair", repair)][0]
        example = f"{show(row.text)!r} -> {show(row.suggested)}"
        tell(f"  {count:>12,}  {_name_of(repair):<21}{repair}, such as row {row.row}: {example}")
    wrong = [item for item in found.counts.reasons.most_common() if item[0][1] not in ("ok", "empty")][:_REASONS_SHOWN]
    if wrong:
        tell("\nWhat is wrong:")
    for (status, reason), count in wrong:
        row = found.counts.examples[(status, reason)][0]
        tell(f"  {count:>12,}  {reason:<28}{status:<12}row {row.row}: {show(row.text)!r}")


def _name_of(repair: str) -> str:
    from inbound_core.audit_findings import repair_name
    from inbound_core.phone_repairs import PhoneRepair

    return repair_name(PhoneRepair(repair))


def _tell_shared(found: Findings, show_numbers: bool) -> None:
    listed = found.sharing.listed[:_SHARED_SHOWN]
    if listed:
        tell("\nMost shared numbers (the first would be attributed, the others opted out along):")
    for shared in listed:
        phone = shared.phone if show_numbers else masked(shared.phone)
        ids = (shared.attributed, *shared.others[:3])
        names = ", ".join(ids if show_numbers else (masked_like(name, shared.phone) for name in ids))
        tell(f"  {shared.rows:>12,}  {phone}  {names}{', ...' if shared.rows > 4 else ''}")


def _tell_faults(facts: FileFacts) -> None:
    if facts.bad_rows:
        left_out = plural(facts.bad_count, "row was", "rows were")
        tell(f"\n{left_out} left out{', for instance' if facts.bad_count > 3 else ''}:")
    for line, why in facts.bad_rows[:3]:
        tell(f"  {f'line {line}: ' if line else ''}{why}")
    for column, count in facts.formulas.items():
        tell(
            f"\n{plural(count, 'cell', 'cells')} of {column!r} begin{'s' if count == 1 else ''} like a formula, which "
            "a spreadsheet would run. Nothing was changed there."
        )


def _tell_outputs(out: Path | None, report: Path | None, facts: FileFacts) -> None:
    if out is not None:
        but = ", but for what is said below" if facts.not_kept else ""
        tell(f"\nWrote {out}: your columns as they were{but}, and the results beside them.")
        for note in facts.not_kept:
            tell(f"  {note}.")
        if out.suffix.lower() in (".csv", ".tsv"):
            tell(
                "A spreadsheet that opens it drops the plus signs. Import it as it is, or write .xlsx to look at it "
                "there."
            )
    if report is not None:
        tell(f"Wrote {report}: open it in a browser.")
