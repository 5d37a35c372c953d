"""Tables of campaigns: their definitions, each run of one for one profile, its steps, and the replies to them."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from inbound_core.storage.tables import Serial, UtcTime, metadata

campaigns = Table(
    "campaigns",
    metadata,
    Column("name", String(150), primary_key=True),
    Column("definition", Text, nullable=False),
    Column("active", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

campaign_runs = Table(
    "campaign_runs",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("campaign", String(150), nullable=False),
    Column("profile_id", Text, nullable=False),
    # What set it off: a message or an entry into a segment. One trigger starts one run, whatever crashes.
    Column("trigger", Text, nullable=False),
    Column("phone", Text),
    Column("sender", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("event", JSON, nullable=False),
    UniqueConstraint("campaign", "profile_id", "trigger", name="one_run_per_trigger"),
    Index("runs_of_profile", "campaign", "profile_id", "at"),
    Index("runs_of_phone", "campaign", "phone", "at"),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("run", BigInteger, nullable=False),
    Column("step", Integer, nullable=False),
    Column("campaign", String(150), nullable=False),
    Column("due_at", UtcTime, nullable=False),
    # waiting, then queued (an outbox row exists), refused or failed (and why).
    Column("status", String(16), nullable=False),
    Column("outbox_number", BigInteger),
    Column("reason", Text),
    UniqueConstraint("run", "step", name="one_follow_up_per_step"),
    Index("follow_ups_due", "status", "due_at"),
    Index("follow_ups_of_campaign", "campaign", "status"),
)

replies = Table(
    "replies",
    metadata,
    Column("message_sid", String(64), primary_key=True),
    Column("outbox_number", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("opted_out", Integer, nullable=False),
    Index("replies_to", "outbox_number"),
)

#: What the carrier reported of messages whose MessageSid was not stored yet: a report can overtake the answer.
carrier_reports = Table(
    "carrier_reports",
    metadata,
    Column("message_sid", String(64), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("error_code", Integer),
)
