"""Facts: what is known of some profiles, loaded in a handful of queries however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from inbound_core.catalogue import questions
from inbound_core.conditions import Condition, Consent, InSegment, Performed, SharesNumber
from inbound_core.consent import ConsentChange, ConsentLedger, ConsentState
from inbound_core.evaluation import Catalogue, Facts
from inbound_core.events import Event
from inbound_core.profiles import Profile
from inbound_core.storage.prepared import Prepared
from inbound_core.storage.segment_tables import segment_members
from inbound_core.storage.tables import consent_changes, events, profiles

#: Nothing is earlier.
_EVER = datetime.min.replace(tzinfo=UTC)

#: Keys of one query; databases take no endless lists.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Needs:
    """Say which facts some conditions ask for: events by name from a time on, consent, sharing, manual lists."""

    events: frozenset[str] = frozenset()
    earliest: datetime | None = None
    consent: bool = False
    sharing: bool = False
    lists: bool = False

    @classmethod
    def of(
        cls, conditions: Iterable[Condition], catalogue: Catalogue, now: datetime, whole_history: bool = False
    ) -> "Needs":
        """Collect what conditions, and the segments that they lead to, ask for.

        With `whole_history` events before the windows come along, which changes no outcome but tells more.
        """
        asked = [leaf for condition in conditions for leaf in questions(condition, catalogue)]
        counted = [leaf for leaf in asked if isinstance(leaf, Performed)]
        starts = [leaf.earliest(now) for leaf in counted]
        known = [start for start in starts if start is not None]
        return cls(
            events=frozenset(leaf.name for leaf in counted),
            earliest=min(known) if known and len(known) == len(starts) and not whole_history else None,
            consent=any(isinstance(leaf, Consent) for leaf in asked),
            sharing=any(isinstance(leaf, SharesNumber) for leaf in asked),
            lists=any(isinstance(leaf, InSegment) for leaf in asked),
        )


def facts_of(connection: Connection, people: Sequence[Profile], needs: Needs, now: datetime) -> Iterator[Facts]:
    """Give the facts of each profile, in the order given, as far as they are needed."""
    for start in range(0, len(people), _CHUNK):
        chunk = people[start : start + _CHUNK]
        ids = [profile.id for profile in chunk]
        phones = list(dict.fromkeys(profile.phone_e164 for profile in chunk if profile.phone_e164))
        done = _events(connection, ids, needs) if needs.events else {}
        ledger = _consent(connection, phones) if needs.consent else {}
        sharing = _sharing(connection, phones) if needs.sharing else {}
        lists = _lists(connection, ids) if needs.lists else {}
        for profile in chunk:
            phone = profile.phone_e164 or ""
            yield Facts(
                profile,
                now,
                tuple(done.get(profile.id, ())),
                ConsentLedger.of(ledger.get(phone, ())),
                sharing.get(phone, 0),
                frozenset(lists.get(profile.id, ())),
            )


_EVENT = ("id", "name", "at", "profile_id", "data", "message_sid")
_EVENTS_OF_ONE = Prepared(
    select(*(events.c[name] for name in _EVENT))
    .where(
        events.c.profile_id == bindparam("of_profile"),
        events.c.name == bindparam("called"),
        events.c.at >= bindparam("earliest"),
    )
    .order_by(events.c.number)
)


def _events(connection: Connection, ids: list[str], needs: Needs) -> dict[str, list[Event]]:
    if len(ids) == len(needs.events) == 1:
        # So it is with nearly every message.
        (called,) = needs.events
        asked = {"of_profile": ids[0], "called": called, "earliest": needs.earliest or _EVER}
        return {ids[0]: [Event(*row) for row in _EVENTS_OF_ONE.rows(connection, asked)]}
    query = select(events).where(events.c.profile_id.in_(ids), events.c.name.in_(sorted(needs.events)))
    if needs.earliest is not None:
        query = query.where(events.c.at >= needs.earliest)
    found: dict[str, list[Event]] = defaultdict(list)
    for row in connection.execute(query.order_by(events.c.number)):
        found[row.profile_id].append(Event(row.id, row.name, row.at, row.profile_id, row.data, row.message_sid))
    return found


def _consent(connection: Connection, phones: list[str]) -> dict[str, list[ConsentChange]]:
    query = select(consent_changes).where(consent_changes.c.phone.in_(phones)).order_by(consent_changes.c.number)
    found: dict[str, list[ConsentChange]] = defaultdict(list)
    for row in connection.execute(query):
        change = ConsentChange(row.phone, row.sender, ConsentState(row.state), row.at, row.cause, row.message_sid)
        found[row.phone].append(change)
    return found


def _sharing(connection: Connection, phones: list[str]) -> dict[str, int]:
    number = profiles.c.phone_e164
    query: Any = select(number, func.count()).where(number.in_(phones)).group_by(number)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _lists(connection: Connection, ids: list[str]) -> dict[str, list[str]]:
    query = select(segment_members.c.profile_id, segment_members.c.segment)
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query.where(segment_members.c.profile_id.in_(ids))):
        found[row.profile_id].append(row.segment)
    return found
