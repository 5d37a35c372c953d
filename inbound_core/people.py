"""People: how profiles come, change and go, and how their phones are read beside them (R7-R12)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from inbound_core.activity import Activity, ActivityKind
from inbound_core.endings import end_profile
from inbound_core.errors import InboundError
from inbound_core.events import OF_ENTRY, Event, given_id
from inbound_core.many_phones import many_phones
from inbound_core.membership import Membership, sharing_touches
from inbound_core.phones import PhoneReading, read_phone
from inbound_core.policy import Policy
from inbound_core.profiles import Profile
from inbound_core.segment_records import CONSENT, EVERYTHING, SHARING, Touch
from inbound_core.storage import Store, history, people, segments
from inbound_core.table_guesses import known_region
from inbound_core.texts import json_text, storable, storable_value
from inbound_core.workspace_settings import WorkspaceSettings

#: As Customer.io: longer ids are refused.
LONGEST_ID = 150


class InvalidProfile(InboundError, ValueError):
    """Report a profile that cannot be stored, and why."""


class UnknownProfile(InboundError, LookupError):
    """Report an id that no profile has."""


class People:
    """Keep the profiles of one store."""

    def __init__(
        self, store: Store, now: Callable[[], datetime], settings: WorkspaceSettings, membership: Membership
    ) -> None:
        self._store = store
        self._now = now
        self._settings = settings
        self._membership = membership

    @contextmanager
    def writing(self, profile_id: str | None = None) -> Iterator[Connection]:
        """Open a transaction that changes one profile, or many: the segments follow it before the next one begins to.

        It sees what was done before to the same profile. One that changes many goes on alone among all of these.
        """
        with self._store.write() as connection:
            people.lock(connection, profile_id)
            segments.lock(connection)
            self._settings.follow(connection)
            yield connection

    def identify(self, profile_id: str, attributes: Mapping[str, Any], created_at: datetime | None = None) -> Profile:
        """Create a profile, or update the attributes that are given and keep the others.

        An attribute of `""` or None is removed. `created_at` counts the first time only; without it the
        profile is as old as its storing. `phone` stays as given and its reading is kept beside it (R10).
        Raise `InvalidProfile` for an empty or very long id.
        """
        with self.writing(checked_id(profile_id)) as connection:
            return self.identify_in(connection, profile_id, attributes, created_at)

    def identify_in(
        self,
        connection: Connection,
        profile_id: str,
        given: Mapping[str, Any],
        created_at: datetime | None = None,
    ) -> Profile:
        """Identify as part of a transaction that was opened by `writing`."""
        key = checked_id(profile_id)
        clean = {storable(str(name)): storable_value(value) for name, value in given.items()}
        found = people.by_id(connection, key)
        before = dict(found.attributes) if found else {}
        after = {name: value for name, value in {**before, **clean}.items() if value not in (None, "")}
        if found is None:
            people.add(connection, key, created_at or self._now(), after)
            entry = self._entry(ActivityKind.PROFILE_CREATED, f"{key} was created.", key)
        elif json_text(after) == json_text(before):
            # As JSON, because True and 1 are equal in Python and different values to a condition.
            return found
        else:
            people.change(connection, key, after)
            changed = {n: {"from": before.get(n), "to": after.get(n)} for n in clean if _differs(before, after, n)}
            text = f"{key}: {', '.join(sorted(changed))} changed."
            entry = self._entry(ActivityKind.ATTRIBUTE_CHANGED, text, key, changed)
        people.keep_readings(connection, [(key, self.read(after))])
        history.add_activities(connection, [entry])
        stored = people.by_id(connection, key)
        assert stored is not None
        self._follow(connection, found, stored)
        return stored

    def _follow(self, connection: Connection, before: Profile | None, after: Profile) -> None:
        """Let segments follow a profile that was created or changed."""
        segments.know_attributes(connection, [after.attributes])
        if before is None:
            self.follow_new(connection, [after])
            return
        was, now = before.attributes, after.attributes
        names = {n for n in {*was, *now} if _differs(was, now, n)}
        topics = {f"attribute:{name}" for name in names}
        touches: tuple[Touch, ...] = ()
        if before.phone_e164 != after.phone_e164:
            topics |= {CONSENT, SHARING}
            touches = sharing_touches((before.phone_e164, after.phone_e164))
        cause = f"{', '.join(sorted(names))} changed"
        self._membership.follow(connection, [Touch(cause, (after.id,), topics=frozenset(topics)), *touches])

    def follow_new(self, connection: Connection, new: Sequence[Profile]) -> None:
        """Let segments follow profiles that were stored for the first time."""
        segments.know_attributes(connection, [profile.attributes for profile in new])
        ids = tuple(profile.id for profile in new)
        touch = Touch("the profile was created", ids, topics=frozenset({EVERYTHING}))
        self._membership.follow(connection, [touch, *sharing_touches(profile.phone_e164 for profile in new)])

    def delete(self, profile_id: str) -> bool:
        """Delete a profile, and refuse what waits to be sent to it; tell whether it was there."""
        key = _key(profile_id)
        with self.writing(key) as connection:
            found = people.by_id(connection, key)
            if found is not None:
                people.remove(connection, found.id)
                entry = self._entry(ActivityKind.PROFILE_DELETED, f"{found.id} was deleted.", found.id)
                history.add_activities(connection, [entry])
                self._membership.forget(connection, found)
                end_profile(connection, found.id, self._now())
        return found is not None

    def track(
        self,
        profile_id: str,
        name: str,
        data: Mapping[str, Any],
        event_id: str | None = None,
        at: datetime | None = None,
    ) -> bool:
        """Write down a custom event, of now or of an earlier time; with an id it counts once.

        Raise `UnknownProfile`.
        """
        values = {storable(str(key)): storable_value(value) for key, value in data.items()}
        key = _key(profile_id)
        with self.writing(key) as connection:
            found = people.by_id(connection, key)
            if found is None:
                raise UnknownProfile(f"No profile has the id {profile_id!r}. Identify it first.")
            entry = self._entry(ActivityKind.CUSTOM_EVENT, f"{found.id} did {storable(name)!r}.", found.id)
            # The number of the log's newest entry may be that of another event, which is written at this moment.
            number = history.add_activity(connection, entry)
            # What is said to happen in the future happens now.
            happened = entry.at if at is None else min(at, entry.at)
            stored_id = given_id(event_id) if event_id else f"{OF_ENTRY}{number}"
            event = Event(stored_id, storable(name), happened, found.id, values)
            added = history.add_event(connection, event)
            if added:
                self._membership.follow(connection, [Touch(f"did {event.name!r}", (found.id,), event=event)])
            else:
                connection.rollback()
        return added

    def read(self, attributes: Mapping[str, Any]) -> PhoneReading:
        """Read the phone among the attributes, by the country among them where the policy says so (R9, R10)."""
        policy = self._settings.policy
        return read_phone(attributes.get("phone"), _region_of(attributes, policy), policy.default_region)

    def read_many(self, rows: Sequence[Mapping[str, Any]]) -> list[PhoneReading]:
        """Read the phones of many profiles as `read` reads each; quicker after `many_phones.get_ready`."""
        policy = self._settings.policy
        regions = [_region_of(attributes, policy) for attributes in rows]
        return many_phones.read([attributes.get("phone") for attributes in rows], regions, policy.default_region)

    def read_all_phones(self, connection: Connection) -> None:
        """Read every phone anew, after a switch that bears on reading was set."""
        after = 0
        while page := people.page(connection, after):
            readings = self.read_many([profile.attributes for profile in page])
            people.keep_readings(connection, zip([profile.id for profile in page], readings, strict=True))
            after = page[-1].stored_order
        self._membership.refresh_numbers(connection)

    def _entry(self, kind: ActivityKind, text: str, profile_id: str, data: Mapping[str, Any] | None = None) -> Activity:
        return Activity(kind, self._now(), text, profile_id, data=data or {})


def _region_of(attributes: Mapping[str, Any], policy: Policy) -> str | None:
    """Give the region that a profile's own country names, where the policy goes by it."""
    country = attributes.get(policy.region_attribute) if policy.region_attribute else None
    # A country that libphonenumber does not know is no hint; the default stands.
    return known_region(country) if isinstance(country, str) else None


def _differs(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    # As JSON, because True and 1 are equal in Python and different values to a condition.
    return json_text(before.get(name)) != json_text(after.get(name))


def checked_id(profile_id: str) -> str:
    """Give an id as it is stored; raise `InvalidProfile` for an empty or very long one."""
    key = _key(profile_id)
    if not key:
        raise InvalidProfile("A profile needs an id that is not empty. Which column holds the ids?")
    if len(key) > LONGEST_ID:
        raise InvalidProfile(f"The id {key[:40]!r}... has {len(key)} characters; the most is {LONGEST_ID}.")
    return key


def _key(profile_id: object) -> str:
    return storable(str(profile_id)).strip()
