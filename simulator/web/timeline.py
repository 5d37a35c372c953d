"""Timeline: load what the page's three columns show, a page at a time, from both stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from inbound_core.activity import Activity
from inbound_core.explanation import Explanation
from inbound_core.profiles import Profile
from inbound_core.storage import history, people
from inbound_core.storage.tables import activities, events, profiles
from inbound_core.workspace import Workspace
from simulator import search
from simulator.api_calls import ApiCalls
from simulator.carrier import Carrier, CarrierMessage
from simulator.carrier.directory import scope_of
from simulator.carrier.log_store import as_attempt
from simulator.carrier.message_store import as_message
from simulator.carrier.opt_out import DEFAULT_WORDS, Keyword
from simulator.carrier.tables import attempts, messages
from simulator.search_words import Search
from simulator.web.moments import Moment, arrange, keyword_of
from simulator.web.wire import WireLine, of_attempt, of_call

#: Messages on one page. More would make it heavier than a glance needs.
PAGE = 30
#: Entries that belong to no message, on one page.
LOOSE = 30
#: Conversations in the list of handsets.
HANDSETS = 40


@dataclass(frozen=True, slots=True)
class Handset:
    """Be one line in the list of handsets: the number, whose it is, and the last message."""

    phone: str
    owner: str | None
    last: CarrierMessage | None
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one page of the timeline, oldest first; `older` is where the page before it ends, if there is one."""

    moments: tuple[Moment, ...]
    older: int | None

    @property
    def messages(self) -> int:
        """Count the messages on it."""
        return sum(moment.message is not None for moment in self.moments)

    @property
    def newest_told(self) -> str | None:
        """Give the key of the newest moment that has an explanation."""
        return next((moment.key for moment in reversed(self.moments) if moment.explanation), None)


class Timeline:
    """Ask both stores what happened."""

    def __init__(self, workspace: Workspace, carrier: Carrier, calls: ApiCalls) -> None:
        self._workspace, self._carrier, self._calls = workspace, carrier, calls

    def page(self, handset: str | None, wanted: Search, before: int | None = None) -> Page:
        """Give a page: the newest one, or the one `before` a message's place."""
        found = search.find(self._workspace, self._carrier, wanted, PAGE + 1, before, handset)
        older = found[PAGE - 1].sequence if len(found) > PAGE else None
        shown = found[:PAGE][::-1]
        sids = [message.sid for message in shown]
        since = shown[0].created_at if shown and older is not None else None
        until = self._begin_of_next(before)
        wire, entries = self._wire_of(sids), self._activities_of(sids)
        if not wanted.terms:
            wire += self._loose_calls(handset, since, until)
            entries += self._loose_activities(handset, since, until)
        return Page(tuple(arrange(shown, wire, entries, self._explanations(sids), self._lifting(shown))), older)

    def moment(self, message: CarrierMessage) -> Moment:
        """Give one message with all that belongs to it."""
        sids = [message.sid]
        wire, entries = self._wire_of(sids), self._activities_of(sids)
        (moment,) = arrange([message], wire, entries, self._explanations(sids), self._lifting([message]))
        return moment

    def handsets(self) -> list[Handset]:
        """Give the handsets that wrote or got a message last, the newest first."""
        last = func.max(messages.c.sequence)
        newest = select(last).group_by(messages.c.handset).order_by(last.desc()).limit(HANDSETS)
        query = select(messages).where(messages.c.sequence.in_(newest)).order_by(messages.c.sequence.desc())
        with self._carrier.account.store.read() as connection:
            found = [as_message(row) for row in connection.execute(query)]
        owners = self.owners([message.handset for message in found])
        return [Handset(m.handset, owners.get(m.handset), m, bool(self.opted_out_of(m.handset))) for m in found]

    def last_message(self, handset: str) -> CarrierMessage | None:
        """Give the newest message of a handset, or None."""
        query = select(messages).where(messages.c.handset == handset).order_by(messages.c.sequence.desc()).limit(1)
        with self._carrier.account.store.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else as_message(row)

    def in_use(self, phones: Sequence[str]) -> set[str]:
        """Tell which of some numbers are a handset's already."""
        with self._carrier.account.store.read() as connection:
            query = select(messages.c.handset).where(messages.c.handset.in_(phones)).distinct()
            return set(connection.scalars(query))

    def owners(self, phones: Sequence[str]) -> dict[str, str]:
        """Name who answers for each number: its oldest profile, as people would call it."""
        asked = (profiles.c.id, profiles.c.created_at, profiles.c.stored_order, profiles.c.phone_e164)
        query = select(*asked).where(profiles.c.phone_e164.in_(phones))
        with self._workspace.store.read() as connection:
            found = [Profile(*row[:3], phone_e164=row.phone_e164) for row in connection.execute(query)]
        # The oldest is written last, and so it is the one that stays.
        return {str(owner.phone_e164): owner.id for owner in sorted(found, key=self._seniority, reverse=True)}

    def with_number(self, phone: str) -> list[Profile]:
        """Give the profiles that have a number, the one that answers first."""
        with self._workspace.store.read() as connection:
            owners = people.by_number(connection, phone)
        return sorted(owners, key=self._seniority)

    def _seniority(self, profile: Profile) -> tuple[object, ...]:
        return profile.seniority(self._workspace.policy.tie_break)

    def opted_out_of(self, handset: str) -> list[str]:
        """Name the senders that Twilio lets no message through from, to a handset."""
        scopes = dict.fromkeys(scope_of(number) for number in self._carrier.numbers())
        return [scope for scope in scopes if self._carrier.opted_out(handset, scope)]

    def _lifting(self, shown: Sequence[CarrierMessage]) -> set[str]:
        """Name the messages that lifted an opt-out on Twilio's list: a START whose last word before was a STOP.

        The list itself holds what is in force now, not what was when a message came.
        """
        starts = [message for message in shown if keyword_of(message) is Keyword.START]
        return {message.sid for message in starts if self._keyword_before(message) is Keyword.STOP}

    def _keyword_before(self, message: CarrierMessage) -> Keyword | None:
        """Give the last STOP or START of a handset to the same sender, before one message of it."""
        service, column = message.messaging_service_sid, messages.c.messaging_service_sid
        sender = column == service if service else and_(column.is_(None), messages.c.number == message.number)
        word = func.upper(func.trim(messages.c.body)).in_(list(DEFAULT_WORDS))
        query = select(messages).where(
            messages.c.handset == message.handset,
            messages.c.sequence < message.sequence,
            messages.c.direction == "inbound",
            sender,
            or_(messages.c.opt_out_type.is_not(None), word),
        )
        with self._carrier.account.store.read() as connection:
            found = connection.execute(query.order_by(messages.c.sequence.desc()))
            keywords = (keyword_of(as_message(row)) for row in found)
            return next((one for one in keywords if one in (Keyword.STOP, Keyword.START)), None)

    def _begin_of_next(self, before: int | None) -> datetime | None:
        if before is None:
            return None
        query = select(messages).where(messages.c.sequence >= before).order_by(messages.c.sequence).limit(1)
        with self._carrier.account.store.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else as_message(row).created_at

    def _wire_of(self, sids: Sequence[str]) -> list[WireLine]:
        query = select(attempts).where(attempts.c.message_sid.in_(sids)).order_by(attempts.c.sequence)
        with self._carrier.account.store.read() as connection:
            found = [of_attempt(as_attempt(row)) for row in connection.execute(query)]
        wanted = set(sids)
        return [*found, *(of_call(call) for call in self._calls.every() if call.message_sid in wanted)]

    def _loose_calls(self, handset: str | None, since: datetime | None, until: datetime | None) -> list[WireLine]:
        if handset is not None:
            return []
        inside = [c for c in self._calls.every() if c.message_sid is None and _between(c.at, since, until)]
        return [of_call(call) for call in inside[-LOOSE:]]

    def _activities_of(self, sids: Sequence[str]) -> list[Activity]:
        query = select(activities).where(activities.c.message_sid.in_(sids)).order_by(activities.c.number)
        with self._workspace.store.read() as connection:
            return [history.as_activity(row) for row in connection.execute(query)]

    def _loose_activities(self, handset: str | None, since: datetime | None, until: datetime | None) -> list[Activity]:
        query = select(activities).where(activities.c.message_sid.is_(None))
        if handset is not None:
            ids = [profile.id for profile in self.with_number(handset)]
            query = query.where(or_(activities.c.phone == handset, activities.c.profile_id.in_(ids)))
        if since is not None:
            query = query.where(activities.c.at >= since)
        if until is not None:
            query = query.where(activities.c.at < until)
        query = query.order_by(activities.c.number.desc()).limit(LOOSE)
        with self._workspace.store.read() as connection:
            return [history.as_activity(row) for row in connection.execute(query)][::-1]

    def _explanations(self, sids: Sequence[str]) -> dict[str, Explanation]:
        query = select(events.c.message_sid, events.c.explanation).where(events.c.message_sid.in_(sids))
        with self._workspace.store.read() as connection:
            rows = connection.execute(query).all()
        return {row.message_sid: Explanation.from_dict(row.explanation) for row in rows if row.explanation}


def _between(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)
