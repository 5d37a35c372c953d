"""Phone reader: what a reader types and clicks is read by the engine, and each step of it is shown."""

import time

import pytest

from workbench import PhoneReader
from workbench.phone_reader import EXAMPLES


@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    ("example", "shown"),
    [
        ("555-123-4567", "+15551234567"),
        ("020 7183 8750 in GB", "+442071838750"),
        ("020 7183 8750 in US", "too long"),
        ("Decimal tail", "removed a decimal tail"),
        ("Hidden space", "no-break space"),
    ],
)
def test_the_reader_shows_what_the_engine_reads(example: str, shown: str) -> None:
    reader = PhoneReader()
    reader.example(*EXAMPLES[example])

    assert shown in reader.result.value


def test_an_unassigned_number_is_marked_and_not_refused() -> None:
    assert "unassigned" in PhoneReader("555-123-4567").result.value


def test_several_lines_make_a_table_and_a_long_paste_is_cut() -> None:
    reader = PhoneReader("\n".join(["+14155550101"] * 250))

    assert reader.result.value.count("<tr>") == 201
    assert "50 more lines" in reader.result.value


@pytest.mark.parametrize(("lines", "rows"), [(1, 2), (2, 2), (5, 5), (250, 8)])
def test_the_box_is_as_high_as_what_is_typed(lines: int, rows: int) -> None:
    assert PhoneReader("\n".join(["+14155550101"] * lines)).text.rows == rows


def test_a_keystroke_is_answered_at_once_even_with_10_kb_of_junk() -> None:
    reader = PhoneReader()
    reader.text.value = "9" * 10_000
    begun = time.perf_counter()
    reader.text.value = "+1415555010"

    assert time.perf_counter() - begun < 0.05
