"""Populations: drawn from a seed, each person by a stream of their own, and counted without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound_core.phones import PhoneStatus, read_phone
from simulator.chance import Chance
from simulator.scenarios import population
from simulator.scenarios.personas import answer_of
from simulator.scenarios.population import Summary, draw_people, play_population


def without_time(summary: Summary) -> dict[str, object]:
    return {name: value for name, value in summary.to_dict().items() if name != "seconds"}


def test_the_same_seed_draws_the_same_people_and_a_larger_population_begins_with_the_smaller():
    few, many = list(draw_people(50, "x")), list(draw_people(200, "x"))

    assert many[:50] == few
    assert list(draw_people(50, "y")) != few


def test_their_numbers_are_nobodys():
    readings = [(person.number, read_phone(person.number)) for person in draw_people(500, "x")]

    assert {reading.status for _, reading in readings} == {PhoneStatus.UNASSIGNED}
    assert all(reading.e164 == number for number, reading in readings)


def test_a_broadcast_and_its_replies_are_the_same_every_time_and_add_up():
    told: list[int] = []
    first = play_population(150, "x", lambda done, total: told.append(done))
    second = play_population(150, "x")

    assert without_time(first) == without_time(second)
    assert first.sent + first.not_sent == first.profiles
    assert first.attributed + first.anonymous == first.replies == sum(first.replies_by_persona.values())
    assert sum(n * count for n, count in first.messages_per_number.items()) == first.heard
    assert 0 < first.segment <= first.attributed
    assert 0 < first.opted_out <= first.replies_by_persona["stop"]
    assert f"{first.people:,}" in str(first)


def test_one_that_may_outgrow_the_quicker_database_plays_the_same_in_the_roomier(monkeypatch: pytest.MonkeyPatch):
    quick = play_population(40, "x")
    monkeypatch.setattr("simulator.scenarios.population._ROOMY", 39)
    opened = []
    world = population.World
    monkeypatch.setattr(population, "World", lambda plot, how: (opened.append(how.database_url), world(plot, how))[1])

    assert without_time(play_population(40, "x")) == without_time(quick)
    assert opened == ["sqlite:///:memory:"]


def test_its_pictures_can_be_drawn():
    assert len(play_population(30, "x").figure().axes) == 3


@given(st.text(max_size=20), st.text(max_size=20), st.integers(0, 5))
def test_no_draw_shifts_another(seed: str, person: str, event: int):
    chance, other = Chance(seed), Chance(seed)
    other.number("something", "else")

    assert chance.number(person, event) == other.number(person, event)
    assert 0 <= chance.number(person, event) < 1


def test_each_persona_answers_in_its_way():
    chance = Chance("x")
    said = {kind: answer_of({"answers": kind}, "ana", 1, chance, "JOIN") for kind in ("yes", "typo", "late", "never")}

    assert said["never"] is None
    assert "JOIN" in said["yes"].body
    assert sorted(said["typo"].body) == sorted("JOIN")
    assert said["typo"].body != "JOIN"
    assert said["late"].after >= 6 * 3600
    assert answer_of({"says": "hi", "after": "4m"}, "ana", 1, chance).after == 240
    assert answer_of({"answers": "yes"}, "ana", 2, chance) is None
