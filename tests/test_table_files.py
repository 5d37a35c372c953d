"""Table files: a stranger's export is opened as it is, and every cell stays the text that it was."""

import bz2
import datetime
import gzip
import lzma
import os
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inbound_core.table_files import NoSuchColumn, NoSuchTableFile, TableFile, TableFileError, open_table
from inbound_core.table_guesses import guess_columns, known_region, looks_like_phone

MOMENT = datetime.datetime.fromisoformat("2024-01-02T03:04")
ROWS = [
    ("id", "name", "phone", "created_at", "country"),
    ("1", "Zoë", "+12025550123", "2024-01-02T03:04:05Z", "US"),
    ("2", "Ann, Lee", "020 7946 0123", "2023-01-02", "GB"),
    ("3", "", "2025550123.0", "2022-05-06", "UK"),
]


def rows_in(table: TableFile, **how: Any) -> list[tuple[Any, ...]]:
    rows = [tuple(row.values()) for chunk in table.chunks(**how) for row in chunk.to_pylist()]
    return [table.columns, *rows]


def csv_text(delimiter: str = ",") -> str:
    def cell(text: str) -> str:
        return f'"{text}"' if delimiter in text or "," in text else text

    return "".join(delimiter.join(map(cell, row)) + "\r\n" for row in ROWS)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_delimiter_and_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "export"
    path.write_bytes(csv_text(delimiter).encode(encoding))

    table = open_table(path)

    assert rows_in(table) == ROWS
    assert encoding in table.described
    assert {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[delimiter] in table.described
    assert table.bad_rows == []
    assert table.share_read() == 1.0


def zipped(data: bytes, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("people.csv", data)


PACKERS: dict[str, Callable[[bytes, Path], Any]] = {
    "gzip": lambda data, path: path.write_bytes(gzip.compress(data)),
    "bz2": lambda data, path: path.write_bytes(bz2.compress(data)),
    "xz": lambda data, path: path.write_bytes(lzma.compress(data, preset=0)),
    "zstd": lambda data, path: path.write_bytes(pa.compress(data, "zstd", asbytes=True)),
    "zip": zipped,
}


@pytest.mark.parametrize("compression", PACKERS)
def test_a_compressed_file_is_read_as_it_is(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "export.bin"
    PACKERS[compression](csv_text().encode(), path)

    table = open_table(path)

    assert rows_in(table) == ROWS
    assert table.described == f"CSV, comma, utf-8, {compression}"
    assert rows_in(table) == ROWS, "a table can be read twice"
    assert path.name not in {Path(file.path).name for file in psutil.Process().open_files()}, "and is closed then"


@pytest.mark.parametrize("compression", PACKERS)
def test_a_file_that_breaks_off_says_how_far_it_was_read(tmp_path: Path, compression: str) -> None:
    whole = tmp_path / "whole"
    source = random.Random(1)
    lines = "".join(f"{number},+1202555{source.randrange(10**4):04d}\n" for number in range(150_000))
    PACKERS[compression](("id,phone\n" + lines).encode(), whole)
    path = tmp_path / "half.csv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])

    with pytest.raises(TableFileError, match=r"broke off after|cannot be read"):
        rows_in(open_table(path))


def test_quotes_may_hold_delimiters_line_ends_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "quoted.csv"
    path.write_text('id,note,phone\n1,"a, ""b""\nc",+12025550123\n', newline="")

    assert rows_in(open_table(path))[1] == ("1", 'a, "b"\nc', "+12025550123")


def test_a_row_of_another_width_is_left_out_and_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("id,phone\n1,+12025550123\n2,3,+12025550124\n4\n5,+12025550125\n")
    table = open_table(path)

    rows = rows_in(table)

    assert [row[0] for row in rows[1:]] == ["1", "5"]
    assert [(bad.line, bad.why) for bad in table.bad_rows] == [
        (3, "3 cells where 2 are expected"),
        (4, "1 cell where 2 are expected"),
    ]


@pytest.mark.parametrize(
    ("above", "said"),
    [
        pytest.param('1,"a\nb",x\n', True, id="a cell of two lines"),
        pytest.param("\n1,a,x\n", True, id="an empty line"),
        pytest.param("1,a,x\n", False, id="nothing of the kind"),
    ],
)
def test_it_is_said_where_a_row_may_stand_lower_than_told(above: str, said: bool, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(f"id,note,phone\n{above}2,3\n4,b,+12025550125")
    table = open_table(path)

    rows_in(table)

    assert any("stands in a later line than told" in note for note in table.notes) == said
    assert len(table.bad_rows) == 1


def test_cells_in_another_encoding_than_the_rest_are_read_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    good = "".join(f"{number},Zoë,+12025550123\n" for number in range(60_000)).encode()
    path.write_bytes(b"id,name,phone\n" + good + "60000,Zoë,+12025550124\n".encode("cp1252"))
    table = open_table(path)

    rows = rows_in(table)

    assert {row[1] for row in rows[1:]} == {"Zoë"}
    assert table.described == "CSV, comma, utf-8"
    assert table.notes == ("1 cell is not UTF-8 and read as Windows-1252, while others are: the encodings are mixed",)
    assert rows_in(table) == rows
    assert len(table.notes) == 1, "read twice, it is told once"


@pytest.mark.parametrize("good", [0, 60_000])
def test_a_broken_row_that_is_not_utf8_is_left_out_like_any_other(tmp_path: Path, good: int) -> None:
    path = tmp_path / "broken.csv"
    rows = [f"{number},202-555-0123,Ann\n" for number in range(good)]
    path.write_bytes("".join(["id,phone,name\n", *rows, "x,202-555-0124,Müller,é\n", "y,,Zoë\n"]).encode("cp1252"))
    table = open_table(path)

    assert rows_in(table)[-1] == ("y", "", "Zoë")
    assert [(bad.line, bad.why) for bad in table.bad_rows] == [(good + 2, "4 cells where 3 are expected")]


def test_a_cell_is_read_whole_wherever_the_blocks_of_a_file_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"id,name\n" + "x,ZoëÉÈ€😀\n".encode() * 500_000 + "y,Zoë\n".encode("cp1252"))
    table = open_table(path)

    names = Counter(row[1] for row in rows_in(table)[1:])

    assert names == {"ZoëÉÈ€😀": 500_000, "Zoë": 1}
    assert "1 cell is not UTF-8" in table.notes[0]


@pytest.mark.parametrize(
    ("top", "columns"),
    [
        pytest.param("Customers 2024,\n,\nid,phone\n", ("id", "phone"), id="a title as wide as the table"),
        pytest.param("Customers 2024\n\nid,phone\n", ("id", "phone"), id="a title alone in its line"),
        pytest.param("\n\nid,phone\n", ("id", "phone"), id="blank lines"),
        pytest.param('id,"phone\nof the day"\n', ("id", "phone\nof the day"), id="a name on two lines"),
        pytest.param("Customers 2024,\n", ("column_1", "column_2"), id="a title and no header"),
    ],
)
def test_the_header_is_found_beneath_what_stands_above_it(tmp_path: Path, top: str, columns: tuple[str, ...]) -> None:
    path = tmp_path / "export.csv"
    path.write_text(top + "".join(f"{number},202-555-01{number}\n" for number in range(10, 30)))

    table = open_table(path)

    assert table.columns == columns
    assert len(rows_in(table)) == 21
    assert table.bad_rows == []
    assert any("what is above it was left out" in note for note in table.notes) is (columns == ("id", "phone"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_characters_are_told_without_a_mark_in_front(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(csv_text().encode(encoding))

    assert rows_in(open_table(path)) == ROWS


CZECH, RUSSIAN, FRENCH = "Žofie Křížová, Łódź", "Иван Петров", "Zoë Lefèvre, cœur d’Élise, «été»"


@pytest.mark.parametrize(
    ("name", "encoding"),
    [(RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (CZECH, "cp1250"), ("山田太郎", "shift_jis"), (RUSSIAN, "utf-32-le")],
)
def test_an_encoding_may_be_named(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(f'name,phone\n"{name}",202-555-0123\n'.encode(encoding))
    table = open_table(path, encoding=encoding)

    assert rows_in(table)[1] == (name, "202-555-0123")
    assert table.described == f"CSV, comma, {encoding}"
    assert table.notes == ()


@pytest.mark.parametrize(
    ("name", "encoding", "assumed"),
    [
        (RUSSIAN, "cp1251", True),
        (RUSSIAN, "koi8-r", True),
        ("Paweł Wałęsa", "cp1250", True),
        ("Zoë Lefèvre", "mac-roman", True),
        ("Zoë Lefèvre", "cp850", True),
        ("山田太郎", "shift_jis", True),
        (FRENCH, "cp1252", False),
        ("Jürgen Groß, £5 – 3°", "cp1252", False),
        (RUSSIAN, "utf-8", False),
    ],
)
def test_an_encoding_that_was_only_assumed_is_noted(tmp_path: Path, name: str, encoding: str, assumed: bool) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(f'name,phone\n"{name}",202-555-0123\n'.encode(encoding))

    notes = open_table(path).notes

    assert any("was only assumed" in note and "--encoding" in note for note in notes) is assumed


def test_characters_that_a_named_encoding_cannot_read_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("name,phone\nZoë,202-555-0123\n".encode("cp1252"))
    table = open_table(path, encoding="UTF8")

    assert rows_in(table)[1][0] == "Zo\ufffd"
    assert table.notes == ("1 character is no utf-8, and became \ufffd",)


@pytest.mark.parametrize("name", ["cp1521", "hex", "\0"])
def test_an_encoding_that_is_none_names_the_nearest_ones(tmp_path: Path, name: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text("phone\n202-555-0123\n")

    with pytest.raises(TableFileError, match=r"There is no encoding .*; nearest: "):
        open_table(path, encoding=name)


def test_two_encodings_at_the_beginning_are_noted_as_well(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes("name,phone\nZoë,202-555-0123\n".encode() + "Noë,202-555-0124\n".encode("cp1252"))
    table = open_table(path)

    assert [row[0] for row in rows_in(table)[1:]] == ["Zoë", "Noë"]
    assert "the encodings are mixed" in table.notes[0]


def test_a_quote_that_is_never_closed_is_named_with_what_it_took_in(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    good = "".join(f"{number},Ann,202-555-01{number}\n" for number in range(10, 30))
    path.write_text("id,name,phone\n" + good + '30,"Ann,202-555-0130\n' + good)
    table = open_table(path)

    assert len(rows_in(table)) == 21
    assert [bad.line for bad in table.bad_rows] == [22]
    assert "took in the next 20 lines" in table.bad_rows[0].why


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("taken", [1, 50_000])
def test_a_quote_that_takes_in_all_the_rest_of_a_file_is_named_wherever_it_is(
    tmp_path: Path, taken: int, end: str
) -> None:
    path = tmp_path / "quote.csv"
    above = ['id,note,phone\n0,"on two\nlines",202-555-0123', *["1,,202-555-0123"] * 300_000]
    path.write_text("\n".join([*above, '2,,"202-555-0124', *["3,,202-555-0125"] * taken]) + end)
    table = open_table(path)

    rows = sum(chunk.num_rows for chunk in table.chunks())

    assert rows == 300_001
    assert [bad.line for bad in table.bad_rows] == [300_004]
    lines = "the next line" if taken == 1 else "the next 50,000 lines"
    assert f"never closed took in {lines} as well" in table.bad_rows[0].why
    assert f"line 300,004 opens a quotation mark that is never closed: it and {lines}" in table.notes[0]
    assert len(table.notes) == 1, "what is told as such is not suspected as well"


@pytest.mark.parametrize(
    ("cell", "noted"),
    [
        pytest.param("202-555-0123\n2,,202-555-0124\n3,,202-555-0125\n", True, id="rows"),
        pytest.param("1 High Street\nLondon, near the river, W1\nUnited Kingdom\n", False, id="an address"),
        pytest.param("Dear all,\nbest, as ever, Ann\n", False, id="a letter"),
    ],
)
def test_rows_within_a_cell_are_told_from_a_text_of_several_lines(tmp_path: Path, cell: str, noted: bool) -> None:
    path = tmp_path / "quote.csv"
    path.write_text(f'id,note,phone\n0,,202-555-0122\n1,,"{cell}"\n4,,202-555-0126\n')
    table = open_table(path)

    assert rows_in(table)[2] == ("1", "", cell)
    assert any("taken in 2 lines that look like rows, the first in row 2" in note for note in table.notes) is noted


def test_a_last_cell_of_several_lines_is_read_as_any_other(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    path.write_text('id,note\n1,"a ""b""\nc"\n')

    assert rows_in(open_table(path))[1:] == [("1", 'a "b"\nc')]


def test_a_quote_that_takes_in_megabytes_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    path.write_text('id,phone\n1,202-555-0123\n2,"202-555-0124\n' + "3,202-555-0125\n" * 600_000)

    with pytest.raises(TableFileError, match="a quotation mark is opened there and never closed"):
        open_table(path)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "202-555-0125"])
def test_an_empty_line_of_a_single_column_is_an_empty_cell(tmp_path: Path, line_end: str, last: str) -> None:
    path = tmp_path / "phones.csv"
    cells = ["202-555-0123", "", "202-555-0124", last]
    path.write_text(line_end.join(["phone", *cells, ""]), newline="")

    assert [row[0] for row in rows_in(open_table(path))[1:]] == cells


def test_broken_rows_beyond_the_first_are_only_counted(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("id,phone\n1,202-555-0123\n" + "1,2,3\n" * 1500)
    table = open_table(path)

    rows_in(table)

    assert len(table.bad_rows) == 1000
    assert table.bad_rows.total == 1500


def test_a_file_without_header_gets_numbered_columns(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("7,202-555-0123\n8,202-555-0124\n")

    table = open_table(path)

    assert table.columns == ("column_1", "column_2")
    assert table.guess.phone == "column_2"
    assert len(rows_in(table)) == 3
    assert "numbered" in table.notes[0]


@pytest.mark.parametrize("name", ["Mobile 2023-2024", "balance_20240131", "Phone (e.g. 202-555-0123)"])
def test_a_name_may_hold_a_year_or_a_date(tmp_path: Path, name: str) -> None:
    path = tmp_path / "dated.csv"
    path.write_text(f"phone,{name}\n202-555-0123,5\n")

    assert open_table(path).columns == ("phone", name)


def test_column_names_that_come_twice_or_not_at_all_get_names_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("phone,phone,\n1,2,3\n")

    assert open_table(path).columns == ("phone", "phone_2", "column_3")


def test_a_workbook_is_read_beneath_its_title_and_keeps_numbers_as_they_were_typed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    empty, sheet = book.active, book.create_sheet("People")
    sheet.append(["Our customers"])
    sheet.merge_cells("A1:D1")
    sheet.append(["id", "phone", "joined", None])
    sheet.append([1, 2025550123, datetime.date(2024, 1, 2), True])
    sheet.append([2, 2079460123, MOMENT, 1.5])
    sheet["B4"].number_format = "00000000000"
    sheet.append([None, None, None, None])
    sheet.append([3, "+12025550124", None, None])
    path = tmp_path / "people.xlsx"
    book.save(path)

    table = open_table(path)

    assert rows_in(table) == [
        ("id", "phone", "joined", "column_4"),
        ("1", "2025550123", "2024-01-02", "TRUE"),
        ("2", "02079460123", "2024-01-02T03:04:00", "1.5"),
        ("3", "+12025550124", None, None),
    ]
    assert table.described == "Excel, sheet 'People'"
    assert table.notes == (
        f"sheet 'People' was read; {empty.title!r} was not",
        "the header stands in row 2; what is above it was left out",
    )


@pytest.mark.parametrize(
    ("rows", "columns", "count"),
    [
        pytest.param(
            [["id", "Phones", None], [None, "home", "mobile"], [1, "202-555-0123", "202-555-0124"]],
            ("id", "Phones home", "Phones mobile"), 1, id="a name over two columns",
        ),
        pytest.param(
            [["id", "phone", None], [None, "202-555-0123", "x"], [1, "202-555-0123", "x"]],
            ("id", "phone", "column_3"), 2, id="a customer without an id",
        ),
        pytest.param(
            [["id", "phone", None], ["a", "call me", "x"], ["b", "202-555-0123", "x"]],
            ("id", "phone", "column_3"), 2, id="a column without a name",
        ),
    ],
)  # fmt: skip
def test_a_header_of_two_rows_is_told_from_a_customer(
    tmp_path: Path, rows: list[list[Any]], columns: tuple[str, ...], count: int
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    path = tmp_path / "people.xlsx"
    book.save(path)
    table = open_table(path)

    assert table.columns == columns
    assert len(rows_in(table)) == 1 + count
    assert any("the header takes two rows, 1 and 2" in note for note in table.notes) is (count == 1)


def test_a_parquet_file_gives_texts_whatever_its_types(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    columns: dict[str, Any] = {
        "phone": pa.array([2025550123, None]),
        "as_float": [2025550123.0, None],
        "when": pa.array([MOMENT, None]),
        "tag": pa.array(["a", None]).dictionary_encode(),
        "raw": pa.array([b"\xe9", None]),
        "list": [[1, 2], None],
    }
    pq.write_table(pa.table(columns), path)

    table = open_table(path)

    assert rows_in(table)[1:] == [
        ("2025550123", "2025550123.0", "2024-01-02T03:04:00", "a", "é", "[1, 2]"),
        (None,) * 6,
    ]
    assert table.described == "Parquet, 2 rows"


def test_chunks_are_no_longer_than_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("id,phone\n" + "1,+12025550123\n" * 1000)

    sizes = [chunk.num_rows for chunk in open_table(path).chunks(rows=300)]

    assert sum(sizes) == 1000
    assert max(sizes) == 300


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("nothing.csv", b"", "is empty", id="empty"),
        pytest.param("blank.csv", b" \n\n", "is empty", id="blank"),
        pytest.param("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 80 + b"abc" * 100, "zero bytes", id="a picture"),
        pytest.param("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Save it as .xlsx", id="old Excel"),
        pytest.param("half.xlsx", b"PK\x03\x04 half", "cannot be read as XLSX", id="half a workbook"),
        pytest.param("half.parquet", b"PAR1 half", "cannot be read as PARQUET", id="half a Parquet file"),
        pytest.param("half.gz", b"\x1f\x8b\x08", "cannot be read as GZ.*fetch it again", id="half a gzip header"),
    ],
)
def test_what_is_no_table_is_refused_with_what_it_seems_to_be(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(TableFileError, match=message):
        open_table(path)
    assert path.read_bytes() == content


def with_flags(data: bytes, *, local: int, central: int, value: int) -> bytes:
    """Change a field of both headers of an archive's only member."""
    changed = bytearray(data)
    changed[local] = changed[data.index(b"PK\x01\x02") + central] = value
    return bytes(changed)


@pytest.mark.parametrize(
    ("local", "central", "value", "message"),
    [
        pytest.param(6, 8, 1, "protected with a password. Unpack it first", id="a password"),
        pytest.param(8, 10, 97, "packed in a way that is not known here", id="an unknown compression"),
    ],
)
def test_an_archive_that_cannot_be_opened_says_why(
    tmp_path: Path, local: int, central: int, value: int, message: str
) -> None:
    path = tmp_path / "locked.zip"
    zipped(csv_text().encode(), path)
    path.write_bytes(with_flags(path.read_bytes(), local=local, central=central, value=value))

    with pytest.raises(TableFileError, match=message):
        open_table(path)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_a_workbook_with_a_damaged_part_is_refused(tmp_path: Path, part: str) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["id", "phone"])
    book.active.append(["1", "202-555-0123"])
    whole, path = tmp_path / "whole.xlsx", tmp_path / "cut.xlsx"
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as cut:
        for name in source.namelist():
            data = source.read(name)
            cut.writestr(name, data[: len(data) * 2 // 3] if name == part else data)

    with pytest.raises(TableFileError, match=r"is no whole Excel file.*Save it anew"):
        rows_in(open_table(path))


def test_a_cell_may_be_longer_than_any_row_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(f'id,note,phone\n1,"{"x" * 200_000}",202-555-0123\n')

    assert len(rows_in(open_table(path))[1][1]) == 200_000


def test_a_parquet_file_may_have_two_columns_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "twice.parquet"
    numbers = pa.array(["202-555-0123"])
    pq.write_table(pa.Table.from_arrays([numbers, numbers], names=["phone", "phone"]), path)

    assert rows_in(open_table(path)) == [("phone", "phone_2"), ("202-555-0123", "202-555-0123")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes here")
def test_a_pipe_is_to_be_saved_first(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(TableFileError, match=r"cannot be read twice\. Save it as a file first"):
        open_table(path)


def test_a_table_that_is_left_early_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("id,phone\n" + "1,+12025550123\n" * 1_500_000)
    chunks = open_table(path).chunks()

    assert path.name not in {Path(file.path).name for file in psutil.Process().open_files()}
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert path.name not in {Path(file.path).name for file in psutil.Process().open_files()}


def test_a_path_without_a_file_names_the_nearest_ones(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("phone\n1\n")

    with pytest.raises(NoSuchTableFile, match=r"customers\.csv"):
        open_table(tmp_path / "custmers.csv")
    with pytest.raises(FileNotFoundError):
        open_table(tmp_path / "no folder" / "x.csv")
    with pytest.raises(TableFileError, match="is a folder"):
        open_table(tmp_path)


def test_an_archive_of_several_tables_asks_to_be_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")

    with pytest.raises(TableFileError, match=r"holds 2: a\.csv, b\.csv"):
        open_table(path)


def test_a_column_that_is_not_there_names_the_nearest_ones(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Phone Number,Name\n+12025550123,a\n")
    table = open_table(path)

    assert table.column("Name") == "Name"
    with pytest.raises(NoSuchColumn, match="nearest: 'Phone Number'"):
        table.column("phone_number")


@pytest.mark.parametrize(
    ("sample", "phone", "region"),
    [
        pytest.param({"Phone": ["202-555-0123"], "Fax": ["202-555-0124"]}, "Phone", None, id="phone before fax"),
        pytest.param({"Fax": ["202-555-0124"], "Name": ["x"]}, "Fax", None, id="fax where there is nothing else"),
        pytest.param({"Téléphone": ["020 7946 0123"], "Code postal": ["75001"]}, "Téléphone", None, id="French"),
        pytest.param({"order": ["20255501231234"], "ref": ["12345678"]}, None, None, id="bare digits are not phones"),
        pytest.param({"contact": ["+1 202-555-0123"], "x": ["1"]}, "contact", None, id="by the look alone"),
        pytest.param({"mobile": [None, ""], "x": ["1"]}, "mobile", None, id="by the name alone"),
        pytest.param({"phone": ["yes", "no"], "n": ["1"]}, None, None, id="a phone column of answers"),
        pytest.param({"phone": ["1"], "State": ["CA"], "country": ["uk"]}, None, "country", id="a state is no country"),
        pytest.param({"region": ["53", "35"], "phone": ["202-555-0123"]}, "phone", None, id="numbered regions"),
        pytest.param({"phone": ["4.41E+11"], "n": ["1"]}, "phone", None, id="exponents"),
        pytest.param({"total": ["4.41E+11"], "n": ["1"]}, None, None, id="exponents without a name"),
        pytest.param({"phone": ["\u202d+1 202 555 0123\u202c"], "n": ["1"]}, "phone", None, id="invisible characters"),
        pytest.param({"n": ["1"], "phone": ["+44 20 7946 0123 é"]}, "phone", None, id="damage with a plain name"),
        pytest.param({"phone_seen": ["2024-01-02 10:11"], "n": ["1"]}, None, None, id="a time with a plain name"),
        pytest.param({}, None, None, id="no columns"),
    ],
)
def test_columns_are_guessed_by_name_and_look(sample: Any, phone: str | None, region: str | None) -> None:
    guess = guess_columns(sample)

    assert (guess.phone, guess.region) == (phone, region)
    assert any(note.startswith("phone:") for note in guess.notes)


def test_an_id_is_whole_and_has_no_value_twice(tmp_path: Path) -> None:
    columns = {"id": ["1", "1"], "customer_id": ["a", "b"], "created": ["2024-01-02", "2024-01-03"]}

    guess = guess_columns(columns)

    assert (guess.id, guess.created_at) == ("customer_id", "created")


@pytest.mark.parametrize(("text", "region"), [("gb", "GB"), ("UK", "GB"), (" usa ", "US"), ("XX", None), (None, None)])
def test_a_region_may_be_written_as_people_write_it(text: str | None, region: str | None) -> None:
    assert known_region(text) == region


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("202-555-0123", True),
        ("+44 (0)20 7946 0123", True),
        ("2024-01-02", False),
        ("1/2/2024", False),
        ("12345", False),
        ("4.155550123E9", True),
        ("4,42E+11", True),
        ("2025550123.0", True),
        ("1.5E+02", False),
        ("\u202a+44 20 7946 0123\u202c", True),
    ],
)
def test_a_cell_looks_like_a_phone_even_when_damaged_and_a_date_does_not(cell: str, phone: bool) -> None:
    assert looks_like_phone(cell) is phone
