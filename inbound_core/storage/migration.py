"""Migration: bring the tables of a store to this program's version. Everything is added, nothing taken away."""

from collections.abc import Callable

from sqlalchemy import Table, func, insert, inspect, select, text, update
from sqlalchemy.engine import Connection

from inbound_core.storage import campaign_tables, segment_tables
from inbound_core.storage.tables import SCHEMA_VERSION, events, metadata, profiles, settings

#: Importing them is what makes them part of the metadata.
_TABLES = (campaign_tables.campaigns, segment_tables.segments)


def migrate(connection: Connection, found: int | None) -> None:
    """Make or complete the tables and write this program's version beside them."""
    existing = set(inspect(connection).get_table_names())
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        if table.name in existing:
            _complete(connection, table)
    if found is None:
        connection.execute(insert(settings).values(name="schema_version", value=SCHEMA_VERSION))
        return
    for version in range(found + 1, SCHEMA_VERSION + 1):
        if version in _STEPS:
            _STEPS[version](connection)
    changed = update(settings).where(settings.c.name == "schema_version")
    connection.execute(changed.values(value=SCHEMA_VERSION))


def _complete(connection: Connection, table: Table) -> None:
    """Add the columns and indexes that a table has got since it was made."""
    present = {column["name"] for column in inspect(connection).get_columns(table.name)}
    quote = connection.dialect.identifier_preparer.quote
    for column in table.columns:
        if column.name not in present:
            kind = column.type.compile(connection.dialect)
            connection.execute(text(f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(column.name)} {kind}"))
    for index in table.indexes:
        index.create(connection, checkfirst=True)


def _know_attributes(connection: Connection) -> None:
    """Note which attributes the profiles have and of which types, which version 1 did not."""
    if connection.dialect.name == "sqlite":
        _unescape_keys(connection)
    each = func.json_each(profiles.c.attributes).table_valued("key", "type" if _is_sqlite(connection) else "value")
    kind = each.c.type if _is_sqlite(connection) else func.json_typeof(each.c.value)
    found = connection.execute(select(each.c.key, kind).select_from(profiles).join(each, text("true")).distinct())
    names = {(str(name), segment_tables.JSON_TYPES.get(str(kind), str(kind))) for name, kind in found}
    if names:
        rows = [{"name": name, "type": kind} for name, kind in sorted(names)]
        connection.execute(insert(segment_tables.attribute_types), rows)


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _unescape_keys(connection: Connection) -> None:
    """Write anew what version 1 wrote with escapes: SQLite compares keys as they are written."""
    for table, key, column in (
        (profiles, profiles.c.stored_order, profiles.c.attributes),
        (events, events.c.number, events.c.data),
    ):
        escaped = text(f"instr({column.name}, :sign) > 0").bindparams(sign="\\u")
        for row in connection.execute(select(key, column).where(escaped)).all():
            connection.execute(update(table).where(key == row[0]).values({column.name: row[1]}))


#: What a version needs beside its new tables, columns and indexes.
_STEPS: dict[int, Callable[[Connection], None]] = {2: _know_attributes}
