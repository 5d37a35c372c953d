"""Questions about segments: who is found, who would move, and why somebody is in one or not. Nothing is changed."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from inbound_core.catalogue import Known, UnknownSegment, check_condition
from inbound_core.condition_checks import LONGEST_WINDOW, spell
from inbound_core.condition_json import condition_from_json, condition_from_text, condition_to_text
from inbound_core.condition_words import opted_out
from inbound_core.conditions import Condition, InSegment
from inbound_core.evaluation import Verdict, evaluate
from inbound_core.membership import catalogue_of
from inbound_core.people import UnknownProfile
from inbound_core.segment_previews import SegmentDiff, SegmentPreview, SharedNumber, WhatIf
from inbound_core.segment_records import Segment
from inbound_core.storage import Store, audience, people, segments, sending
from inbound_core.storage.condition_sql import Terms, condition_sql
from inbound_core.storage.facts import Needs, facts_of
from inbound_core.storage.json_values import Flag
from inbound_core.value_tests import ConditionError

#: A condition in any of its forms.
AnyCondition = Condition | Mapping[str, Any] | str

#: How many ids and profiles a preview names.
SAMPLE = 20


class SegmentQuestions:
    """Ask about the segments of one store, and about conditions before they are saved."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        #: Set by campaigns: the names of those that a segment's entries set off.
        self.campaigns_on: Callable[[Connection, str], tuple[str, ...]] = lambda _connection, _name: ()

    def preview(self, segment: AnyCondition, allow_unknown: bool = False, sample: int = SAMPLE) -> SegmentPreview:
        """Say who a condition, or the segment of a name, finds now: how many, who shares a number, who opted out."""
        with self._store.read() as connection:
            known = self._known(connection)
            condition = self._condition(segment, known, allow_unknown)
            terms = Terms(self._now(), connection.dialect.name, known.catalogue)
            found, out = condition_sql(condition, terms), condition_sql(condition & opted_out(), terms)
            return SegmentPreview(
                condition,
                audience.count(connection, found),
                audience.sample(connection, found, sample),
                audience.count_without_number(connection, found),
                audience.count(connection, out),
                audience.ids(connection, out, sample),
                shared_among(connection, found, sample),
            )

    def diff(self, first: AnyCondition, second: AnyCondition, sample: int = SAMPLE) -> SegmentDiff:
        """Set two segments, by name or as conditions, side by side."""
        with self._store.read() as connection:
            known = self._known(connection)
            one, two = self._condition(first, known), self._condition(second, known)
            terms = Terms(self._now(), connection.dialect.name, known.catalogue)
            only_one, only_two = condition_sql(one & ~two, terms), condition_sql(two & ~one, terms)
            return SegmentDiff(
                str(one) if not isinstance(first, str) else first,
                str(two) if not isinstance(second, str) else second,
                audience.count(connection, only_one),
                audience.count(connection, only_two),
                audience.count(connection, condition_sql(one & two, terms)),
                audience.ids(connection, only_one, sample),
                audience.ids(connection, only_two, sample),
            )

    def what_if(
        self,
        name: str,
        change: AnyCondition | None = None,
        after: timedelta | None = None,
        allow_unknown: bool = False,
        sample: int = SAMPLE,
    ) -> WhatIf:
        """Say who would enter and leave a segment with another condition, or only because time passes.

        Nothing is changed. `after` moves the clock on; both may be given. Raise `ConditionError` for a time that
        is past, of which nothing is known any more, or longer than a window may be.
        """
        if after is not None and not timedelta(0) <= after <= LONGEST_WINDOW:
            raise ConditionError(f"Time passes for at most {LONGEST_WINDOW.days} days, and never backwards.", "after")
        with self._store.read() as connection:
            known = self._known(connection)
            before = self._condition(name, known)
            new = before if change is None else self._condition(change, known, allow_unknown, name)
            now = self._now()
            then = now + (after or timedelta(0))
            terms = Terms(now, connection.dialect.name, known.catalogue)
            later = Terms(then, connection.dialect.name, {**known.catalogue, name: new})
            entering = condition_sql(new, later) & condition_sql(~before, terms)
            leaving = condition_sql(before, terms) & condition_sql(~new, later)
            staying = condition_sql(before, terms) & condition_sql(new, later)
            return WhatIf(
                name,
                _said(change, new, after),
                audience.count(connection, entering),
                audience.count(connection, leaving),
                audience.count(connection, staying),
                audience.ids(connection, entering, sample),
                audience.ids(connection, leaving, sample),
                shared_among(connection, entering, sample),
                self.campaigns_on(connection, name),
            )

    def why(self, profile_id: str, segment: AnyCondition) -> Verdict:
        """Say why a profile is in a segment or not: each question, whether it holds, and what was found.

        Raise `UnknownProfile` and `UnknownSegment`.
        """
        with self._store.read() as connection:
            known = self._known(connection)
            condition = self._condition(segment, known, allow_unknown=True)
            profile = people.by_id(connection, profile_id)
            if profile is None:
                raise UnknownProfile(f"No profile has the id {profile_id!r}, so it is in no segment.")
            now = self._now()
            needs = Needs.of([condition], known.catalogue, now, whole_history=True)
            (facts,) = facts_of(connection, [profile], needs, now)
        return evaluate(condition, facts, known.catalogue)

    def _known(self, connection: Connection) -> Known:
        catalogue = catalogue_of(segments.all_segments(connection))
        senders = sending.all_senders(connection)
        keys = {sender.phone: sender.key for sender in senders}
        return Known(catalogue, segments.known_attributes(connection), frozenset(keys.values()), keys)

    def _find(self, connection: Connection, name: str) -> Segment | None:
        return next((s for s in segments.all_segments(connection) if s.name == name), None)

    def _get(self, connection: Connection, name: str) -> Segment:
        found = self._find(connection, name)
        if found is None:
            names = ", ".join(s.name for s in segments.all_segments(connection)) or "none yet"
            raise UnknownSegment(f"There is no segment {name!r}. There are: {names}.")
        return found

    def _condition(
        self, segment: AnyCondition, known: Known, allow_unknown: bool = False, name: str | None = None
    ) -> Condition:
        if isinstance(segment, str) and not segment.lstrip().startswith("{"):
            if segment not in known.catalogue:
                check_condition(InSegment(segment), known)
            return known.catalogue[segment] or InSegment(segment)
        condition = read_condition(segment)
        check_condition(condition, known, name, allow_unknown)
        return condition


def read_condition(condition: AnyCondition) -> Condition:
    """Read a condition in any of its forms: built by words, a mapping, or JSON text."""
    if isinstance(condition, Condition):
        # By way of its text, so that the limits of what can be stored and found hold for it too.
        return condition_from_text(condition_to_text(condition))
    if isinstance(condition, str):
        return condition_from_text(condition)
    return condition_from_json(condition)


def shared_among(connection: Connection, flag: Flag, limit: int) -> tuple[SharedNumber, ...]:
    """Give the numbers that several people of an audience have, most shared first (R13)."""
    phones = [phone for phone, _ in audience.shared_numbers(connection, flag, limit)]
    owners = audience.having_number(connection, flag, phones) if phones else {}
    return tuple(SharedNumber(phone, owners.get(phone, ())) for phone in phones)


def _said(change: AnyCondition | None, new: Condition, after: timedelta | None) -> str:
    parts = [] if change is None else [f"it asked {new}"]
    if after:
        parts.append(f"{spell(after)} passed")
    return " and ".join(parts) or "nothing changed"
