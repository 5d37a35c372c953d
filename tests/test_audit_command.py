"""`inbound audit`: a stranger's file goes in; findings, a report and a cleaned file come out, and nothing is harmed."""

import errno
import gzip
import html
import json
import os
import random
import signal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from inbound_core.audit_formulas import formula_cells
from inbound_core.audit_outputs import OutputError, table_writer, written_whole
from inbound_core.audit_reading import with_results
from inbound_core.errors import InboundError
from inbound_core.phone_columns import RESULT_COLUMNS
from simulator.commands.audit import audit

PEOPLE = """id,name,phone,created_at
ann,"Ann, Lee",+12025550123,2024-01-02
bob,=1+1,(202) 555-0123,2023-01-02
cem,-5,2025550124.0,2022-01-02
dee,@home,442079460123,2021-01-02
eve,,call me,2020-01-02
flo,Zoë,,2019-01-02
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def run(*arguments: Any) -> Result:
    """Run the command as the group does, with its own errors as exceptions."""
    return CliRunner().invoke(audit, [str(argument) for argument in arguments])


def told(result: Result) -> str:
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.output


def test_a_file_alone_is_enough(people: Path) -> None:
    output = told(run(people))

    assert "people.csv: CSV, comma, utf-8, 6 rows; phone 'phone', id 'id', created_at 'created_at'" in output
    assert "by its name" in output
    for line in (
        "ready                 1",
        "reformat              1",
        "repair                2",
        "unreadable            1",
    ):
        assert line in output
    assert "decimal-tail" in output
    assert "lost-plus" in output
    assert "bob, ann" in output
    assert "2 cells of 'name' begin like a formula" in output


def test_numbers_are_masked_unless_they_are_to_be_shown(people: Path, tmp_path: Path) -> None:
    hidden, shown = told(run(people)), told(run(people, "--show-numbers"))
    told(run(people, "--report", tmp_path / "hidden.html"))
    told(run(people, "--report", tmp_path / "shown.html", "--show-numbers"))

    assert "2025550123" not in hidden
    assert "442079460123" not in hidden
    assert "+442079460123" in shown
    assert "442079460123" not in (tmp_path / "hidden.html").read_text(encoding="utf-8")
    assert "+442079460123" in (tmp_path / "shown.html").read_text(encoding="utf-8")


def test_an_id_that_is_but_the_number_is_masked_with_it_and_any_other_tells_who_it_is(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,phone\n(202) 555-0123,+12025550123\n10002345,2025550123\n", encoding="utf-8")
    hidden, shown = told(run(path)), told(run(path, "--show-numbers"))

    assert "(•••) •••-••23, 10002345" in hidden
    assert "(202) 555-0123, 10002345" in shown


def test_json_holds_all_figures_and_nothing_else_is_printed(people: Path) -> None:
    figures = json.loads(told(run(people, "--json")))

    assert figures["rows"] == 6
    assert figures["status"]["repair"] == 2
    assert figures["shared_numbers"] == 1
    assert figures["formula_cells"] == {"name": 2}
    assert figures["if_everyone_replied"] == {"right": 1, "other": 1, "anonymous": 3, "missing": 1}


def test_the_cleaned_file_holds_the_old_columns_as_they_were_and_the_results(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "clean.csv"

    output = told(run(people, "--accept", "lost-plus", "--out", out))

    before = pd.read_csv(people, dtype=str, keep_default_na=False)
    after = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert list(after.columns) == [*before.columns, *RESULT_COLUMNS, "phone_clean"]
    pd.testing.assert_frame_equal(after[list(before.columns)], before)
    assert after["phone_clean"].tolist() == ["+12025550123", "+12025550123", "", "+442079460123", "", ""]
    assert "drops the plus signs" in output
    assert people.read_text(encoding="utf-8") == PEOPLE


def test_accepting_all_repairs_takes_every_proposal(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "clean.parquet"

    told(run(people, "--accept", "all", "--out", out))

    clean = pq.read_table(out).column("phone_clean").to_pylist()
    assert clean == ["+12025550123", "+12025550123", "+12025550124", "+442079460123", None, None]


def test_an_excel_file_keeps_every_cell_as_text(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "clean.xlsx"

    output = told(run(people, "--out", out))

    sheet = openpyxl.load_workbook(out).active
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[2].value for row in rows] == [
        "+12025550123", "(202) 555-0123", "2025550124.0", "442079460123", "call me", None,
    ]  # fmt: skip
    assert rows[1][1].value == "=1+1"
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    assert {cell.number_format for cell in rows[0]} <= {"@", "General"}
    assert "drops the plus signs" not in output


@pytest.mark.parametrize(
    ("cell", "kept", "said"),
    [
        ("x" * 40_000, "x" * 32_767, "1 cell is longer than the 32,767 signs that Excel holds: cut"),
        ("a\r\nb\rc", "a\nb\nc", "1 cell holds signs that Excel cannot keep"),
        ("a\x01b", "a\ufffdb", "1 cell holds signs that Excel cannot keep"),
        ("a\uffffb\ufffe", "a\ufffdb\ufffd", "1 cell holds signs that Excel cannot keep"),
        ("a\n\tb", "a\n\tb", None),
    ],
    ids=["too long", "carriage returns", "a control character", "no characters", "a line and a tab"],
)
def test_what_excel_cannot_keep_is_counted_and_told(tmp_path: Path, cell: str, kept: str, said: str | None) -> None:
    path, out, report = (tmp_path / name for name in ("people.parquet", "clean.xlsx", "report.html"))
    pd.DataFrame({"phone": ["202-555-0123"], "remark": [cell]}).to_parquet(path)

    output = told(run(path, "--out", out, "--report", report))

    assert openpyxl.load_workbook(out).active["B2"].value == kept
    assert ("as they were, but for what is said below" in output) == (said is not None)
    if said is not None:
        assert said in output
        assert said in report.read_text(encoding="utf-8")


def test_a_tab_separated_file_comes_out_as_one(people: Path, tmp_path: Path) -> None:
    told(run(people, "--out", tmp_path / "clean.tsv"))

    assert pd.read_csv(tmp_path / "clean.tsv", sep="\t", dtype=str).shape == (6, 13)


def test_a_region_column_and_a_default_region_are_read_by(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("phone,land\n020 7946 0123,UK\n202-555-0123,US\n07700 900123,\n")

    figures = json.loads(told(run(path, "--region", "land", "--default-region", "GB", "--json")))

    assert figures["status"]["reformat"] + figures["status"]["unassigned"] == 3
    assert figures["region"]["GB"] + figures["region"]["US"] >= 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--phone", "phones"], "nearest: 'phone'", id="no such column"),
        pytest.param(["--default-region", "UK"], "did you mean GB", id="no such region"),
        pytest.param(["--accept", "magic", "--out", "x.csv"], "is no repair", id="no such repair"),
        pytest.param(["--out", "x.docx"], "known are", id="an ending nobody writes"),
        pytest.param(["--out", "no folder/x.csv"], "There is no folder", id="no such folder"),
        pytest.param(["--report", "no folder/x.html"], "There is no folder", id="no such folder for the report"),
    ],
)
def test_a_wrong_option_says_what_to_do_and_writes_nothing(
    people: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(people.parent)

    result = run(people, *arguments)

    assert result.exit_code != 0
    assert isinstance(result.exception, InboundError)
    assert message in str(result.exception)
    assert [path.name for path in people.parent.iterdir()] == ["people.csv"]


def test_the_table_and_the_report_cannot_be_one_file(people: Path, tmp_path: Path) -> None:
    result = run(people, "--out", tmp_path / "x.csv", "--report", tmp_path / "x.csv")

    assert result.exit_code == 2
    assert "name the same file" in result.output
    assert not (tmp_path / "x.csv").exists()


def test_what_exists_is_not_written_over(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "clean.csv"
    out.write_text("mine")

    result = run(people, "--out", out)

    assert "exists already" in str(result.exception)
    assert out.read_text() == "mine"
    assert "exists already" in str(run(people, "--out", people).exception)
    assert people.read_text(encoding="utf-8") == PEOPLE


def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    out = tmp_path / "clean.csv"

    def fill() -> None:
        with written_whole(out) as beside:
            beside.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_breaks_off_leaves_no_half_output(tmp_path: Path) -> None:
    path, out = tmp_path / "people.csv.gz", tmp_path / "clean.csv"
    source = random.Random(2)
    rows = "".join(f"{number},202-555-{source.randrange(10**4):04}\n" for number in range(300_000))
    whole = gzip.compress(f"id,phone\n{rows}".encode())
    path.write_bytes(whole[: len(whole) * 3 // 4])

    result = run(path, "--out", out)

    assert "Truncated compressed stream" in str(result.exception)
    assert [left.name for left in tmp_path.iterdir()] == ["people.csv.gz"]


def test_an_audit_that_is_told_to_end_leaves_nothing_behind(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))

    def end(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return with_results(*arguments)

    monkeypatch.setattr("inbound_core.audit_files.with_results", end)
    try:
        result = run(people, "--out", tmp_path / "clean.csv")
    finally:
        afterwards = signal.signal(signal.SIGTERM, before)

    assert result.exit_code == 128 + signal.SIGTERM
    assert [left.name for left in tmp_path.iterdir()] == ["people.csv"]
    assert ended == []
    afterwards(signal.SIGTERM, None)  # type: ignore[operator, misc]
    assert ended == [signal.SIGTERM]


def test_too_many_rows_for_excel_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbound_core.audit_outputs.EXCEL_ROWS", 3)
    path = tmp_path / "people.csv"
    path.write_text("phone\n" + "202-555-0123\n" * 4)

    result = run(path, "--out", tmp_path / "clean.xlsx")

    assert "Excel holds 3 rows at most" in str(result.exception)
    assert [left.name for left in tmp_path.iterdir()] == ["people.csv"]


def test_a_column_that_is_hardly_phones_is_warned_about_with_five_cells(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,x\n" + "".join(f"{name},1\n" for name in ("Ann", "Bob", "Cem", "Dee", "Eve", "Flo")))

    result = run(path, "--phone", "name")

    assert "hardly holds phones; its cells look like 'Ann', 'Bob', 'Cem', 'Dee', 'Eve'" in result.stderr


def test_that_a_column_is_hardly_phones_is_told_in_json_and_in_the_report_too(tmp_path: Path) -> None:
    path, report = tmp_path / "people.csv", tmp_path / "report.html"
    path.write_text("name,x\nAnn,1\nBob Marlowe,2\n", encoding="utf-8")

    result = run(path, "--phone", "name", "--json", "--report", report)

    figures = json.loads(result.stdout)
    for told_in in (result.stderr, figures["notes"][0], html.unescape(report.read_text(encoding="utf-8"))):
        assert "its cells look like 'Ann', '◦◦◦ ◦◦◦◦◦◦◦'" in told_in
    assert figures["hardly_phones"] is True
    assert "Warning: column 'name'" in result.stderr


def test_repairs_that_are_accepted_need_a_file_to_go_into(people: Path) -> None:
    result = run(people, "--accept", "all")

    assert result.exit_code == 2
    assert "say which with --out FILE" in result.output


def test_a_file_without_phones_lists_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "animals.csv"
    path.write_text("name,legs\ncat,4\n")

    assert "the columns are: name, legs" in str(run(path).exception)


def test_broken_rows_are_counted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,phone\n1,202-555-0123\n2,3,202-555-0124\n")

    output = told(run(path))

    assert "1 row was left out:" in output
    assert "line 3: 3 cells where 2 are expected" in output


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)"], 4),
        (["-5", "+1 202-555-0123", "-", "a=b", "", None], 0),
        ([], 0),
    ],
)
def test_a_formula_is_told_from_a_number(cells: list[str | None], count: int) -> None:
    import pyarrow as pa

    assert formula_cells(pa.array(cells, pa.string())) == count


def test_a_writer_closes_well_after_nothing_was_written(tmp_path: Path) -> None:
    for ending in (".csv", ".tsv", ".xlsx", ".parquet"):
        with table_writer(tmp_path / f"empty{ending}", ["a", "b"]):
            pass
        assert (tmp_path / f"empty{ending}").stat().st_size > 0


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_results_that_cannot_be_printed_are_told_as_such(
    people: Path, monkeypatch: pytest.MonkeyPatch, how: tuple[str, ...]
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("simulator.commands.audit._tell", full)
    monkeypatch.setattr("simulator.commands.audit.print_json", full)

    result = run(people, *how)

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)


def test_the_encoding_of_a_file_may_be_named(tmp_path: Path) -> None:
    path, out = tmp_path / "people.csv", tmp_path / "clean.csv"
    path.write_bytes("id;имя;phone\n1;Иван;+12025550123\n".encode("cp1251"))

    assert "--encoding" in told(run(path))
    assert "CSV, semicolon, cp1251, 1 row;" in told(run(path, "--encoding", "windows-1251", "--out", out))
    assert "Иван" in out.read_text(encoding="utf-8")
