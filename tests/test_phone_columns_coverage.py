"""Phone columns, every transition: a wrong step anywhere in an automaton is a wrong answer for some number.

Random numbers hardly meet single transitions. So every state of every calling code's automaton is walked to, every
digit is stepped from it, and the digits are completed to a whole number where one can be reached.
"""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest

from inbound_core import read_phone
from inbound_core.columns.national import UNKNOWN_TYPE
from inbound_core.columns.reading import Reader
from inbound_core.columns.table_cache import phone_tables
from inbound_core.columns.tables import PhoneTables
from inbound_core.phone_columns import read_phone_array

#: One string in so many is compared with phonenumbers, unless everything is asked for.
SHARE = 1 if os.environ.get("INBOUND_COVERAGE") == "full" else 12


def completions(tables: PhoneTables) -> dict[int, str]:
    """Give for each state the fewest digits that complete a number there."""
    followers = tables.digit_next.reshape(-1, 16)[:, :10]
    leading: dict[int, list[tuple[int, int]]] = {}
    for state, digit in zip(*np.nonzero(followers), strict=True):
        leading.setdefault(int(followers[state, digit]), []).append((int(state), int(digit)))
    found = {int(state): "" for state in np.flatnonzero(tables.types != UNKNOWN_TYPE)}
    edge = list(found)
    while edge:
        reached = []
        for target in edge:
            for state, digit in leading.get(target, ()):
                if state not in found:
                    found[state] = f"{digit}{found[target]}"
                    reached.append(state)
        edge = reached
    return found


def every_transition(tables: PhoneTables) -> Iterator[str]:
    """Yield an international number for each state and digit of each calling code's automaton."""
    complete = completions(tables)
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        first = int(tables.code_first[code])
        paths = {first: ""}
        edge = [first]
        while edge:
            reached = []
            for state in edge:
                for digit in range(10):
                    target, path = int(tables.digit_next[state << 4 | digit]), f"{paths[state]}{digit}"
                    yield f"+{code}{path}{complete.get(target, '') if target else '5' * (len(path) % 6)}"
                    if target and target not in paths:
                        paths[target] = path
                        reached.append(target)
            edge = reached


def states_reached(tables: PhoneTables) -> set[int]:
    """Give the states that some calling code's automaton can be in."""
    reached = {int(state) for state in tables.code_first if state}
    edge = reached
    while edge:
        edge = {int(tables.digit_next[state << 4 | digit]) for state in edge for digit in range(10)} - reached - {0}
        reached |= edge
    return reached


@pytest.fixture(scope="module")
def transitions() -> list[str]:
    return list(dict.fromkeys(every_transition(phone_tables())))


def answers(texts: list[str]) -> list[tuple[Any, ...]]:
    rows = read_phone_array(pa.array(texts))
    names = ("phone_e164", "phone_valid", "phone_region", "phone_type", "phone_reason")
    return list(zip(*(rows.field(name).to_pylist() for name in names), strict=True))


def test_every_transition_of_every_automaton_answers_as_phonenumbers(transitions: list[str]) -> None:
    texts = transitions[::SHARE]

    wrong = []
    for text, got in zip(texts, answers(texts), strict=True):
        reading = read_phone(text)
        wanted = (reading.e164, reading.valid, reading.region, reading.line_type, str(reading.reason))
        if got != wanted:
            wrong.append((text, got, wanted))

    assert len(transitions) > 100_000
    assert wrong == []


def test_a_single_wrong_transition_is_noticed(transitions: list[str]) -> None:
    tables = phone_tables()
    texts = pa.array(transitions, pa.large_string())
    home, none = np.array([1], np.uint16), np.zeros(1, np.uint16)

    def read(with_tables: PhoneTables) -> tuple[bytes, ...]:
        found = Reader(with_tables).read(texts, home, none).found
        return found.why.tobytes(), found.region.tobytes(), found.type.tobytes()

    right = read(tables)
    source = np.random.default_rng(1)
    complete, reached = completions(tables), states_reached(tables)
    used = [
        place
        for place in np.flatnonzero(tables.digit_next).tolist()
        if place >> 4 in reached and int(tables.digit_next[place]) in complete
    ]
    noticed = 0
    for place in source.choice(used, 20, replace=False).tolist():
        damaged = tables.digit_next.copy()
        damaged[place] = 0
        fields = {name: getattr(tables, name) for name in PhoneTables.__slots__}
        noticed += read(PhoneTables(**{**fields, "digit_next": damaged})) != right

    assert noticed == 20
