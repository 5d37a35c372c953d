"""Queries about an audience: how many people a condition finds, who they are, and what stands in their way."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from inbound_core.profiles import Profile
from inbound_core.storage import people
from inbound_core.storage.json_values import Flag
from inbound_core.storage.tables import profiles


def count(connection: Connection, flag: Flag) -> int:
    """Count the profiles for whom an expression holds."""
    return int(connection.scalar(select(func.count()).select_from(profiles).where(flag)) or 0)


def count_numbers(connection: Connection, flag: Flag) -> int:
    """Count the numbers that they have, a shared one once."""
    return int(connection.scalar(select(func.count(profiles.c.phone_e164.distinct())).where(flag)) or 0)


def count_without_number(connection: Connection, flag: Flag) -> int:
    """Count those of them whose phone could not be read or is missing."""
    return count(connection, flag & profiles.c.phone_e164.is_(None))


def with_number(flag: Flag) -> Flag:
    """Narrow them to those whose phone could be read."""
    return flag & profiles.c.phone_e164.is_not(None)


def ids(connection: Connection, flag: Flag, limit: int | None = None) -> tuple[str, ...]:
    """Give their ids in the order they were first stored."""
    query = select(profiles.c.id).where(flag).order_by(profiles.c.stored_order)
    return tuple(connection.scalars(query if limit is None else query.limit(limit)))


def sample(connection: Connection, flag: Flag, limit: int) -> tuple[Profile, ...]:
    """Give the first of them."""
    return people.by_ids(connection, ids(connection, flag, limit))


def shared_numbers(connection: Connection, flag: Flag, limit: int) -> tuple[tuple[str, int], ...]:
    """Give the numbers that several of them have, with how many have them, most shared first."""
    number, many = profiles.c.phone_e164, func.count()
    query = select(number, many).where(flag, number.is_not(None)).group_by(number).having(many > 1)
    rows = connection.execute(query.order_by(many.desc(), number).limit(limit))
    return tuple((row[0], int(row[1])) for row in rows)


def having_number(connection: Connection, flag: Flag, phones: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give the ids of those of them who have these numbers, by number."""
    query = select(profiles.c.phone_e164, profiles.c.id).where(flag, profiles.c.phone_e164.in_(phones))
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(query.order_by(profiles.c.stored_order)):
        found[row[0]] = (*found.get(row[0], ()), row[1])
    return found
