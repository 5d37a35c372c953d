"""Audit on a cluster: two worker processes give the answers of one, and only the summary comes back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from inbound_core.audit import audit_phones
from inbound_core.audit_findings import Findings
from inbound_core.phone_columns import read_phone_array
from inbound_core.table_files import TableFileError
from simulator.commands.audit import audit
from tests.test_audit import many_customers

dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")
audit_dask_files = pytest.importorskip("inbound_core.audit_dask_files")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as workers,
        distributed.Client(workers),
    ):
        yield workers


def test_a_cluster_finds_what_one_process_finds(cluster: Any) -> None:
    table = many_customers(4000)
    table.loc[::7, "phone"] = "442079460123"

    here = audit_phones(table).findings
    there = audit_phones(dd.from_pandas(table, npartitions=5))

    assert isinstance(there, Findings)
    assert there.counts == here.counts
    assert there.sharing == here.sharing
    assert there.summary() == here.summary()


def test_rows_without_ids_are_named_by_their_place_in_the_whole_table(cluster: Any) -> None:
    table = pd.DataFrame({"phone": [f"202-555-01{number:02}" for number in (*range(30), 29)]})

    found = audit_phones(dd.from_pandas(table, npartitions=4))

    assert [(shared.attributed, shared.others) for shared in found.sharing.listed] == [("row 30", ("row 31",))]


def test_the_command_audits_on_a_cluster(cluster: Any, tmp_path: Path) -> None:
    table = many_customers(1000)
    table.to_csv(tmp_path / "people.csv", index=False)
    table.to_parquet(tmp_path / "people.parquet")
    address = cluster.scheduler_address

    figures = [
        json.loads(CliRunner().invoke(audit, [str(tmp_path / name), "--json", *more]).output)
        for name, more in (
            ("people.csv", []),
            ("people.csv", ["--dask", address]),
            ("people.parquet", ["--dask", address]),
        )
    ]

    assert figures[0]["shared_numbers"] > 0
    for there in figures[1:]:
        for name in ("rows", "status", "shared_numbers", "if_everyone_replied", "repair", "type"):
            assert there[name] == figures[0][name]


def test_what_is_noticed_in_the_parts_adds_up(cluster: Any) -> None:
    table = pd.DataFrame(
        {
            "phone": ["202-555-0123"] * 20,
            "land": ["zz"] * 20,
            "created_at": [*["03/02/2021"] * 15, *["13/02/2021"] * 4, "soon"],
        }
    )

    there = audit_phones(dd.from_pandas(table, npartitions=4), region="land")

    assert there.notes == audit_phones(table, region="land").notes
    assert any("20 cells of 'land' name no region" in note for note in there.notes)
    assert any("read day first: 4 dates" in note for note in there.notes)


def test_columns_are_guessed_from_the_first_part_that_holds_rows(cluster: Any) -> None:
    table = many_customers(100)
    frame = dd.concat([dd.from_pandas(table.head(0), npartitions=1), dd.from_pandas(table, npartitions=2)])

    found = audit_phones(frame)

    assert found.summary() == audit_phones(table).summary()


def test_formulas_are_counted_on_a_cluster_too(cluster: Any, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,phone\n=1+1,202-555-0123\n-5,202-555-0124\n")

    figures = json.loads(told_on(cluster, tmp_path / "people.csv"))

    assert figures["formula_cells"] == {"name": 1}


def told_on(cluster: Any, path: Path) -> str:
    return CliRunner().invoke(audit, [str(path), "--json", "--dask", cluster.scheduler_address]).output


@pytest.mark.parametrize("row", ["1", "1,202-555-0123,x"], ids=["short", "long"])
def test_a_row_of_another_width_is_not_read_in_parts(cluster: Any, tmp_path: Path, row: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,phone\n1,202-555-0122\n2,202-555-0123\n3,\n" + row + "\n")

    result = CliRunner().invoke(audit, [str(path), "--dask", cluster.scheduler_address])

    assert isinstance(result.exception, TableFileError)
    assert "a row has another width" in str(result.exception)


@pytest.mark.parametrize(
    ("part", "why"),
    [
        pytest.param('1,x\n2,"a\n', "does not end in the part", id="a cell of two lines, cut between them"),
        pytest.param('1,x\n2,"a', "does not end in the part", id="a quotation that is open at the end of the file"),
        pytest.param('1,"x\n3,y\n4,z\n5,z\n6,u"\n', "taken in whole rows", id="rows within a quotation"),
    ],
)
def test_a_part_in_which_rows_are_lost_is_refused(part: str, why: str) -> None:
    with pytest.raises(TableFileError, match=why):
        audit_dask_files.read_part(part.encode(), False, ["id", "note"], ",", "people.csv")


@pytest.mark.parametrize(
    ("part", "columns", "rows"),
    [
        pytest.param('1,"a\nb"\n2,c', ["id", "note"], [["1", "a\nb"], ["2", "c"]], id="a cell of two lines"),
        pytest.param('1,"a\n"\n', ["id", "note"], [["1", "a\n"]], id="a cell that ends with a line"),
        pytest.param("\n1,a\n\n", ["id", "note"], [["1", "a"]], id="empty lines between rows"),
        pytest.param("\n", ["id", "note"], [], id="an empty line alone"),
        pytest.param("\n1\n\n", ["phone"], [[""], ["1"], [""]], id="empty cells of a single column"),
        pytest.param("", ["phone"], [], id="nothing"),
    ],
)
def test_a_part_is_read_whole(part: str, columns: list[str], rows: list[list[str]]) -> None:
    assert audit_dask_files.read_part(part.encode(), False, columns, ",", "people.csv").to_numpy().tolist() == rows


def test_an_address_that_is_none_says_what_one_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("phone\n202-555-0123\n")

    result = CliRunner().invoke(audit, [str(path), "--dask", "foo"])

    assert isinstance(result.exception, ConnectionError)
    assert "tcp://host:port" in str(result.exception)


@pytest.mark.parametrize(
    ("name", "encoding"), [("people.csv.gz", None), ("people.csv", "utf-16"), ("people.csv", "utf-32")]
)
def test_a_file_that_cannot_be_read_in_parts_is_refused(
    cluster: Any, tmp_path: Path, name: str, encoding: str | None
) -> None:
    path = tmp_path / name
    many_customers(100).to_csv(path, index=False, encoding=encoding)

    result = CliRunner().invoke(audit, [str(path), "--dask", cluster.scheduler_address])

    assert isinstance(result.exception, TableFileError)
    assert f"{encoding or 'gzip'}) cannot be read in parts" in str(result.exception)


def test_outputs_do_not_go_together_with_a_cluster(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("phone\n202-555-0123\n")

    result = CliRunner().invoke(audit, [str(path), "--dask", "local", "--out", str(tmp_path / "x.csv")])

    assert result.exit_code == 2
    assert "do not go together" in result.output


def test_duckdb_reads_a_column_through_the_same_function() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    people = pa.table({"phone": ["202-555-0123", "x"]})

    reading = pa.table({"phone": people["phone"], "read": read_phone_array(people["phone"])})
    found = connection.execute("select phone, read.phone_e164 from reading order by phone").fetchall()

    assert len(reading) == 2
    assert found == [("202-555-0123", "+12025550123"), ("x", None)]


def test_polars_reads_a_column_through_the_same_function() -> None:
    polars = pytest.importorskip("polars")
    people = polars.DataFrame({"phone": ["202-555-0123", None]})

    read = people.with_columns(
        polars.col("phone").map_batches(lambda column: polars.Series(read_phone_array(column.to_arrow()))).alias("read")
    ).unnest("read")

    assert read["phone_e164"].to_list() == ["+12025550123", None]
    assert read["phone_status"].cast(polars.String).to_list() == ["reformat", "missing"]
