"""Migration: a store of an earlier version keeps all it has and can do what is new."""

from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update

from inbound_core import Workspace
from inbound_core.storage import open_store
from inbound_core.storage.segment_tables import attribute_types
from inbound_core.storage.tables import SCHEMA_VERSION, metadata, settings
from tests.stores import SteppingClock, store_url

#: The tables, columns and indexes that came after version 1.
TABLES = (
    "segments",
    "segment_members",
    "attribute_types",
    "campaigns",
    "campaign_runs",
    "follow_ups",
    "replies",
    "carrier_reports",
)
INDEXES = ("events_by_keyword", "events_by_time", "outbox_of_message", "outbox_of_pair", "outbox_of_campaign")
COLUMNS = (
    "claimed_by",
    "claimed_at",
    "attempts",
    "settled_at",
    "carrier_status",
    "error_code",
    "campaign",
    "run",
    "step",
)


def make_version_1(url: str) -> None:
    """Take away what came after version 1, and store a profile with its letters escaped, as version 1 did."""
    with Workspace.open(url, now=SteppingClock()) as workspace:
        workspace.identify("ana", {"plan": "pro", "age": 42, "tags": ["a"]})
    store = open_store(url)
    with store.write() as connection:
        for name in TABLES:
            metadata.tables[name].drop(connection)
        for name in INDEXES:
            connection.execute(text(f"DROP INDEX {name}"))
        for name in COLUMNS:
            connection.execute(text(f"ALTER TABLE outbox DROP COLUMN {name}"))
        row = (
            "INSERT INTO profiles (id, created_at, attributes, phone_status) VALUES ('bob', 0, :attributes, 'missing')"
        )
        connection.execute(text(row), {"attributes": '{"gr\\u00f6\\u00dfe": true}'})
        connection.execute(update(settings).where(settings.c.name == "schema_version").values(value=1))
    store.close()


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_store_of_version_1_gets_what_is_new_and_keeps_its_people(kind: str, tmp_path: Path) -> None:
    with store_url(kind, tmp_path) as url:
        make_version_1(url)
        with Workspace.open(url, now=SteppingClock()) as workspace:
            people = {profile.id: profile.attributes for profile in workspace.profiles()}
            with workspace.store.read() as connection:
                there = inspect(connection)
                tables = set(there.get_table_names())
                columns = {column["name"] for column in there.get_columns("outbox")}
                indexes = {index["name"] for table in ("events", "outbox") for index in there.get_indexes(table)}
                version = connection.scalar(select(settings.c.value).where(settings.c.name == "schema_version"))
                types = {(row.name, row.type) for row in connection.execute(select(attribute_types))}

    assert tables >= set(TABLES)
    assert columns >= set(COLUMNS)
    assert indexes >= set(INDEXES)
    assert version == SCHEMA_VERSION
    assert people == {"ana": {"plan": "pro", "age": 42, "tags": ["a"]}, "bob": {"größe": True}}
    assert types == {("plan", "text"), ("age", "number"), ("tags", "list"), ("größe", "boolean")}
