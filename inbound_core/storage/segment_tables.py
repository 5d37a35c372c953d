"""Tables of segments: their conditions, who is in them, and the attributes that profiles are known to have."""

from sqlalchemy import Column, Index, String, Table, Text

from inbound_core.storage.tables import UtcTime, metadata

segments = Table(
    "segments",
    metadata,
    Column("name", String(150), primary_key=True),
    # The condition as canonical JSON text; a manual segment has none.
    Column("condition", Text),
    Column("created_at", UtcTime, nullable=False),
    # The time up to which windows that end by the clock were followed.
    Column("checked_at", UtcTime, nullable=False),
)

segment_members = Table(
    "segment_members",
    metadata,
    Column("segment", String(150), primary_key=True),
    Column("profile_id", Text, primary_key=True),
    Column("entered_at", UtcTime, nullable=False),
    Index("segments_of_profile", "profile_id"),
)

attribute_types = Table(
    "attribute_types",
    metadata,
    Column("name", Text, primary_key=True),
    Column("type", String(16), primary_key=True),
)

#: What SQLite and PostgreSQL call the types of JSON, in the words of `value_tests.type_of`.
JSON_TYPES = {
    "text": "text",
    "string": "text",
    "integer": "number",
    "real": "number",
    "number": "number",
    "true": "boolean",
    "false": "boolean",
    "boolean": "boolean",
    "array": "list",
    "object": "object",
}
