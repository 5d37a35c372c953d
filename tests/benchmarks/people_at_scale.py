"""Many people and a long history, made by the database's own bulk loading, for measuring segments."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from inbound_core.storage import Store
from inbound_core.storage.segment_tables import attribute_types
from inbound_core.storage.tables import consent_changes, events, profiles

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SENDER = "+12025550199"
EVENTS_EACH = 5
_CHUNK = 20_000


def phone_of(number: int) -> str:
    """Give a number under the area code 555, which nobody has."""
    return f"+1555{number:07d}"


def fill(store: Store, many: int, seed: int = 7) -> None:
    """Store `many` profiles, five events each and an opt-out for one in twenty: a fifth on plan pro, 5 % YES."""
    chance = random.Random(seed)
    with store.write() as connection:
        if connection.dialect.name == "sqlite":
            # Without room for the indexes in memory, loading millions takes an hour and not minutes.
            connection.exec_driver_sql("PRAGMA cache_size=-2000000")
        for table, rows in (
            (profiles, _profiles(many, chance)),
            (events, _events(many, chance)),
            (consent_changes, _consent(many, chance)),
        ):
            chunk: list[dict[str, Any]] = []
            for row in rows:
                chunk.append(row)
                if len(chunk) == _CHUNK:
                    connection.execute(insert(table), chunk)
                    chunk = []
            if chunk:
                connection.execute(insert(table), chunk)
        types = [{"name": name, "type": "text"} for name in ("plan", "phone", "first_name")]
        connection.execute(insert(attribute_types), types)
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _profiles(many: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(many):
        plan = "pro" if chance.random() < 0.2 else "free"
        phone = phone_of(number)
        yield {
            "id": f"p{number}",
            "created_at": NOW,
            "attributes": {"first_name": f"Name {number}", "phone": phone, "plan": plan},
            "phone_e164": phone,
            "phone_status": "ready",
        }


def _events(many: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(many * EVENTS_EACH):
        owner = chance.randrange(many)
        word = "YES" if chance.random() < 0.05 else chance.choice(("NO", "", "MORE", "THANKS"))
        yield {
            "id": f"e{number}",
            "name": "inbound_sms",
            "at": NOW - timedelta(seconds=chance.randrange(365 * 86_400)),
            "profile_id": f"p{owner}",
            "phone": phone_of(owner),
            "keyword": word,
            "data": {"keyword": word, "body": word, "from": phone_of(owner), "sender": SENDER},
        }


def _consent(many: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(many):
        if chance.random() < 0.05:
            for state in ("opted_out", "opted_in", "opted_out")[: chance.choice((1, 1, 2, 3))]:
                at = NOW - timedelta(seconds=chance.randrange(100 * 86_400))
                yield {"phone": phone_of(number), "sender": SENDER, "state": state, "at": at, "cause": "keyword"}
