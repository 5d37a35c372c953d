"""Segments: named sets of profiles, asked about before they are saved, kept live after (`ws.segments`)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from inbound_core.catalogue import check_condition, leads_to
from inbound_core.conditions import Condition, InSegment
from inbound_core.errors import InboundError
from inbound_core.evaluation import Catalogue
from inbound_core.membership import Membership
from inbound_core.people import UnknownProfile
from inbound_core.segment_questions import AnyCondition, SegmentQuestions, read_condition
from inbound_core.segment_records import Move, Segment, Touch
from inbound_core.storage import Store, people, segments


class SegmentInUse(InboundError, RuntimeError):
    """Report a segment that cannot be deleted because something is defined by it."""


class SegmentKindError(InboundError, TypeError):
    """Report that a data-driven segment was treated as a manual one, or the other way round."""


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """Say what saving a segment came to: who moved in it, and in those that depend on it."""

    segment: Segment
    moves: tuple[Move, ...]

    def __str__(self) -> str:
        entered = sum(move.entered for move in self.moves if move.segment == self.segment.name)
        left = sum(not move.entered for move in self.moves if move.segment == self.segment.name)
        return f"Saved {self.segment}. {entered} entered, {left} left."


class Segments(SegmentQuestions):
    """Keep the segments of one store."""

    def __init__(self, store: Store, now: Callable[[], datetime], membership: Membership) -> None:
        super().__init__(store, now)
        self._membership = membership
        #: Set by campaigns: the names of those that are defined by a segment.
        self.campaigns_asking: Callable[[Connection, str], tuple[str, ...]] = lambda _connection, _name: ()

    # -- definitions ------------------------------------------------------------------------------------

    def save(self, name: str, condition: AnyCondition, allow_unknown: bool = False) -> SavedSegment:
        """Save a data-driven segment, new or changed, and fill it; all of it happens or nothing.

        `condition` is built by words, or JSON as a mapping or text. With `allow_unknown` it may ask about
        attributes that no profile has had yet. Raise `ConditionError` leaves, each naming the place.
        """
        read = read_condition(condition)
        with self._store.write() as connection:
            segments.lock(connection, changes=True)
            known = self._known(connection)
            clean = InSegment(name).name
            if clean in known.catalogue and known.catalogue[clean] is None:
                raise SegmentKindError(f"{clean!r} is a manual segment. Delete it first, or take another name.")
            check_condition(read, known, clean, allow_unknown)
            now = self._now()
            before = self._find(connection, clean)
            segment = Segment(clean, read, before.created_at if before else now, now)
            segments.put(connection, segment)

            def concerned(other: Segment, catalogue: Catalogue) -> bool:
                assert other.condition is not None
                return other.name == clean or clean in leads_to(other.condition, catalogue)

            moves = self._membership.refresh(connection, concerned, f"the segment {clean} was saved", now)
        return SavedSegment(segment, tuple(moves))

    def save_manual(self, name: str, profile_ids: Iterable[str] = ()) -> SavedSegment:
        """Save a manual segment with these profiles; one that exists gets them added."""
        with self._store.write() as connection:
            segments.lock(connection, changes=True)
            clean, now = InSegment(name).name, self._now()
            segment = self._find(connection, clean) or Segment(clean, None, now, now)
            if segment.condition is not None:
                raise SegmentKindError(f"{clean!r} is data-driven: change its condition instead.")
            segments.put(connection, segment)
            moves = self._change_list(connection, clean, tuple(profile_ids), True)
        return SavedSegment(segment, tuple(moves))

    def add(self, name: str, profile_ids: Iterable[str]) -> tuple[Move, ...]:
        """Add profiles to a manual segment. Raise `UnknownProfile`, `UnknownSegment`, `SegmentKindError`."""
        return self._listed(name, tuple(profile_ids), True)

    def remove(self, name: str, profile_ids: Iterable[str]) -> tuple[Move, ...]:
        """Take profiles off a manual segment; those who are not on it change nothing."""
        return self._listed(name, tuple(profile_ids), False)

    def delete(self, name: str) -> None:
        """Delete a segment. Raise `SegmentInUse` while another segment or a campaign is defined by it."""
        with self._store.write() as connection:
            segments.lock(connection, changes=True)
            self._get(connection, name)
            users = [s.name for s in segments.all_segments(connection) if s.condition and _names(s.condition, name)]
            users += self.campaigns_asking(connection, name)
            if users:
                raise SegmentInUse(f"{name!r} is used by {', '.join(users)}. Change or delete these first.")
            segments.remove(connection, name)

    # -- who is in it -----------------------------------------------------------------------------------

    def all(self) -> list[Segment]:
        """Give the segments by name."""
        with self._store.read() as connection:
            return list(segments.all_segments(connection))

    def get(self, name: str) -> Segment:
        """Give one segment; raise `UnknownSegment`."""
        with self._store.read() as connection:
            return self._get(connection, name)

    def members(self, name: str, limit: int | None = None) -> list[str]:
        """Give the ids of those in a segment now, in the order of entering."""
        self.expire()
        with self._store.read() as connection:
            self._get(connection, name)
            return list(segments.members(connection, name, limit))

    def count(self, name: str) -> int:
        """Count those in a segment now."""
        self.expire()
        with self._store.read() as connection:
            self._get(connection, name)
            return segments.count(connection, name)

    def of(self, profile_id: str) -> list[str]:
        """Name the segments that a profile is in now."""
        self.expire()
        with self._store.read() as connection:
            return sorted(name for name, _ in segments.membership_of(connection, [profile_id]))

    def expire(self, now: datetime | None = None) -> list[Move]:
        """Move those whose events left a window by the clock since the last look, and give the moves."""
        at = now or self._now()
        with self._store.read() as connection:
            if not self._membership.behind(connection, at):
                return []
        with self._store.write() as connection:
            return self._membership.expire(connection, at)

    def next_end(self) -> datetime | None:
        """Give the time at which `expire` has something to look at next; None when no window holds any event."""
        with self._store.read() as connection:
            return self._membership.next_run_out(connection, None, self._now())

    # -- inside -----------------------------------------------------------------------------------------

    def _listed(self, name: str, profile_ids: tuple[str, ...], entering: bool) -> tuple[Move, ...]:
        with self._store.write() as connection:
            segments.lock(connection, changes=True)
            return tuple(self._change_list(connection, name, profile_ids, entering))

    def _change_list(self, connection: Connection, name: str, ids: tuple[str, ...], entering: bool) -> list[Move]:
        if self._get(connection, name).condition is not None:
            raise SegmentKindError(f"{name!r} is data-driven: its condition decides who is in it.")
        found = {profile.id: profile for profile in people.by_ids(connection, list(dict.fromkeys(ids)))}
        missing = [key for key in ids if key not in found]
        if missing:
            raise UnknownProfile(f"No profile has the id {missing[0]!r}. Nobody was added; identify it first.")
        inside = segments.membership_of(connection, list(found))
        cause = "added by hand" if entering else "taken off by hand"
        now = self._now()
        moves = [
            Move(name, profile.id, entering, now, cause, profile.phone_e164)
            for profile in found.values()
            if ((name, profile.id) in inside) != entering
        ]
        self._membership.apply(connection, moves)
        moved = tuple(move.profile_id for move in moves)
        touch = Touch(
            f"{cause} to {name}" if entering else f"{cause} {name}", moved, topics=frozenset({f"list:{name}"})
        )
        return moves + (self._membership.follow(connection, [touch]) if moves else [])


def _names(condition: Condition, name: str) -> bool:
    return any(isinstance(leaf, InSegment) and leaf.name == name for leaf in condition.leaves())
