"""Tables: one per noun. Times are UTC microseconds since 1970, so that every database orders them alike."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

#: Grows with every change of the tables; a store of a newer version is refused.
SCHEMA_VERSION = 3

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """Keep an aware time as a 64-bit count of microseconds: exact, sortable, without time zones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse a time without zone, which would mean something else on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone. Give an aware time, such as datetime.now(UTC).")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give the time back in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


#: SQLite counts up only plain INTEGER keys.
Serial = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

settings = Table(
    "settings",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("stored_order", Serial, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("phone_e164", String(32)),
    Column("phone_status", String(16), nullable=False),
    Column("phone_suggested", String(32)),
    Column("phone_tail", String(8)),
    Index("profiles_by_number", "phone_e164"),
    Index("profiles_by_suggested", "phone_suggested"),
    Index("profiles_by_tail", "phone_tail"),
    sqlite_autoincrement=True,
)

senders = Table(
    "senders",
    metadata,
    Column("phone", String(64), primary_key=True),
    Column("messaging_service_sid", String(64)),
    Column("inbound_url", Text),
    Column("managed", Integer, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("message_sid", String(64), primary_key=True),
    Column("phone", Text, nullable=False),
    Column("to_phone", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("raw", JSON, nullable=False),
    Index("messages_by_phone", "phone"),
)

events = Table(
    "events",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("profile_id", Text),
    Column("phone", Text),
    Column("cause", Text),
    Column("message_sid", String(64)),
    Column("keyword", Text),
    Column("data", JSON, nullable=False),
    Column("explanation", JSON),
    Index("events_of_profile", "profile_id", "name", "at"),
    Index("events_of_message", "message_sid"),
    Index("events_anonymous", "phone", "at"),
    Index("events_by_keyword", "name", "keyword", "at", "profile_id"),
    Index("events_by_time", "name", "at", "profile_id"),
)

consent_changes = Table(
    "consent_changes",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("phone", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("cause", Text, nullable=False),
    Column("message_sid", String(64)),
    Index("consent_of_pair", "phone", "sender", "at"),
)

activities = Table(
    "activities",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("profile_id", Text),
    Column("phone", Text),
    Column("sender", Text),
    Column("message_sid", String(64)),
    Column("data", JSON, nullable=False),
    Index("activities_of_profile", "profile_id", "number"),
    Index("activities_of_phone", "phone", "number"),
    Index("activities_of_message", "message_sid"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("to_phone", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("profile_id", Text),
    Column("status", String(16), nullable=False),
    Column("message_sid", String(64)),
    Column("error", Text),
    # Since version 2, so every one may be empty: who is handing it over since when, and what it is part of.
    Column("claimed_by", String(64)),
    Column("claimed_at", UtcTime),
    Column("attempts", Integer),
    Column("settled_at", UtcTime),
    Column("carrier_status", String(16)),
    Column("error_code", Integer),
    Column("campaign", String(150)),
    Column("run", BigInteger),
    Column("step", Integer),
    Index("outbox_by_status", "status", "number"),
    Index("outbox_of_message", "message_sid"),
    Index("outbox_of_pair", "to_phone", "sender", "number"),
    Index("outbox_of_campaign", "campaign", "status"),
)
