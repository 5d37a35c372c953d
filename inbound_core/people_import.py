"""Import: many people at once out of a table, with every row accounted for."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.many_phones import many_phones
from inbound_core.people import InvalidProfile, checked_id
from inbound_core.storage import bulk, history, people
from inbound_core.texts import storable, storable_value
from inbound_core.workspace import Workspace

#: Rows of one transaction: large enough to be quick, small enough that a webhook in between waits little.
CHUNK = 2000

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """Hold one row of a table: its line there, the profile's id, and its attributes as text."""

    line: int
    profile_id: str
    attributes: Mapping[str, Any]
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class RowNote:
    """Say what is wrong with one row, and whether it was stored all the same."""

    line: int
    why: str
    stored: bool


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Count what an import did. `rows` = `created` + `repeated` + the notes that were not stored."""

    rows: int = 0
    created: int = 0
    repeated: int = 0
    phones: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[RowNote, ...] = ()

    @property
    def rejected(self) -> int:
        """Count the rows that were not stored."""
        return sum(not note.stored for note in self.notes)


def import_people(
    workspace: Workspace,
    rows: Iterable[ImportRow],
    progress: Callable[[int], None] | None = None,
    numbers: Collection[str] = (),
) -> ImportReport:
    """Store each row as a profile, or update the profile that has its id already.

    A row without a usable id is not stored and noted; one with an unreadable `created_at` is stored as of now
    and noted. An import that was cut off can be repeated: the same rows give the same profiles. `progress` is
    called with the number of rows done so far. The attributes named by `numbers` are stored as numbers, to be compared
    as such; a cell that is none stays text and is noted.
    """
    counts: Counter[str] = Counter()
    phones: Counter[str] = Counter()
    notes: list[RowNote] = []
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        # Before the transaction, which would keep others waiting meanwhile.
        many_phones.get_ready(len(chunk))
        with workspace.people.writing() as connection:
            _store(workspace, connection, [_with_numbers(row, numbers, notes) for row in chunk], counts, phones, notes)
        if progress is not None:
            progress(counts["rows"])
    return ImportReport(counts["rows"], counts["created"], counts["repeated"], dict(phones), tuple(notes))


def _store(
    workspace: Workspace,
    connection: Connection,
    chunk: list[ImportRow],
    counts: Counter[str],
    phones: Counter[str],
    notes: list[RowNote],
) -> None:
    rows = list(_usable(chunk, notes))
    seen = bulk.known_ids(connection, [profile_id for _, profile_id, _ in rows])
    fresh: list[tuple[str, datetime, dict[str, Any]]] = []
    repeated: list[tuple[ImportRow, str]] = []
    for row, profile_id, created_at in rows:
        if profile_id in seen:
            repeated.append((row, profile_id))
            continue
        seen.add(profile_id)
        fresh.append((profile_id, created_at or workspace.now(), _attributes(row)))
    readings = workspace.people.read_many([attributes for *_, attributes in fresh])
    phones.update(str(reading.status) for reading in readings)
    new = [bulk.NewProfile(*profile, reading) for profile, reading in zip(fresh, readings, strict=True)]
    bulk.add_profiles(connection, new)
    created = (Activity(ActivityKind.PROFILE_CREATED, workspace.now(), f"{p.id} was created.", p.id) for p in new)
    history.add_activities(connection, created)
    workspace.people.follow_new(connection, people.by_ids(connection, [profile.id for profile in new]))
    for row, profile_id in repeated:
        workspace.people.identify_in(connection, profile_id, row.attributes)
    counts.update(rows=len(chunk), created=len(new), repeated=len(repeated))


def _usable(chunk: Iterable[ImportRow], notes: list[RowNote]) -> Iterator[tuple[ImportRow, str, datetime | None]]:
    for row in chunk:
        try:
            profile_id = checked_id(row.profile_id)
        except InvalidProfile as error:
            notes.append(RowNote(row.line, str(error), stored=False))
            continue
        created_at = read_time(row.created_at)
        if created_at is None and row.created_at.strip():
            why = f"created_at is {row.created_at[:40]!r}, which is no time; the time of the import counts."
            notes.append(RowNote(row.line, why, stored=True))
        yield row, profile_id, created_at


def _with_numbers(row: ImportRow, names: Collection[str], notes: list[RowNote]) -> ImportRow:
    read: dict[str, int | float] = {}
    for name in names:
        value = row.attributes.get(name)
        number = read_number(value) if isinstance(value, str) else None
        if number is not None:
            read[name] = number
        elif isinstance(value, str) and value.strip():
            why = f"{name} is {value[:40]!r}, which is no number; it is kept as text."
            notes.append(RowNote(row.line, why, stored=True))
    return replace(row, attributes={**row.attributes, **read}) if read else row


def _attributes(row: ImportRow) -> dict[str, Any]:
    clean = {storable(str(name)): storable_value(value) for name, value in row.attributes.items()}
    return {name: value for name, value in clean.items() if value not in (None, "")}


def read_number(text: str) -> int | float | None:
    """Read a number as tables write it, with a point before decimals; None for anything else.

    >>> read_number("42"), read_number(" 3.50 "), read_number("1,5"), read_number("n/a")
    (42, 3.5, None, None)
    """
    text = text.strip()
    if _NUMBER.fullmatch(text) is None or len(text) > 300:
        return None
    return float(text) if "." in text else int(text)


def read_time(text: str) -> datetime | None:
    """Read a time as tables write it: ISO 8601 (UTC unless it says otherwise) or unix seconds; None if neither.

    >>> read_time("2024-05-01").isoformat()
    '2024-05-01T00:00:00+00:00'
    """
    text = text.strip()
    try:
        if text.isascii() and text.isdecimal() and len(text) >= 9:
            return datetime.fromtimestamp(int(text[:15]) / (1 if len(text) < 12 else 1000), UTC)
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
