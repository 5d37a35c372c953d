"""Queries about profiles: by id, by number, by what their number looks like."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, func, insert, or_, select, text, update
from sqlalchemy.engine import Connection

from inbound_core.phones import PhoneReading, digits_tail
from inbound_core.profiles import Profile
from inbound_core.storage.prepared import Prepared
from inbound_core.storage.tables import profiles


def lock(connection: Connection, profile_id: str | None = None) -> None:
    """Let those who change one profile come one after the other; without an id let nobody else change any.

    Taken first in a transaction. Who changes many takes one lock for all of them, as a lock for each could be more than
    the server has room for, and two of them could wait in a circle. SQLite's writers come one after the other anyway.
    """
    if connection.dialect.name != "postgresql":
        return
    if profile_id is None:
        connection.execute(text(_EVERYBODY))
        return
    connection.execute(text(_BESIDE_OTHERS))
    connection.execute(text(_ONE), {"key": profile_id})


_EVERYBODY = "SELECT pg_advisory_xact_lock(hashtext('profiles'))"
_BESIDE_OTHERS = "SELECT pg_advisory_xact_lock_shared(hashtext('profiles'))"
_ONE = "SELECT pg_advisory_xact_lock(hashtext('profile'), hashtext(:key))"

#: In the order of the fields of `Profile`.
_COLUMNS = (
    profiles.c.id,
    profiles.c.created_at,
    profiles.c.stored_order,
    profiles.c.attributes,
    profiles.c.phone_e164,
    profiles.c.phone_status,
)


_BY_ID = Prepared(select(*_COLUMNS).where(profiles.c.id == bindparam("key")))
_BY_NUMBER = Prepared(
    select(*_COLUMNS).where(profiles.c.phone_e164 == bindparam("phone")).order_by(profiles.c.stored_order)
)


def by_id(connection: Connection, profile_id: str) -> Profile | None:
    """Give the profile of an id, or None."""
    return next((Profile(*row) for row in _BY_ID.rows(connection, {"key": profile_id})), None)


def by_ids(connection: Connection, ids: Sequence[str]) -> tuple[Profile, ...]:
    """Give the profiles of some ids, in the order they were first stored within each five hundred."""
    if len(ids) == 1:
        return tuple([Profile(*row) for row in _BY_ID.rows(connection, {"key": ids[0]})])
    found: list[Profile] = []
    for start in range(0, len(ids), 500):
        some = profiles.c.id.in_(ids[start : start + 500])
        query = select(*_COLUMNS).where(some).order_by(profiles.c.stored_order)
        found += [_profile(row) for row in connection.execute(query)]
    return tuple(found)


def by_number(connection: Connection, phone: str) -> tuple[Profile, ...]:
    """Give all profiles whose number reads as this E.164 number, in the order they were first stored."""
    return tuple([Profile(*row) for row in _BY_NUMBER.rows(connection, {"phone": phone})])


def resembling(connection: Connection, phone: str, most: int = 50) -> tuple[tuple[Profile, str | None], ...]:
    """Give profiles that do not read as the number but look like it, each with its proposed repair.

    Those come first whose phone a repair would make this number, then those that cannot be read and end in the
    same seven digits, then those that read as another number and end in them (R18).
    """
    tail = digits_tail(phone)
    alike = profiles.c.phone_suggested == phone
    if tail:
        alike = or_(alike, profiles.c.phone_tail == tail)
    other = or_(profiles.c.phone_e164.is_(None), profiles.c.phone_e164 != phone)
    query = select(*_COLUMNS, profiles.c.phone_suggested).where(alike, other)
    likeness = case((profiles.c.phone_suggested == phone, 0), (profiles.c.phone_e164.is_(None), 1), else_=2)
    query = query.order_by(likeness, profiles.c.stored_order).limit(most)
    return tuple((_profile(row), row.phone_suggested) for row in connection.execute(query))


def page(
    connection: Connection, after: int = 0, limit: int = 1000, statuses: Iterable[str] = ()
) -> tuple[Profile, ...]:
    """Give up to `limit` profiles in the order they were first stored, those behind `after`."""
    query = select(*_COLUMNS).where(profiles.c.stored_order > after)
    wanted = tuple(statuses)
    if wanted:
        query = query.where(profiles.c.phone_status.in_(wanted))
    return tuple(_profile(row) for row in connection.execute(query.order_by(profiles.c.stored_order).limit(limit)))


def every(connection: Connection, limit: int = 1000) -> Iterator[Profile]:
    """Walk through all profiles in the order they were first stored, some at a time."""
    after = 0
    while some := page(connection, after, limit):
        yield from some
        after = some[-1].stored_order


def count_by_status(connection: Connection) -> dict[str, int]:
    """Count profiles by how their phone reads."""
    query = select(profiles.c.phone_status, func.count()).group_by(profiles.c.phone_status)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def shared_numbers(connection: Connection, limit: int = 1000) -> tuple[tuple[str, int], ...]:
    """Give the numbers that several profiles have, with how many, most shared first (R11)."""
    count = func.count()
    query = (
        select(profiles.c.phone_e164, count)
        .where(profiles.c.phone_e164.is_not(None))
        .group_by(profiles.c.phone_e164)
        .having(count > 1)
        .order_by(count.desc(), profiles.c.phone_e164)
        .limit(limit)
    )
    return tuple((row[0], int(row[1])) for row in connection.execute(query))


def add(connection: Connection, profile_id: str, created_at: datetime, attributes: Mapping[str, Any]) -> None:
    """Store a new profile, its phone not read yet."""
    values = {
        "id": profile_id,
        "created_at": created_at,
        "attributes": dict(attributes),
        "phone_status": "missing",
    }
    connection.execute(insert(profiles).values(**values))


def change(connection: Connection, profile_id: str, attributes: Mapping[str, Any]) -> None:
    """Replace the attributes of a profile."""
    connection.execute(update(profiles).where(profiles.c.id == profile_id).values(attributes=dict(attributes)))


def keep_readings(connection: Connection, readings: Iterable[tuple[str, PhoneReading]]) -> None:
    """Write beside each profile how its phone reads; the attribute itself is left alone (R10)."""
    rows = [
        {
            "key": profile_id,
            "e164": reading.e164,
            "status": str(reading.status),
            "suggested": reading.suggested,
            "tail": digits_tail(reading.raw) or None,
        }
        for profile_id, reading in readings
    ]
    if rows:
        connection.execute(
            update(profiles)
            .where(profiles.c.id == bindparam("key"))
            .values(
                phone_e164=bindparam("e164"),
                phone_status=bindparam("status"),
                phone_suggested=bindparam("suggested"),
                phone_tail=bindparam("tail"),
            ),
            rows,
        )


def remove(connection: Connection, profile_id: str) -> bool:
    """Delete a profile; tell whether it was there."""
    return connection.execute(delete(profiles).where(profiles.c.id == profile_id)).rowcount == 1


def counts(connection: Connection) -> tuple[int, int]:
    """Count profiles, and those that have something in `phone`."""
    total = func.count()
    with_phone = func.sum(case((profiles.c.phone_status != "missing", 1), else_=0))
    row = connection.execute(select(total, with_phone)).one()
    return int(row[0]), int(row[1] or 0)


def _profile(row: Any) -> Profile:
    return Profile(row.id, row.created_at, row.stored_order, row.attributes, row.phone_e164, row.phone_status)
