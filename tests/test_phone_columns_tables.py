"""Phone columns, the tables: each kind of automaton answers as the regular expression that it stands for."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import phonenumberutil
from phonenumbers.phonemetadata import PhoneMetadata

from inbound_core.columns import table_cache
from inbound_core.columns.candidates import propose
from inbound_core.columns.compiling import entry
from inbound_core.columns.kernel import read_rows
from inbound_core.columns.numbers import numbers_of
from inbound_core.columns.patterns import ALL_DIGITS, Graph, Match, UnknownPattern, digits_of
from inbound_core.columns.prefixes import TRANSFORM, PrefixStates
from inbound_core.columns.table_cache import load_tables, phone_tables, save_tables
from inbound_core.columns.tables import CLASS_WIDTH, REGION_IDS

RULES: Any = phonenumberutil


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"(?!0)1", id="look ahead"),
        pytest.param(r"(1)\1", id="back reference"),
        pytest.param(r"1*?2", id="lazy repetition"),
        pytest.param(r"^1", id="start of text"),
        pytest.param(r"[^1]", id="all but"),
        pytest.param(r"a", id="a letter"),
    ],
)
def test_a_construct_that_the_compiler_was_not_taught_is_refused(pattern: str) -> None:
    graph = Graph(digits_of)

    with pytest.raises(UnknownPattern):
        graph.pattern(pattern, graph.add(Match()))


def test_a_repetition_without_end_reads_any_digit_for_ever() -> None:
    graph = Graph(digits_of)
    node = graph.endless(ALL_DIGITS)

    assert graph.closure([node]) == {node}


def prefix_outcome(states: PrefixStates, first: int, digits: str) -> int:
    state = first
    for digit in digits:
        state = states.next[state][int(digit)]
    return states.outcomes[state]


@settings(deadline=None)
@given(st.data(), st.text("0123456789", max_size=14))
def test_a_prefix_automaton_strips_what_the_pattern_matches(data: st.DataObject, digits: str) -> None:
    region = data.draw(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
    meta = PhoneMetadata.metadata_for_region(region)
    pattern, rule = meta.national_prefix_for_parsing, meta.national_prefix_transform_rule
    if not pattern:
        return
    states = PrefixStates()
    match = re.match(pattern, digits)
    transformed = match is not None and rule is not None and match.lastindex is not None
    transformed = transformed and match is not None and match.group(re.compile(pattern).groups) is not None

    outcome = prefix_outcome(states, states.add(pattern, rule), digits)

    assert outcome == (TRANSFORM if transformed else match.end() if match else 0)


@settings(deadline=None)
@given(st.text("+0123456789 ()-./xXt;,#eanoABCabc\u00a0\uff11\u0661\u2011\uff58", max_size=24))
def test_the_automaton_of_viable_numbers_answers_as_the_pattern(text: str) -> None:
    tables = phone_tables()
    state = 1
    for character in text:
        state = int(tables.viable_next[state * CLASS_WIDTH + int(tables.classes[ord(character)])])

    assert bool(tables.viable_accepts[state]) == bool(RULES._VALID_PHONE_NUMBER_PATTERN.fullmatch(text))


@settings(deadline=None)
@given(st.text("0123456789 -x#,;extn~:.\uff58", max_size=24))
def test_the_automaton_of_extensions_finds_the_leftmost_one(text: str) -> None:
    tables = phone_tables()
    state, found = 1, None
    for place in range(len(text) - 1, -1, -1):
        state = int(tables.extension_next[state * CLASS_WIDTH + int(tables.classes[ord(text[place])])])
        if tables.extension_accepts[state]:
            found = place
    match = RULES._EXTN_PATTERN.search(text)

    assert found == (match.start() if match else None)


@settings(deadline=None)
@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.text("0123456789", min_size=1, max_size=17))
def test_the_automaton_of_national_numbers_knows_region_and_type(region: str, digits: str) -> None:
    tables = phone_tables()
    code = phonenumbers.country_code_for_region(region)
    zeros = min(len(digits) - len(digits.lstrip("0")), len(digits) - 1)
    number = phonenumbers.PhoneNumber(code, int(digits), None, zeros > 0 or None, zeros or None)
    state = int(tables.code_first[code])
    for digit in digits:
        state = int(tables.digit_next[state << 4 | int(digit)])

    found = int(tables.code_region[code]) or int(tables.regions[state])

    assert found == REGION_IDS.get(phonenumbers.region_code_for_number(number), 0)
    assert int(tables.types[state]) == phonenumbers.number_type(number)


def test_tables_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    tables = phone_tables()
    path = tmp_path / "new folder" / "tables.npz"

    save_tables(tables, path)
    loaded = load_tables(path)

    assert loaded is not None
    for field in dataclasses.fields(tables):
        assert np.array_equal(getattr(loaded, field.name), getattr(tables, field.name)), field.name
    assert [file.name for file in path.parent.iterdir()] == ["tables.npz"]


@pytest.mark.parametrize("content", [b"", b"not tables", b"PK\x03\x04 half a file"])
def test_a_damaged_cache_file_is_no_tables(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tables.npz"
    path.write_bytes(content)

    assert load_tables(path) is None
    assert load_tables(tmp_path / "absent.npz") is None


def test_a_cache_folder_that_cannot_be_written_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "a file where the folder should be"
    blocked.write_text("")
    monkeypatch.setattr(table_cache, "cache_file", lambda: blocked / "tables.npz")
    monkeypatch.setattr(table_cache, "compile_tables", phone_tables)

    assert table_cache._phone_tables.__wrapped__() is phone_tables()


def test_without_any_folder_for_machine_code_kernels_are_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    caching: Any = pytest.importorskip("numba.core.caching")
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])

    def double(number: int) -> int:
        return 2 * number

    assert entry(double)(21) == 42
    assert entry(double).stats.cache_path is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "failure"),
    [
        pytest.param("save_overload", OSError(28, "No space left on device"), id="the disk is full"),
        pytest.param("load_overload", EOFError(), id="what was kept is not whole"),
    ],
)
def test_a_folder_for_machine_code_that_fails_costs_time_only(
    monkeypatch: pytest.MonkeyPatch, method: str, failure: Exception
) -> None:
    caching: Any = pytest.importorskip("numba.core.caching")

    def fail(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(caching.FunctionCache, method, fail)

    def treble(number: int) -> int:
        return 3 * number

    assert entry(treble)(7) == 21


def test_machine_code_goes_stale_with_any_module_of_the_package() -> None:
    stamp = read_rows._cache._cache_file._source_stamp  # type: ignore[attr-defined]

    assert re.fullmatch("[0-9a-f]{64}", stamp)
    assert propose._cache._cache_file._source_stamp == stamp  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [([], []), (["+12025550123", None, "+442079460123"], [12025550123, 0, 442079460123]), ([None], [0])],
)
def test_e164_texts_become_numbers_that_sort(texts: list[str | None], numbers: list[int]) -> None:
    assert numbers_of(pa.array(texts, pa.string())).tolist() == numbers
    assert numbers_of(pa.array(["+1", *texts], pa.string()).slice(1)).tolist() == numbers


def test_no_possible_number_is_too_long_for_a_whole_number() -> None:
    tables = phone_tables()
    possible = tables.home_lengths.reshape(-1, 64) == phonenumbers.ValidationResult.IS_POSSIBLE

    longest = [int(np.flatnonzero(lengths).max(initial=0)) for lengths in possible]
    numbers = [int(f"{code}{'9' * length}") for code, length in zip(tables.home_code, longest, strict=True)]

    assert max(numbers) <= np.iinfo(np.int64).max
