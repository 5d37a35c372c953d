"""Conditions in the database: for any people and any history it answers as plain Python does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from inbound_core.condition_words import attribute, event, in_segment, opted_out, replied, shares_number
from inbound_core.conditions import Condition
from inbound_core.consent import ConsentChange, ConsentState
from inbound_core.evaluation import Catalogue, evaluate
from inbound_core.events import Event
from inbound_core.phones import read_phone
from inbound_core.storage import Store, history, open_store, people
from inbound_core.storage.condition_sql import Terms, condition_sql
from inbound_core.storage.facts import Needs, facts_of
from inbound_core.storage.segment_tables import segment_members
from inbound_core.storage.tables import consent_changes, events, profiles
from tests.made_conditions import EVENTS, LISTS, NOW, ages, attributes, conditions, event_data
from tests.stores import SENDER, SERVICE, store_url

PHONES = ("+12025550101", "+12025550102", "+12025550103")


@dataclass(frozen=True)
class Person:
    attributes: dict[str, Any]
    phone: str | None
    done: list[tuple[str, timedelta, dict[str, Any]]]
    listed: bool


@dataclass(frozen=True)
class World:
    people: list[Person]
    consent: list[tuple[str, str, ConsentState, timedelta]]


persons = st.builds(
    Person,
    attributes,
    st.none() | st.sampled_from(PHONES),
    st.lists(st.tuples(st.sampled_from(EVENTS), ages, event_data), max_size=4),
    st.booleans(),
)
worlds = st.builds(
    World,
    st.lists(persons, min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.sampled_from(PHONES),
            st.sampled_from([SENDER, SERVICE]),
            st.sampled_from([ConsentState.OPTED_OUT, ConsentState.OPTED_IN]),
            ages,
        ),
        max_size=4,
    ),
)


def fill(store: Store, world: World) -> None:
    with store.write() as connection:
        for table in (profiles, events, consent_changes, segment_members):
            connection.execute(delete(table))
        for number, person in enumerate(world.people):
            key = f"p{number}"
            people.add(connection, key, NOW, person.attributes)
            people.keep_readings(connection, [(key, read_phone(person.phone))])
            for order, (name, age, data) in enumerate(person.done):
                history.add_event(connection, Event(f"{key}-{order}", name, NOW - age, key, data))
            if person.listed:
                row = {"segment": LISTS[0], "profile_id": key, "entered_at": NOW}
                connection.execute(insert(segment_members).values(**row))
        for phone, sender, state, age in world.consent:
            history.add_consent(connection, [ConsentChange(phone, sender, state, NOW - age, "test")])


def by_database(store: Store, condition: Condition, catalogue: Catalogue) -> set[str]:
    with store.read() as connection:
        terms = Terms(NOW, connection.dialect.name, catalogue)
        return set(connection.scalars(select(profiles.c.id).where(condition_sql(condition, terms))))


def by_python(store: Store, condition: Condition, catalogue: Catalogue) -> set[str]:
    with store.read() as connection:
        needs = Needs.of([condition], catalogue, NOW)
        known = list(facts_of(connection, list(people.every(connection)), needs, NOW))
    return {facts.profile.id for facts in known if evaluate(condition, facts, catalogue).holds}


@pytest.fixture(scope="module", params=["memory", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("store")
    with store_url(request.param, folder) as url:
        opened = open_store(url)
        yield opened
        opened.close()


@given(world=worlds, condition=conditions(("vip", "inner")), inner=conditions(("vip",)))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_answers_as_plain_python_does(
    store: Store, world: World, condition: Condition, inner: Condition
) -> None:
    catalogue: Catalogue = {"vip": None, "inner": inner}
    fill(store, world)

    assert by_database(store, condition, catalogue) == by_python(store, condition, catalogue)
    everybody = {f"p{number}" for number in range(len(world.people))}
    assert by_database(store, ~condition, catalogue) == everybody - by_database(store, condition, catalogue)


EDGE = timedelta(days=30)
ONE_OF_EACH = World(
    [
        Person({"plan": "pro", "age": 42}, PHONES[0], [("inbound_sms", EDGE, {"keyword": "YES", "body": "Yes"})], True),
        Person({"plan": "Pro", "age": "42"}, PHONES[0], [("inbound_sms", EDGE * 2, {"keyword": "YES"})], False),
        Person({"größe": True}, None, [("bought", timedelta(0), {"amount": 9.5, "keyword": 5})], False),
    ],
    [(PHONES[1], SENDER, ConsentState.OPTED_OUT, EDGE), (PHONES[0], SENDER, ConsentState.OPTED_OUT, timedelta(0))],
)


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        pytest.param(attribute("plan").equals("pro"), {"p0"}, id="a text"),
        pytest.param(attribute("plan").contains("RO"), {"p0", "p1"}, id="a part of a text"),
        pytest.param(attribute("age").at_least(42), {"p0"}, id="a number"),
        pytest.param(attribute("größe").equals(True), {"p2"}, id="true, under a name with other letters"),
        pytest.param(replied("yes").within(days=30), {"p0"}, id="on the edge of a window"),
        pytest.param(~replied("yes").within(days=30), {"p1", "p2"}, id="not in a window"),
        pytest.param(event("bought").filtered("amount", greater_than=9), {"p2"}, id="a property of an event"),
        pytest.param(opted_out(SENDER), {"p0", "p1"}, id="opted out with the number"),
        pytest.param(~opted_out(SENDER), {"p2"}, id="without a number nothing is opted out"),
        pytest.param(shares_number(), {"p0", "p1"}, id="sharing a number"),
        pytest.param(in_segment("vip"), {"p0"}, id="on a manual list"),
    ],
)
def test_each_kind_of_question_finds_its_people(store: Store, condition: Condition, who: set[str]) -> None:
    fill(store, ONE_OF_EACH)

    assert by_database(store, condition, {"vip": None}) == who
    assert by_python(store, condition, {"vip": None}) == who
