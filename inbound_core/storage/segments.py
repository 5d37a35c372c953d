"""Queries about segments: their definitions, who is in them, and who would move, found by the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.condition_json import condition_from_text, condition_to_text
from inbound_core.conditions import Condition, Performed
from inbound_core.segment_records import Move, Segment
from inbound_core.storage import history
from inbound_core.storage.condition_sql import Terms, condition_sql, event_filter, has_column
from inbound_core.storage.prepared import Prepared
from inbound_core.storage.remembered import remembered
from inbound_core.storage.segment_tables import attribute_types, segment_members, segments
from inbound_core.storage.tables import events, profiles
from inbound_core.value_tests import type_of

_CHUNK = 500


def lock(connection: Connection, changes: bool = False) -> None:
    """Let those who follow segments, or change them, come one after the other, each seeing the ones before.

    Taken once in a transaction, by the first call, before rows of profiles are, so that nobody waits in a circle.
    While there are no segments everybody may go on at once, only the first segment waits. SQLite's writers come one
    after the other anyway.
    """
    if connection.dialect.name != "postgresql" or connection.get_execution_options().get(_TAKEN):
        return
    if changes:
        connection.execute(text(_NO_MORE_WITHOUT))
        connection.execute(text(_ALONE))
    elif _some(connection):
        connection.execute(text(_ALONE))
    else:
        connection.execute(text(_WITHOUT))
        if _some(connection):
            # The first segment was saved between the look and the lock.
            connection.execute(text(_ALONE))
    connection.execution_options(**{_TAKEN: True})


#: Two locks, always taken in this order. Of one that is shared first and then wanted alone, all who share it would wait
#: for each other.
_WITHOUT = "SELECT pg_advisory_xact_lock_shared(hashtext('no segments'))"
_NO_MORE_WITHOUT = "SELECT pg_advisory_xact_lock(hashtext('no segments'))"
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('segments'))"
_TAKEN = "inbound_segments_locked"


def _some(connection: Connection) -> bool:
    return connection.execute(select(segments.c.name).limit(1)).first() is not None


_ALL = select(segments).order_by(segments.c.name)


def all_segments(connection: Connection) -> tuple[Segment, ...]:
    """Give the segments by name."""
    return remembered(connection, "segments", _read_segments)


def _read_segments(connection: Connection) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            row.name,
            None if row.condition is None else condition_from_text(row.condition),
            row.created_at,
            row.checked_at,
        )
        for row in connection.execute(_ALL)
    )


def put(connection: Connection, segment: Segment) -> None:
    """Store a segment, or change the one of its name."""
    connection.execute(delete(segments).where(segments.c.name == segment.name))
    values = {
        "name": segment.name,
        "condition": None if segment.condition is None else condition_to_text(segment.condition),
        "created_at": segment.created_at,
        "checked_at": segment.checked_at,
    }
    connection.execute(insert(segments).values(**values))


def remove(connection: Connection, name: str) -> None:
    """Take a segment and its membership away."""
    connection.execute(delete(segment_members).where(segment_members.c.segment == name))
    connection.execute(delete(segments).where(segments.c.name == name))


def checked(connection: Connection, names: Sequence[str], at: datetime) -> None:
    """Note that windows were followed up to a time."""
    if names:
        connection.execute(update(segments).where(segments.c.name.in_(names)).values(checked_at=at))


def members(connection: Connection, name: str, limit: int | None = None) -> tuple[str, ...]:
    """Give the ids of those in a segment, in the order of entering."""
    query = select(segment_members.c.profile_id).where(segment_members.c.segment == name)
    query = query.order_by(segment_members.c.entered_at, segment_members.c.profile_id)
    return tuple(connection.scalars(query if limit is None else query.limit(limit)))


def count(connection: Connection, name: str) -> int:
    """Count those in a segment."""
    query = select(func.count()).select_from(segment_members).where(segment_members.c.segment == name)
    return int(connection.scalar(query) or 0)


_MEMBERSHIP_OF = Prepared(
    select(segment_members.c.segment, segment_members.c.profile_id).where(
        segment_members.c.profile_id == bindparam("key")
    )
)


def membership_of(connection: Connection, ids: Sequence[str]) -> set[tuple[str, str]]:
    """Give the pairs of segment and profile that hold now, for some profiles."""
    if len(ids) == 1:
        return {(name, key) for name, key in _MEMBERSHIP_OF.rows(connection, {"key": ids[0]})}
    found: set[tuple[str, str]] = set()
    for start in range(0, len(ids), _CHUNK):
        some = segment_members.c.profile_id.in_(ids[start : start + _CHUNK])
        rows = connection.execute(select(segment_members.c.segment, segment_members.c.profile_id).where(some))
        found.update((row[0], row[1]) for row in rows)
    return found


def would_enter(
    connection: Connection, name: str, condition: Condition, terms: Terms, among: Select[Any] | None = None
) -> list[tuple[str, str | None]]:
    """Give id and number of those for whom the condition holds and who are not in the segment yet."""
    inside = select(segment_members.c.segment).where(
        segment_members.c.segment == name, segment_members.c.profile_id == profiles.c.id
    )
    query = select(profiles.c.id, profiles.c.phone_e164)
    query = query.where(condition_sql(condition, terms), ~inside.correlate(profiles).exists())
    if among is not None:
        query = query.where(profiles.c.id.in_(among))
    return [(row[0], row[1]) for row in connection.execute(query.order_by(profiles.c.stored_order))]


def would_leave(
    connection: Connection, name: str, condition: Condition, terms: Terms, among: Select[Any] | None = None
) -> list[tuple[str, str | None]]:
    """Give id and number of those in the segment for whom the condition does not hold."""
    query = select(profiles.c.id, profiles.c.phone_e164).join(
        segment_members,
        and_(segment_members.c.profile_id == profiles.c.id, segment_members.c.segment == name),
    )
    query = query.where(condition_sql(~condition, terms))
    if among is not None:
        query = query.where(profiles.c.id.in_(among))
    return [(row[0], row[1]) for row in connection.execute(query.order_by(profiles.c.stored_order))]


def run_out(windows: Sequence[Performed], since: datetime, now: datetime, dialect: str) -> Select[Any]:
    """Select the profiles that have an event which left one of the windows between two times."""
    left = []
    for window in windows:
        assert window.within_span is not None
        counted = event_filter(window, dialect, since - window.within_span)
        left.append(and_(counted, events.c.at < now - window.within_span))
    return select(events.c.profile_id).where(or_(*left))


def next_run_out(connection: Connection, window: Performed, now: datetime) -> datetime | None:
    """Give the next time at which an event may leave a window, or None; only an index is asked, so it may not count."""
    assert window.within_span is not None
    indexed = tuple(asked for asked in window.where if has_column(asked))
    counted = event_filter(replace(window, where=indexed), connection.dialect.name, window.earliest(now))
    first: datetime | None = connection.scalar(select(func.min(events.c.at)).where(counted))
    return None if first is None else first + window.within_span + timedelta(microseconds=1)


_ENTER = Prepared(insert(segment_members), ("segment", "profile_id", "entered_at"))


def apply(connection: Connection, moves: Sequence[Move]) -> None:
    """Write entries and exits into the membership and, each with its cause, into the activity log."""
    leaving: dict[str, list[str]] = {}
    for move in moves:
        if not move.entered:
            leaving.setdefault(move.segment, []).append(move.profile_id)
    for name, ids in leaving.items():
        for start in range(0, len(ids), _CHUNK):
            some = segment_members.c.profile_id.in_(ids[start : start + _CHUNK])
            connection.execute(delete(segment_members).where(segment_members.c.segment == name, some))
    entering = [
        {"segment": move.segment, "profile_id": move.profile_id, "entered_at": move.at}
        for move in moves
        if move.entered
    ]
    if entering:
        _ENTER.run_many(connection, entering)
    history.add_activities(connection, [_activity(move) for move in moves])


def _activity(move: Move) -> Activity:
    kind = ActivityKind.ENTERED_SEGMENT if move.entered else ActivityKind.LEFT_SEGMENT
    data = {"segment": move.segment, "cause": move.cause}
    return Activity(kind, move.at, str(move), move.profile_id, move.phone, None, move.message_sid, data)


def known_attributes(connection: Connection) -> dict[str, frozenset[str]]:
    """Give the attributes that profiles ever had, with the types of their values."""
    found: dict[str, frozenset[str]] = {}
    for row in connection.execute(select(attribute_types)):
        found[row.name] = found.get(row.name, frozenset()) | {row.type}
    return found


def know_attributes(connection: Connection, given: Iterable[Mapping[str, Any]]) -> None:
    """Note the attributes of profiles, and their types, for the checks of conditions."""
    pairs = {(name, type_of(value)) for attributes in given for name, value in attributes.items()}
    if not pairs:
        return
    known = {(row.name, row.type) for row in connection.execute(select(attribute_types))}
    for name, kind in sorted(pairs - known):
        history.add_unless_present(connection, attribute_types, {"name": name, "type": kind})
