"""Column explorer: tables of any kind, filters over a million rows, repairs that can be taken back, export."""

import time
from pathlib import Path

import pandas as pd
import pytest

from inbound_core.audit import AuditError, audit_phones
from workbench import ColumnExplorer, example_customers
from workbench.column_view import ColumnView, Filter

TABLE = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d", "e"],
        "phone": ["(415) 555-0101", "14155550102.0", "14155550103.0", None, "n/a"],
        "score": [1, 2, 3, 4, 5],
    }
)


@pytest.fixture
def explorer() -> ColumnExplorer:
    return ColumnExplorer(TABLE)


def choose(explorer: ColumnExplorer, row_id: str) -> None:
    explorer.list.selected = [row.label for row in explorer.shown()].index(row_id)


def clean(explorer: ColumnExplorer) -> dict[str, str]:
    return {row.label: row.clean for row in explorer.shown()}


def test_a_table_is_shown_with_its_figures(explorer: ColumnExplorer) -> None:
    assert [row.status for row in explorer.shown()] == ["reformat", "repair", "repair", "missing", "unreadable"]
    assert "1 of 5 rows have a number" in explorer.summary.value
    assert "iw-bars" in explorer.summary.value


def test_filters_narrow_and_the_place_is_told(explorer: ColumnExplorer) -> None:
    explorer.filters["status"].value = "repair"

    assert [row.label for row in explorer.shown()] == ["b", "c"]
    assert "1 to 2 of 2 rows" in explorer.where.value


def test_a_repair_is_taken_over_by_row_or_by_kind_and_taken_back(explorer: ColumnExplorer) -> None:
    choose(explorer, "b")
    explorer.toggle_row()
    assert clean(explorer)["b"] == "+14155550102"
    assert clean(explorer)["c"] == ""
    explorer.accept_kind()
    assert clean(explorer)["c"] == "+14155550103"
    choose(explorer, "c")
    explorer.toggle_row()
    assert (clean(explorer)["b"], clean(explorer)["c"]) == ("+14155550102", "")
    for _ in range(3):
        explorer.undo()
    assert clean(explorer)["b"] == ""
    explorer.undo()
    assert "nothing to take back" in explorer.trouble.value


def test_a_row_without_a_repair_cannot_be_accepted(explorer: ColumnExplorer) -> None:
    choose(explorer, "a")
    explorer.toggle_row()

    assert "Choose a row that has a repair" in explorer.trouble.value


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".parquet"])
def test_the_cleaned_table_is_written_and_reads_back(explorer: ColumnExplorer, tmp_path: Path, ending: str) -> None:
    choose(explorer, "b")
    explorer.accept_kind()
    path = tmp_path / f"clean{ending}"
    explorer.out.value = str(path)
    explorer.export()
    again = ColumnExplorer()
    again.path.value = str(path)
    again.open_file()

    assert explorer.exported == path
    assert again.view is not None
    assert [value or None for value in again.view.audit.own["phone_clean"].fillna("")] == [
        "+14155550101", "+14155550102", "+14155550103", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["{}", " '{}' ", '"{}"', "“{}”", "file://{}"])
def test_a_path_is_taken_as_systems_copy_it(tmp_path: Path, written: str) -> None:
    path = tmp_path / "my customers.csv"
    path.write_text("id,phone\na,+14155550101\n", encoding="utf-8")
    explorer = ColumnExplorer()
    explorer.path.value = written.format(path if "file" not in written else path.as_uri().removeprefix("file://"))
    explorer.open_file()

    assert explorer.trouble.value == ""
    assert [row.e164 for row in explorer.shown()] == ["+14155550101"]


@pytest.mark.parametrize("path", ["~nobody-here/customers.csv", "customers\0.csv"])
def test_a_path_that_means_no_place_is_a_sentence(explorer: ColumnExplorer, path: str) -> None:
    explorer.path.value = explorer.out.value = path
    explorer.open_file()
    assert "iw-bad" in explorer.trouble.value
    explorer.export()
    assert "iw-bad" in explorer.trouble.value


def test_the_first_people_are_those_with_a_number_whatever_the_columns_are_called() -> None:
    table = pd.DataFrame({"Kundin": ["x", "y", "z"], "Telefon": ["n/a", "(415) 555-0101", "14155550102.0"]})
    explorer = ColumnExplorer(table)

    assert [person.phone for person in explorer.people(5)] == ["+14155550101", "+14155550102"]
    assert [person.phone for person in explorer.people(1)] == ["+14155550101"]
    assert [
        (person.id, person.created) for person in ColumnExplorer(TABLE.assign(created_at="2024-05-01")).people(1)
    ] == [("a", "2024-05-01")]


def test_without_a_table_the_cells_below_say_what_is_missing() -> None:
    explorer = ColumnExplorer(pd.DataFrame({"a": ["x", "y"]}))

    with pytest.raises(AuditError, match="No table is open"):
        _ = explorer.audit
    with pytest.raises(AuditError, match="No row of the open table has a number"):
        explorer.people(5)


def test_a_name_of_10_kb_is_a_sentence(explorer: ColumnExplorer) -> None:
    explorer.path.value = explorer.out.value = f"{'9' * 10_000}.csv"
    explorer.open_file()
    assert "name too long" in explorer.trouble.value.lower()
    explorer.export()
    assert "name too long" in explorer.trouble.value.lower()
    assert len(explorer.trouble.value) < 1_000


@pytest.mark.rule("R9")
def test_columns_are_found_and_can_be_named_instead() -> None:
    table = pd.DataFrame({"note": ["x", "y"], "Telefon": ["020 7946 0018", "+14155550101"], "Land": ["GB", "US"]})
    explorer = ColumnExplorer(table)
    assert explorer.columns.choices["phone"].options[0] == ("Telefon (found)", "")
    assert [row.status for row in explorer.shown()] == ["repair", "ready"]
    explorer.columns.choices["region"].value = "Land"
    assert [row.clean for row in explorer.shown()] == ["+442079460018", "+14155550101"]
    explorer.columns.choices["phone"].value = "note"
    assert [row.status for row in explorer.shown()] == ["unreadable", "unreadable"]


def test_a_table_in_which_no_column_is_found_asks_for_one_and_shows_nothing_of_the_last(
    explorer: ColumnExplorer,
) -> None:
    explorer.take(pd.DataFrame({"a": ["x", "y"], "b": ["555", "n/a"]}))
    assert "Choose the one that holds them" in explorer.trouble.value
    assert explorer.list.rows == []
    explorer.columns.choices["phone"].value = "b"
    assert explorer.trouble.value == ""
    assert [row.raw for row in explorer.shown()] == ["555", "n/a"]
    explorer.take(TABLE)
    assert [row.label for row in explorer.shown()] == ["a", "b", "c", "d", "e"], "what the table lacks is let go"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pd.DataFrame({"phone": []}), "The table has no rows."),
        (pd.DataFrame({("a", "b"): ["x"]}), "No column looks like phones"),
    ],
    ids=["no rows", "columns of two levels"],
)
def test_a_strange_table_is_a_sentence(table: pd.DataFrame, said: str) -> None:
    assert said in ColumnExplorer(table).trouble.value


def test_a_column_that_is_not_there_is_a_sentence() -> None:
    assert "mobile" in ColumnExplorer(TABLE, phone="mobile").trouble.value


def test_a_choice_of_a_filter_says_how_many_rows_it_leaves(explorer: ColumnExplorer) -> None:
    assert ("repair (2)", "repair") in explorer.filters["status"].options
    assert ("removed a decimal tail (2)", "removed a decimal tail") in explorer.filters["repair"].options


def test_an_export_never_writes_over_a_file(explorer: ColumnExplorer, tmp_path: Path) -> None:
    path = tmp_path / "there.csv"
    path.write_text("mine", encoding="utf-8")
    explorer.out.value = str(path)
    explorer.export()

    assert path.read_text(encoding="utf-8") == "mine"
    assert "exists already" in explorer.trouble.value
    assert explorer.exported is None


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("missing.csv", None, "missing.csv", id="a file that is not there"),
        pytest.param(
            "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "picture.png", id="a file that is no table"
        ),
        pytest.param("words.csv", b"a,b\nx,y\nz,w\n", "No column looks like phones", id="a table without phones"),
    ],
)
def test_what_cannot_be_opened_is_a_sentence(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    explorer = ColumnExplorer()
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    explorer.path.value = str(path)
    explorer.open_file()

    assert said in explorer.trouble.value
    assert explorer.view is None


@pytest.mark.parametrize("thing", [42, ["+14155550101"], "phones"])
def test_what_is_no_table_is_a_sentence(thing: object) -> None:
    assert "DataFrame" in ColumnExplorer(thing).trouble.value


def test_pages_turn_and_stop_at_the_ends() -> None:
    explorer = ColumnExplorer(example_customers(120))
    explorer.turn(-1)
    assert "1 to 50 of 120" in explorer.where.value
    explorer.turn(5)
    assert "101 to 120 of 120" in explorer.where.value


def test_a_filter_over_a_million_rows_is_answered_within_a_second() -> None:
    numbers = ["(415) 555-0101", "14155550102.0", "+442079460018", None, "n/a"]
    audit = audit_phones(pd.DataFrame({"phone": numbers * 200_000}), phone="phone")
    view = ColumnView(audit)
    begun = time.perf_counter()
    rows = view.matching(Filter(status="repair"))
    page = view.page(rows, 150_000, 50)

    assert time.perf_counter() - begun < 1
    assert len(rows) == 200_000
    assert {row.suggested for row in page} == {"+14155550102"}
