"""Tables: where the fake Twilio keeps its account. Times are whole microseconds since 1970, UTC."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table

from simulator.carrier.statuses import UNFINISHED

metadata = MetaData()


def _numbered(name: str, *columns: Column[object]) -> Table:
    """Make a table whose rows count up in the order of writing."""
    return Table(name, metadata, Column("sequence", Integer, primary_key=True), *columns, sqlite_autoincrement=True)


messages = _numbered(
    "messages",
    Column("sid", String, nullable=False, unique=True),
    Column("direction", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("from_phone", String),
    Column("to_phone", String, nullable=False),
    Column("handset", String, nullable=False),
    Column("number", String),
    Column("body", String, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("messaging_service_sid", String),
    Column("num_segments", Integer, nullable=False),
    Column("num_media", Integer, nullable=False),
    Column("error_code", Integer),
    Column("listed", Boolean, nullable=False),
    Column("opt_out_type", String),
    Column("status_callback", String),
    Column("status_callback_method", String, nullable=False),
    Column("validity_period", Integer, nullable=False),
    Column("send_at", BigInteger),
    Column("tags", String),
    Column("provide_feedback", Boolean, nullable=False),
)
Index("messages_by_handset", messages.c.handset, messages.c.sequence)
Index(
    "messages_unfinished",
    messages.c.status,
    sqlite_where=messages.c.status.in_(UNFINISHED),
)

#: Where deleted messages stood in the order of writing: who deletes while paging goes on from there.
removed_messages = Table(
    "removed_messages",
    metadata,
    Column("sid", String, primary_key=True),
    Column("sequence", Integer, nullable=False),
)

media = _numbered(
    "media",
    Column("sid", String, nullable=False, unique=True),
    Column("message_sid", String, nullable=False, index=True),
    Column("content_type", String, nullable=False),
    Column("url", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

attempts = _numbered(
    "attempts",
    Column("message_sid", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("method", String, nullable=False),
    Column("url", String, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("form", JSON, nullable=False),
    Column("signature_base", String, nullable=False),
    Column("status", Integer),
    Column("response_headers", JSON, nullable=False),
    Column("response_body", String, nullable=False),
    Column("error_code", Integer),
    Column("error", String, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
)

alerts = _numbered(
    "alerts",
    Column("sid", String, nullable=False, unique=True),
    Column("error_code", Integer, nullable=False),
    Column("log_level", String, nullable=False),
    Column("text", String, nullable=False),
    Column("resource_sid", String, nullable=False, index=True),
    Column("request_method", String, nullable=False),
    Column("request_url", String, nullable=False),
    Column("request_variables", String, nullable=False),
    Column("response_headers", String, nullable=False),
    Column("response_body", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("handset", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("since", BigInteger, nullable=False),
)

#: Numbers, services and what else is few and set up by hand: one JSON document per resource.
resources = _numbered(
    "resources",
    Column("sid", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("document", JSON, nullable=False),
)
