"""Import: a table becomes people, and every row is accounted for."""

from datetime import UTC, datetime

import pytest

from inbound_core import Workspace
from inbound_core.condition_words import attribute
from inbound_core.people_import import CHUNK, ImportRow, import_people, read_number, read_time
from tests.stores import inbound


def row(line: int, profile_id: str, phone: str = "", created_at: str = "", **more: str) -> ImportRow:
    return ImportRow(line, profile_id, {"phone": phone, **more}, created_at)


def test_each_row_becomes_a_profile_in_the_order_of_the_table(any_ws: Workspace) -> None:
    report = import_people(any_ws, [row(2, "zoe", "202-555-0101"), row(3, "amy", "+12025550102", city="Reno")])

    assert (report.rows, report.created, report.repeated, report.rejected) == (2, 2, 0, 0)
    assert report.phones == {"reformat": 1, "ready": 1}
    assert [profile.id for profile in any_ws.profiles()] == ["zoe", "amy"]
    amy = any_ws.profile("amy")
    assert amy is not None
    assert amy.attributes == {"phone": "+12025550102", "city": "Reno"}
    assert any_ws.receive(inbound("hello", "+12025550101")).explanation.attributed_to == "zoe"


def test_a_repeated_id_updates_the_profile_and_keeps_its_age(any_ws: Workspace) -> None:
    import_people(any_ws, [row(2, "amy", "+12025550101", "2024-01-01")])

    report = import_people(any_ws, [row(2, "amy", "+12025550102", "2020-01-01"), row(3, "amy", city="Reno")])

    assert (report.created, report.repeated) == (0, 2)
    amy = any_ws.profile("amy")
    assert amy is not None
    assert amy.attributes == {"city": "Reno"}
    assert amy.created_at == datetime(2024, 1, 1, tzinfo=UTC)


def test_rows_at_fault_are_named_and_the_others_stored(any_ws: Workspace) -> None:
    report = import_people(
        any_ws,
        [row(2, "", "+12025550101"), row(3, "x" * 151), row(4, "ok", created_at="someday"), row(5, "fine\x00")],
    )

    assert [(note.line, note.stored) for note in report.notes] == [(2, False), (3, False), (4, True)]
    assert (report.rows, report.created, report.rejected) == (4, 2, 2)
    assert [profile.id for profile in any_ws.profiles()] == ["ok", "fine\ufffd"]


def test_columns_named_as_numbers_can_be_compared_as_such(any_ws: Workspace) -> None:
    rows = [row(2, "ada", age="9"), row(3, "bob", age=" 42 "), row(4, "cyd", age="n/a"), row(5, "dan", age="")]

    report = import_people(any_ws, rows, numbers=["age"])
    again = import_people(any_ws, [row(2, "ada", age="19.5", zip="02139")], numbers=["age"])

    assert [(note.line, note.why) for note in report.notes] == [
        (4, "age is 'n/a', which is no number; it is kept as text.")
    ]
    assert again.notes == ()
    assert [profile.attributes.get("age") for profile in any_ws.profiles()] == [19.5, 42, "n/a", None]
    assert any_ws.profiles()[0].attributes["zip"] == "02139"
    assert any_ws.segments.preview(attribute("age").at_least(18)).count == 2


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        ("2.50", 2.5),
        ("1,000", None),
        ("1e3", None),
        ("٣", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_tables_write_them(text: str, number: float | None) -> None:
    assert read_number(text) == number


def test_a_table_longer_than_one_transaction_is_stored_whole_and_may_be_repeated(ws: Workspace) -> None:
    rows = [row(n, f"p{n}", f"+1202555{n % 100 + 100:04}") for n in range(CHUNK + 10)]
    done: list[int] = []

    first = import_people(ws, rows, done.append)
    again = import_people(ws, rows)

    assert (first.created, again.created, again.repeated) == (CHUNK + 10, 0, CHUNK + 10)
    assert done == [CHUNK, CHUNK + 10]
    assert len(ws.profiles()) == CHUNK + 10


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01T10:00:00+02:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("1714521600", datetime(2024, 5, 1, tzinfo=UTC)),
        ("1714521600000", datetime(2024, 5, 1, tzinfo=UTC)),
        ("", None),
        ("someday", None),
        ("9" * 15, None),
    ],
)
def test_times_are_read_as_tables_write_them(text: str, time: datetime | None) -> None:
    assert read_time(text) == time
