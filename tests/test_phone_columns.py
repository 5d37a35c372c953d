"""Phone columns: a column reads as its cells do, whatever stands in them (R7-R10)."""

import concurrent.futures
import math
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbound_core import read_phone
from inbound_core.columns import patience, reading
from inbound_core.columns.candidates import propose
from inbound_core.columns.compiling import is_loaded
from inbound_core.phone_columns import (
    BLOCK_ROWS,
    RESULT_COLUMNS,
    ColumnLengthError,
    read_phone_array,
    read_phone_column,
)
from inbound_core.phones import InvalidRegion, PhoneReading
from tests.phone_texts import OTHER_SCRIPTS, Texts, examples

SOME_REGIONS = ("US", "GB", "FR", "BR", "IT", "MX", "AR", "PL", "AG", "RU", "CI", "SM")


@pytest.fixture(scope="module", autouse=True)
def kernels() -> None:
    """Load both kernels, which a column with few doubtful rows would go without."""
    reading.load_kernels()
    assert is_loaded(propose)


def row_of(reading: PhoneReading) -> tuple[Any, ...]:
    repair = None if reading.repair is None else str(reading.repair)
    line = (reading.e164, str(reading.status), str(reading.reason), reading.region, reading.line_type)
    return (*line, reading.valid, reading.suggested, repair)


def rows_of(texts: Sequence[Any], **how: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in read_phone_array(pa.array(texts, pa.string()), **how).to_pylist()]


def differences(texts: list[str], **how: Any) -> list[Any]:
    """Give the texts that a column reads otherwise than `read_phone`, with both answers."""
    pairs = zip(texts, rows_of(texts, **how), strict=True)
    return [
        (text, got, row_of(read_phone(text, **how))) for text, got in pairs if got != row_of(read_phone(text, **how))
    ]


@pytest.mark.rule("R9")
def test_the_documentations_examples_read_as_it_says() -> None:
    frame = read_phone_column(["555-123-4567", "020 7183 8750"], region=["US", "GB"])

    assert frame["phone_e164"].tolist() == ["+15551234567", "+442071838750"]
    assert frame["phone_status"].tolist() == ["unassigned", "reformat"]
    assert frame["phone_valid"].tolist() == [False, True]


def test_every_example_of_every_region_and_type_reads_as_phonenumbers_reads_it() -> None:
    texts = [f"+{example.code}{example.number}" for example in examples()]
    texts += [f"+{example.code} {example.national}" for example in examples()]

    assert len(texts) > 2500
    assert differences(texts) == []


FEW = (
    "4.4207946E+09",
    "020 7946 0123",
    None,
    "",
    " ",
    "12345",
    "+44 (0)20 7946 0123",
    "202-555-0123",
    "n/a",
    "555\xa00100",
)


@pytest.mark.parametrize("missing", [("propose",), ("propose", "read_rows")])
def test_few_rows_read_the_same_before_kernels_are_loaded(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:
    loaded = rows_of(FEW, neighbour="GB")
    kernels = [getattr(reading, name) for name in missing]
    monkeypatch.setattr(reading, "_patience", patience.Patience(len(FEW)))
    monkeypatch.setattr(patience, "is_loaded", lambda kernel: kernel not in kernels)
    monkeypatch.setattr(reading, "ask", asked := Recorded(reading.ask))

    assert rows_of(FEW, neighbour="GB") == loaded
    assert {row[1] for row in loaded} == {"repair", "reformat", "unassigned", "unreadable", "missing"}
    assert asked.rows == [len(FEW) if "read_rows" in missing else 6]


@pytest.mark.parametrize(
    ("is_loaded", "is_at_hand", "asked"),
    [
        pytest.param(True, True, [False, False, False, False], id="none once the kernel is loaded"),
        pytest.param(False, True, [True, False, True, False], id="few where it is kept on disk"),
        pytest.param(False, False, [True, True, True, False], id="some where it must be compiled"),
    ],
)
def test_rows_are_asked_one_by_one_only_while_that_is_quicker_than_a_kernel(
    monkeypatch: pytest.MonkeyPatch, is_loaded: bool, is_at_hand: bool, asked: list[bool]
) -> None:
    monkeypatch.setattr(patience, "is_loaded", lambda _: is_loaded)
    monkeypatch.setattr(patience, "is_at_hand", lambda _: is_at_hand)
    kept = patience.Patience(few=5, some=8)

    assert [kept.lasts(rows, reading.read_rows) for rows in (3, 3, 2, 1)] == asked


class Recorded:
    """Record how many rows were asked of phonenumbers, and ask them."""

    def __init__(self, ask: Any) -> None:
        self.ask = ask
        self.rows: list[int] = []

    def __call__(self, array: Any, rows: Any, *regions: Any) -> Any:
        self.rows.append(len(rows))
        return self.ask(array, rows, *regions)


@pytest.mark.parametrize("region", SOME_REGIONS)
def test_national_examples_read_as_phonenumbers_reads_them_at_home(region: str) -> None:
    assert differences([example.national for example in examples()][::3], region=region) == []


@pytest.mark.parametrize("region", SOME_REGIONS)
def test_nasty_texts_read_as_they_do_one_by_one(region: str) -> None:
    assert differences(Texts(seed=len(region)).take(1500), region=region) == []


@pytest.mark.parametrize(("region", "neighbour"), [("US", "GB"), ("PL", "DE"), ("GB", "US"), ("FR", "FR")])
def test_nasty_texts_with_a_neighbouring_region_read_as_they_do_one_by_one(region: str, neighbour: str) -> None:
    assert differences(Texts(seed=7).take(1500), region=region, neighbour=neighbour) == []


def test_one_region_per_row_reads_each_row_by_its_own() -> None:
    texts = Texts(seed=11).take(3000)
    regions = [SOME_REGIONS[place % len(SOME_REGIONS)] if place % 5 else None for place in range(len(texts))]

    rows = rows_of(texts, region=regions, default_region="DE")

    expected = [read_phone(text, region, "DE") for text, region in zip(texts, regions, strict=True)]
    assert rows == [row_of(reading) for reading in expected]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.text(alphabet="+0123456789 ()-.eE/xor;,\n" + OTHER_SCRIPTS, max_size=30),
            st.from_regex(r"\A\+?[0-9]{5,15}[.,]0+\Z"),
        ).filter(lambda text: text.isascii() or text == text.encode(errors="replace").decode()),
        max_size=20,
    ),
    st.sampled_from(SOME_REGIONS),
)
def test_any_texts_read_as_they_do_one_by_one(texts: list[str], region: str) -> None:
    assert differences(texts, region=region) == []


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.one_of(st.none(), st.integers(), st.floats(), st.binary(max_size=20), st.booleans(), st.text(max_size=20)),
        max_size=20,
    )
)
def test_cells_of_any_type_read_as_they_do_one_by_one(cells: list[Any]) -> None:
    frame = read_phone_column(cells)

    got = [tuple(None if pd.isna(value) else value for value in row) for row in frame.itertuples(index=False)]
    assert got == [row_of(read_phone(cell)) for cell in cells]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pd.Series(["+12025550123", None, "x"], dtype="str"), id="pandas str"),
        pytest.param(pd.Series(["+12025550123", None, "x"], dtype=object), id="pandas object"),
        pytest.param(pd.Series(["+12025550123", None, "x"], dtype="category"), id="pandas category"),
        pytest.param(pd.Series(["+12025550123", None, "x"], dtype=pd.ArrowDtype(pa.string())), id="pandas Arrow"),
        pytest.param(pa.array(["+12025550123", None, "x"]), id="Arrow string"),
        pytest.param(pa.array(["+12025550123", None, "x"], pa.string_view()), id="Arrow string view"),
        pytest.param(pa.array(["+12025550123", None, "x"]).dictionary_encode(), id="Arrow dictionary"),
        pytest.param(pa.chunked_array([["+12025550123"], [None, "x"]]), id="Arrow chunks"),
        pytest.param(pa.chunked_array([["+12025550123"], [None, "x"]]).dictionary_encode(), id="dictionary chunks"),
        pytest.param(pa.array(["n", "+12025550123", None, "x"]).slice(1), id="a slice"),
        pytest.param(["+12025550123", math.nan, "x"], id="a list"),
        pytest.param(iter(["+12025550123", None, b"x"]), id="an iterator"),
    ],
)
def test_a_column_may_come_in_any_shape(column: Any) -> None:
    frame = read_phone_column(column)

    assert frame["phone_status"].tolist() == ["ready", "missing", "unreadable"]
    assert frame["phone_e164"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("values", "dtype", "statuses"),
    [
        pytest.param([2025550123, 442079460123], "int64", ["reformat", "repair"], id="whole numbers"),
        pytest.param([2025550123.0, math.nan], "float64", ["repair", "missing"], id="floats of a spreadsheet"),
        pytest.param([2025550123, None], "Int64", ["reformat", "missing"], id="whole numbers with gaps"),
        pytest.param([None, None], "float64", ["missing", "missing"], id="nothing at all"),
    ],
)
def test_numbers_are_read_as_python_writes_them(values: list[Any], dtype: Any, statuses: list[str]) -> None:
    assert read_phone_column(pd.Series(values, dtype=dtype))["phone_status"].tolist() == statuses


def test_the_answer_keeps_order_and_index() -> None:
    column = pd.Series(["x", "+12025550123"], index=["b", "a"])

    frame = read_phone_column(column)

    assert tuple(frame.columns) == RESULT_COLUMNS
    assert frame.index.tolist() == ["b", "a"]
    assert frame.loc["a", "phone_e164"] == "+12025550123"


def test_an_empty_column_gives_an_empty_frame_with_all_columns() -> None:
    frame = read_phone_column(pd.Series([], dtype=str))

    assert tuple(frame.columns) == RESULT_COLUMNS
    assert len(frame) == 0
    assert len(read_phone_array(pa.array([], pa.string()))) == 0


def test_blocks_and_threads_give_the_same_rows_as_one_go() -> None:
    texts = Texts(seed=3).take(4000) * (2 * BLOCK_ROWS // 4000 + 1)
    column = pa.array(texts, pa.string())

    whole = read_phone_array(column)
    first = read_phone_array(column.slice(0, 4000))

    assert len(whole) == len(texts) > 2 * BLOCK_ROWS
    assert whole.slice(4000, 4000).to_pylist() == first.to_pylist()
    assert read_phone_array(column, threads=2).equals(whole)


def test_the_function_goes_to_another_process_and_answers_there() -> None:
    assert pickle.loads(pickle.dumps(read_phone_array)) is read_phone_array
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(read_phone_array, [pa.array(["+12025550123", None])] * 4))

    assert all(answer.equals(answers[0]) for answer in answers)


@pytest.mark.parametrize("region", ["UK", ["US", "UK"]])
def test_an_unknown_region_names_the_nearest_one(region: Any) -> None:
    with pytest.raises(InvalidRegion, match="GB"):
        read_phone_column(["1", "2"], region=region)


CODES = ["US", "GB", None]
KINDS_OF_COLUMNS: dict[str, Callable[[], Any]] = {
    "list": lambda: list(CODES),
    "generator": lambda: (code for code in CODES),
    "Series": lambda: pd.Series(CODES, index=[7, 8, 9]),
    "Series of objects": lambda: pd.Series(CODES, dtype=object),
    "categorical Series": lambda: pd.Series(CODES, dtype="category"),
    "Index": lambda: pd.Index(CODES),
    "numpy array": lambda: np.array(CODES, dtype=object),
    "numpy array of texts": lambda: np.array(["US", "GB", ""]),
    "Arrow array": lambda: pa.array(CODES),
    "chunked Arrow array": lambda: pa.chunked_array([CODES[:1], CODES[1:]]),
}


@pytest.mark.parametrize("column", KINDS_OF_COLUMNS.values(), ids=KINDS_OF_COLUMNS)
def test_one_region_per_row_may_come_as_any_kind_of_column(column: Callable[[], Any]) -> None:
    phones = pd.Series(["202-555-0123", "020 7946 0123", "202-555-0124"])

    read = phones.phone.read(region=column())
    proposed = phones.phone.read(neighbour=column())

    assert read["phone_e164"].tolist() == ["+12025550123", "+442079460123", "+12025550124"]
    assert proposed["phone_suggested"].dropna().tolist() == ["+442079460123"]


def test_regions_of_another_length_are_refused() -> None:
    with pytest.raises(ColumnLengthError, match="2 phones and 1 regions"):
        read_phone_column(["1", "2"], region=["US"])


def test_no_proposal_is_ever_an_invalid_number() -> None:
    suggested = read_phone_column(Texts(seed=5).take(20_000))["phone_suggested"].dropna()

    assert len(suggested) > 500
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(text)) for text in suggested)


def test_a_status_tells_what_the_other_columns_hold() -> None:
    frame = read_phone_column(Texts(seed=6).take(20_000))
    by_status = frame.groupby("phone_status", observed=True)

    assert by_status["phone_valid"].all().to_dict() == {
        "ready": True, "reformat": True, "unassigned": False, "repair": False, "unreadable": False, "missing": False,
    }  # fmt: skip
    assert (frame["phone_suggested"].notna() == (frame["phone_status"] == "repair")).all()
    assert (frame["phone_repair"].notna() == (frame["phone_status"] == "repair")).all()
    assert frame.loc[frame["phone_status"].isin(["unreadable", "missing"]), "phone_e164"].isna().all()
    assert np.array_equal(frame["phone_reason"] == "ok", frame["phone_valid"])
