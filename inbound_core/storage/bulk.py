"""Queries for many profiles at once: an import reads and writes a thousand in a handful of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from inbound_core.phones import PhoneReading, digits_tail
from inbound_core.storage.tables import profiles


@dataclass(frozen=True, slots=True)
class NewProfile:
    """Hold a profile that is to be stored for the first time, its phone already read."""

    id: str
    created_at: datetime
    attributes: Mapping[str, Any]
    reading: PhoneReading


def known_ids(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Give those of some ids that profiles have."""
    known: set[str] = set()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        known.update(connection.scalars(select(profiles.c.id).where(profiles.c.id.in_(some))))
    return known


def add_profiles(connection: Connection, new: Sequence[NewProfile]) -> None:
    """Store profiles in the order given, which becomes their order of storing."""
    if not new:
        return
    rows = [
        {
            "id": profile.id,
            "created_at": profile.created_at,
            "attributes": dict(profile.attributes),
            "phone_e164": profile.reading.e164,
            "phone_status": str(profile.reading.status),
            "phone_suggested": profile.reading.suggested,
            "phone_tail": digits_tail(profile.reading.raw) or None,
        }
        for profile in new
    ]
    connection.execute(insert(profiles), rows)
