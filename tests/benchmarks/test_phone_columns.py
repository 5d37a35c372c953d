"""Phone columns at speed: ratios within one run on one core, against phonenumbers row by row.

Rates depend on the machine; ratios hardly do. On one core it is processor time that counts, so that a busy machine
disturbs little. Run all of it with: INBOUND_BENCHMARK=full pytest tests/benchmarks; files of your own are read as well
when INBOUND_BENCHMARK_FILES names them, each with the region of its numbers: hospitals.csv=US:practices.csv=GB
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import phonenumbers
import psutil
import pyarrow as pa
import pytest

from inbound_core import read_phone
from inbound_core.audit import audit_phones
from inbound_core.phone_columns import phone_texts, read_phone_array
from inbound_core.table_files import open_table
from tests.benchmarks.conftest import FULL, ROWS

Tell = Callable[[str], None]

ROUNDS = 5 if FULL else 3
NAIVE_ROWS = 20_000


@pytest.fixture(autouse=True)
def warmed(mixed_column: Any) -> None:
    read_phone_array(mixed_column.slice(0, 70_000))


@pytest.fixture
def one_core() -> Iterator[None]:
    """Keep the process on one core for as long as a test lasts."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


def naive(texts: list[str | None], region: str = "US") -> None:
    """Read texts as anyone would who has phonenumbers: parse, is it possible, is it valid, write it."""
    for text in texts:
        if text is None:
            continue
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            phonenumbers.is_valid_number(number)
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def seconds(work: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    work()
    return clock() - began


def ratio(
    slow: Callable[[], Any], fast: Callable[[], Any], clock: Callable[[], float] = time.process_time
) -> tuple[float, float, float]:
    """Run two works in turn; give the median of the ratios, and the best times of both."""
    pairs = [(seconds(slow, clock), seconds(fast, clock)) for _ in range(ROUNDS)]
    return float(np.median([one / other for one, other in pairs])), min(p[0] for p in pairs), min(p[1] for p in pairs)


@pytest.mark.usefixtures("one_core")
def test_a_column_reads_hundreds_of_times_faster_than_row_by_row(mixed_column: Any, tell: Tell) -> None:
    sample = mixed_column.slice(0, NAIVE_ROWS).to_pylist()
    per_row = len(mixed_column) / len(sample)

    times, slow, fast = ratio(lambda: naive(sample), lambda: read_phone_array(mixed_column))

    rates = f"column {len(mixed_column) / fast:,.0f} rows/s, naive {len(sample) / slow:,.0f} rows/s"
    tell(f"{rates}: {times * per_row:.0f} x")
    assert times * per_row > (200 if FULL else 50)


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize("named", [name for name in os.environ.get("INBOUND_BENCHMARK_FILES", "").split(":") if name])
def test_a_file_of_your_own_reads_hundreds_of_times_faster_than_row_by_row(named: str, tell: Tell) -> None:
    path, _, region = named.partition("=")
    table = open_table(path)
    assert table.guess.phone is not None
    texts = [text for chunk in table.chunks() for text in chunk.column(table.guess.phone).to_pylist()]
    # A file of a few thousand rows is read many times over: the cost of the call would be measured else.
    column = phone_texts(pa.array(texts * max(ROWS // max(len(texts), 1), 1), pa.large_string()))
    sample = texts[:NAIVE_ROWS]

    times, slow, fast = ratio(lambda: naive(sample, region or "US"), lambda: read_phone_array(column, region or "US"))

    rates = f"column {len(column) / fast:,.0f} rows/s, naive {len(sample) / slow:,.0f} rows/s"
    tell(f"{Path(path).name}: {rates}: {times * len(column) / len(sample):.0f} x")
    assert times * len(column) / len(sample) > 50


@pytest.mark.skipif(len(getattr(os, "sched_getaffinity", lambda _: [0])(0)) < 2, reason="needs two cores")
def test_two_threads_read_almost_twice_as_fast(mixed_column: Any, tmp_path: Path, tell: Tell) -> None:
    def singly() -> None:
        read_phone_array(mixed_column)

    with reading_processes(mixed_column, tmp_path) as apart:
        # Two threads are worth what a person waits less. Two processes share nothing but the machine: what they
        # reach tells whether its cores could do more.
        threads, _, _ = ratio(singly, lambda: read_phone_array(mixed_column, threads=2), time.perf_counter)
        processes, _, _ = ratio(singly, apart, time.perf_counter)

    tell(f"two threads {threads:.2f} x, two processes {processes:.2f} x")
    assert threads > (1.8 if FULL else 0.4)


@contextmanager
def reading_processes(column: Any, folder: Path) -> Iterator[Callable[[], None]]:
    """Start two processes that each hold half of a column; give what lets both read theirs and waits for them."""
    half = len(column) // 2
    readers = []
    for number in range(2):
        file = folder / f"half{number}.arrow"
        table = pa.table({"phone": column.slice(number * half, half)})
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        readers.append(
            subprocess.Popen([sys.executable, "-c", READER, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        )

    def read() -> None:
        for reader in readers:
            assert reader.stdin is not None
            reader.stdin.write(b"\n")
            reader.stdin.flush()
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == b"read\n"

    try:
        read()
        yield read
    finally:
        for reader in readers:
            reader.communicate()


READER = """
import sys
import pyarrow as pa
from inbound_core.phone_columns import read_phone_array
column = pa.ipc.open_file(sys.argv[1]).read_all()["phone"].combine_chunks()
for _ in sys.stdin.buffer:
    read_phone_array(column)
    print("read", flush=True)
"""


@pytest.mark.usefixtures("one_core")
def test_one_region_per_row_costs_little_more_than_one_for_all(mixed_column: Any, tell: Tell) -> None:
    # What a row costs depends on who reads it, so each region reads its share of the rows in both ways.
    homes = ("US", "CA", "GB", "DE")
    quarter = len(mixed_column) // len(homes)
    parts = [(mixed_column.slice(number * quarter, quarter), home) for number, home in enumerate(homes)]
    column = pa.concat_arrays([part for part, _ in parts])
    regions = pa.array([home for home in homes for _ in range(quarter)])

    times, _, _ = ratio(
        lambda: read_phone_array(column, regions), lambda: [read_phone_array(part, home) for part, home in parts]
    )

    tell(f"one region per row costs {times:.2f} x")
    assert times < (1.5 if FULL else 3)


@pytest.mark.usefixtures("one_core")
def test_an_audit_at_most_doubles_the_time_of_reading(mixed_column: Any, tell: Tell) -> None:
    table = pa.table({"phone": mixed_column})

    def audited() -> None:
        audit_phones(table, phone="phone", guess_region=False)

    times, _, _ = ratio(audited, lambda: read_phone_array(mixed_column))

    tell(f"an audit takes {times:.2f} x the reading")
    assert times < (2 if FULL else 20)


@pytest.mark.usefixtures("one_core")
def test_one_number_reads_about_as_fast_as_phonenumbers_itself(mixed_column: Any, tell: Tell) -> None:
    texts = [text for text in mixed_column.slice(0, 3000).to_pylist() if text and read_phone(text).valid]

    def theirs() -> None:
        for text in texts:
            number = phonenumbers.parse(text, "US")
            phonenumbers.is_possible_number(number)
            phonenumbers.is_valid_number(number)
            phonenumbers.region_code_for_number(number)
            phonenumbers.number_type(number)
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    times, _, _ = ratio(lambda: [read_phone(text) for text in texts], theirs)

    tell(f"read_phone takes {times:.2f} x phonenumbers' own answers")
    assert times < (1.0 if FULL else 2)


@pytest.mark.usefixtures("one_core")
def test_the_rust_binding_is_left_behind(mixed_column: Any, tell: Tell) -> None:
    rust = pytest.importorskip("rphonenumbers")
    texts = [text for text in mixed_column.slice(0, 100_000).to_pylist() if text]

    def theirs() -> None:
        for text in texts:
            try:
                number = rust.parse(text, "US")
            except Exception:  # noqa: BLE001 - whatever it raises, it read nothing
                continue
            rust.is_valid_number(number)
            rust.format_number(number, rust.PhoneNumberFormat.E164)

    times, _, _ = ratio(theirs, lambda: read_phone_array(pa.array(texts)))

    tell(f"{times:.0f} x rphonenumbers")
    assert times > (15 if FULL else 3)


COMPILING = pytest.mark.skipif(not FULL, reason="compiles for long: INBOUND_BENCHMARK=full")
SOUND, DAMAGED = ("202-555-0123", "020 7946 0123"), ("2025550123.0", "202-555-0123 (home)", "n/a", "12345")


@pytest.mark.parametrize(
    ("rows", "texts"),
    [
        pytest.param(1_000, SOUND, id="of a thousand"),
        pytest.param(
            100_000,
            (*SOUND * 20, DAMAGED[0]),
            id="of a hundred thousand",
            marks=COMPILING,
        ),
        pytest.param(100_000, (*SOUND, *DAMAGED), id="of a hundred thousand, most of them damaged", marks=COMPILING),
    ],
)
def test_the_first_call_of_a_process_comes_soon(tmp_path: Path, tell: Tell, rows: int, texts: tuple[str, ...]) -> None:
    script = (
        "import time; from inbound_core.phone_columns import read_phone_column; began = time.perf_counter();"
        f"read_phone_column(({list(texts)} * {rows})[:{rows}]); print(time.perf_counter() - began)"
    )
    caches = {"NUMBA_CACHE_DIR": str(tmp_path / "numba"), "XDG_CACHE_HOME": str(tmp_path / "user")}

    def first_call() -> float:
        done = subprocess.run(
            [sys.executable, "-c", script], env=os.environ | caches, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    cold, warm = first_call(), min(first_call(), first_call())

    kind = {2: "sound", 6: "most of them damaged"}.get(len(texts), f"one damaged in {len(texts)}")
    tell(f"first call of {rows:,} rows, {kind}: {cold:.2f} s cold, {warm:.2f} s warm")
    assert cold < (6 if FULL else 60)
    assert warm < (1 if FULL else 10)


@pytest.mark.skipif(not FULL, reason="takes minutes: INBOUND_BENCHMARK=full")
def test_fifty_million_rows_in_chunks_keep_memory_and_pace(mixed_column: Any, tell: Tell) -> None:
    process = psutil.Process()
    rates, most = [], 0
    for _ in range(50):
        rates.append(len(mixed_column) / seconds(lambda: read_phone_array(mixed_column)))
        most = max(most, process.memory_info().rss)

    tell(
        f"{50 * len(mixed_column):,} rows, at most {most / 2**30:.2f} GB, {min(rates):,.0f} to {max(rates):,.0f} rows/s"
    )
    assert most < 2 * 2**30
    assert np.median(rates[-10:]) > 0.8 * np.median(rates[:10])


def test_threads_of_the_caller_may_share_the_function(mixed_column: Any) -> None:
    parts = [mixed_column.slice(begin, 20_000) for begin in range(0, 80_000, 20_000)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(read_phone_array, parts))

    assert pa.concat_arrays(answers).equals(read_phone_array(mixed_column.slice(0, 80_000)))
