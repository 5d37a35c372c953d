"""Membership: who is in which segment, kept live. A change re-evaluates only what it can touch."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from inbound_core.catalogue import questions
from inbound_core.conditions import Consent, Performed, SharesNumber
from inbound_core.evaluation import Catalogue, Verdict, evaluate
from inbound_core.profiles import Profile
from inbound_core.segment_records import CONSENT, SHARING, Move, Segment, Touch
from inbound_core.storage import people, segments
from inbound_core.storage.condition_sql import Terms
from inbound_core.storage.facts import Needs, facts_of

#: What is told of every move, inside the transaction that makes it.
Listener = Callable[[Connection, Sequence[Move]], None]


class Membership:
    """Follow changes inside the transactions that make them, and the windows that end by the clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.listeners: list[Listener] = []

    def follow(self, connection: Connection, touches: Iterable[Touch]) -> list[Move]:
        """Move in and out of segments whom these changes touch, and tell of it."""
        segments.lock(connection)
        known = segments.all_segments(connection)
        if not known:
            return []
        catalogue = catalogue_of(known)
        moves: list[Move] = []
        for touch in touches:
            moves += self._follow_one(connection, touch, known, catalogue)
        return moves

    def _follow_one(
        self, connection: Connection, touch: Touch, known: Sequence[Segment], catalogue: Catalogue
    ) -> list[Move]:
        reached = [s for s in known if s.condition is not None and touch.reaches(s.condition, catalogue)]
        if not reached:
            return []
        touched = _touched(connection, touch)
        # A window that was followed to a time is not looked at from before it.
        now = max([self._now(), *(segment.checked_at for segment in reached)])
        inside = segments.membership_of(connection, [profile.id for profile in touched])
        conditions = [segment.condition for segment in reached if segment.condition is not None]
        moves = []
        for facts in facts_of(connection, touched, Needs.of(conditions, catalogue, now), now):
            for segment in reached:
                assert segment.condition is not None
                verdict = evaluate(segment.condition, facts, catalogue)
                if verdict.holds != ((segment.name, facts.profile.id) in inside):
                    moves.append(_move(segment, facts.profile, verdict, touch, now))
        self.apply(connection, moves)
        return moves

    def apply(self, connection: Connection, moves: Sequence[Move]) -> None:
        """Write moves down and tell the listeners."""
        if moves:
            segments.apply(connection, moves)
            for listener in self.listeners:
                listener(connection, moves)

    def forget(self, connection: Connection, profile: Profile) -> None:
        """Take a deleted profile out of every segment, and look again at those who shared its number."""
        inside = sorted(name for name, _ in segments.membership_of(connection, [profile.id]))
        cause, now = "the profile was deleted", self._now()
        self.apply(connection, [Move(name, profile.id, False, now, cause, profile.phone_e164) for name in inside])
        self.follow(connection, sharing_touches((profile.phone_e164,)))

    def refresh(
        self,
        connection: Connection,
        concerned: Callable[[Segment, Catalogue], bool],
        cause: str,
        now: datetime,
    ) -> list[Move]:
        """Fill the segments that are concerned anew, the database finding who moves."""
        known = segments.all_segments(connection)
        catalogue = catalogue_of(known)
        terms = Terms(now, connection.dialect.name, catalogue)
        moves: list[Move] = []
        filled = []
        for segment in known:
            condition = segment.condition
            if condition is None or not concerned(segment, catalogue):
                continue
            filled.append(segment.name)
            entering = segments.would_enter(connection, segment.name, condition, terms)
            leaving = segments.would_leave(connection, segment.name, condition, terms)
            why = f"{cause}; {condition}"
            moves += [Move(segment.name, key, True, now, why, phone) for key, phone in entering]
            moves += [Move(segment.name, key, False, now, f"{why}: no", phone) for key, phone in leaving]
        segments.checked(connection, filled, now)
        self.apply(connection, moves)
        return moves

    def refresh_numbers(self, connection: Connection) -> list[Move]:
        """Look at everybody again in segments that ask about numbers, after all phones were read anew."""
        segments.lock(connection)

        def about_numbers(segment: Segment, catalogue: Catalogue) -> bool:
            assert segment.condition is not None
            return any(isinstance(leaf, Consent | SharesNumber) for leaf in questions(segment.condition, catalogue))

        return self.refresh(connection, about_numbers, "the phones were read anew", self._now())

    def behind(self, connection: Connection, now: datetime) -> bool:
        """Tell whether an event left a window by the clock since the last look; that needs no writing."""
        known = segments.all_segments(connection)
        catalogue = catalogue_of(known)
        for segment in known:
            windows = _windows(segment, catalogue)
            if windows and segment.checked_at < now:
                left = segments.run_out(windows, segment.checked_at, now, connection.dialect.name)
                if connection.execute(left.limit(1)).first() is not None:
                    return True
        return False

    def next_run_out(self, connection: Connection, names: Collection[str] | None, now: datetime) -> datetime | None:
        """Give the next time at which the clock alone may move somebody in these segments, or in any; None if never."""
        known = segments.all_segments(connection)
        catalogue = catalogue_of(known)
        windows = [
            window
            for segment in known
            if names is None or segment.name in names
            for window in _windows(segment, catalogue)
        ]
        ends = [segments.next_run_out(connection, window, now) for window in windows]
        return min((end for end in ends if end is not None), default=None)

    def expire(self, connection: Connection, now: datetime) -> list[Move]:
        """Move those whose events left a window, or whose silence became long enough, since the last look.

        Times may be given in any order; one before the last look changes nothing.
        """
        segments.lock(connection, changes=True)
        known = segments.all_segments(connection)
        catalogue = catalogue_of(known)
        moves: list[Move] = []
        followed = []
        for segment in known:
            windows = _windows(segment, catalogue)
            if segment.condition is None or not windows or segment.checked_at >= now:
                continue
            followed.append(segment.name)
            terms = Terms(now, connection.dialect.name, catalogue)
            among = segments.run_out(windows, segment.checked_at, now, terms.dialect)
            arguments = (connection, segment.name, segment.condition, terms, among)
            movers = [key for key, _ in (*segments.would_enter(*arguments), *segments.would_leave(*arguments))]
            moves += self._expired(connection, segment, catalogue, movers, now)
        segments.checked(connection, followed, now)
        self.apply(connection, moves)
        return moves

    def _expired(
        self, connection: Connection, segment: Segment, catalogue: Catalogue, movers: Sequence[str], now: datetime
    ) -> list[Move]:
        """Say for each of those whom the database found why the clock moves them."""
        assert segment.condition is not None
        needs = Needs.of([segment.condition], catalogue, now, whole_history=True)
        known = facts_of(connection, people.by_ids(connection, movers), needs, now)
        told = ((facts, evaluate(segment.condition, facts, catalogue)) for facts in known)
        return [_move(segment, facts.profile, verdict, Touch("time passed"), now) for facts, verdict in told]


def catalogue_of(known: Iterable[Segment]) -> Catalogue:
    """Give the conditions of segments by name."""
    return {segment.name: segment.condition for segment in known}


def sharing_touches(phones: Iterable[str | None]) -> tuple[Touch, ...]:
    """Give the touches on all who share a number that somebody got or gave up."""
    numbers = tuple(dict.fromkeys(phone for phone in phones if phone))
    return (Touch("a number was taken or given up", phones=numbers, topics=frozenset({SHARING})),) if numbers else ()


def consent_touch(phone: str, cause: str, message_sid: str | None) -> Touch:
    """Give the touch of an opt-out or opt-in on all who have the number (R14)."""
    return Touch(cause, phones=(phone,), topics=frozenset({CONSENT}), message_sid=message_sid)


def _windows(segment: Segment, catalogue: Catalogue) -> list[Performed]:
    if segment.condition is None:
        return []
    asked = questions(segment.condition, catalogue)
    return [leaf for leaf in asked if isinstance(leaf, Performed) and leaf.within_span is not None]


def _touched(connection: Connection, touch: Touch) -> tuple[Profile, ...]:
    found = {profile.id: profile for profile in people.by_ids(connection, touch.ids)}
    for phone in touch.phones:
        found.update((profile.id, profile) for profile in people.by_number(connection, phone))
    return tuple(found.values())


def _move(segment: Segment, profile: Profile, verdict: Verdict, touch: Touch, at: datetime) -> Move:
    cause = f"{touch.cause}; {verdict.reason}"
    return Move(segment.name, profile.id, verdict.holds, at, cause, profile.phone_e164, touch.message_sid)
