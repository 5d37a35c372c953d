"""Search: find messages by the words of `search_words`, in the carrier's tables and in the platform's."""

import json
from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Select, func, not_, or_, select, union
from sqlalchemy.engine import Connection

from inbound_core.events import INBOUND_SMS
from inbound_core.storage.tables import events, outbox
from inbound_core.workspace import Workspace
from simulator.carrier import Carrier, CarrierMessage
from simulator.carrier.message_store import as_message
from simulator.carrier.statuses import NOT_DELIVERED
from simulator.carrier.store import to_micros
from simulator.carrier.tables import messages
from simulator.search_words import Search, Term, read_search

Condition = ColumnElement[bool]

#: How many messages a term may mean on the platform's side and still count as few.
_FEW = 2000


def search_messages(
    workspace: Workspace, carrier: Carrier, text: str, limit: int = 50, before: int | None = None
) -> list[CarrierMessage]:
    """Find messages, newest first; the next page begins `before` the last one's `sequence`.

    Raise `SearchError` for a search that cannot be read.
    """
    return find(workspace, carrier, read_search(text, workspace.now()), limit, before)


def find(
    workspace: Workspace,
    carrier: Carrier,
    search: Search,
    limit: int = 50,
    before: int | None = None,
    handset: str | None = None,
) -> list[CarrierMessage]:
    """Find the messages of a search that was read, of one handset or of all."""
    query = select(messages).where(*carrier_conditions(search), *_of_the_platform(workspace, search))
    if handset is not None:
        query = query.where(messages.c.handset == handset)
    if before is not None:
        query = query.where(messages.c.sequence < before)
    query = query.order_by(messages.c.sequence.desc()).limit(limit)
    with carrier.account.store.read() as connection:
        return [as_message(row) for row in connection.execute(query)]


# -- what the carrier knows -------------------------------------------------------------------------------


def carrier_conditions(search: Search) -> list[Condition]:
    """Compile the terms that the carrier's own table answers."""
    terms = [term for term in search.of(*_CARRIER) if not _is_the_platforms(term)]
    return [_turned(term, _CARRIER[term.field](term)) for term in terms]


def _is_the_platforms(term: Term) -> bool:
    """Tell whether only the platform can answer a term."""
    return term.field in ("profile", "keyword") or (term.field, term.value) == ("is", "anonymous")


def _turned(term: Term, condition: Condition) -> Condition:
    return not_(condition) if term.negated else condition


def _number(column: ColumnElement[str | None]) -> Callable[[Term], Condition]:
    def compiled(term: Term) -> Condition:
        value = "".join(char for char in term.value if char.isalnum() or char == "+")
        where = value.startswith("+")
        # A sender that is yet to be picked is nobody's number.
        return func.coalesce(column, "").like(f"{value}%" if where else f"%{value}%")

    return compiled


def _body(term: Term) -> Condition:
    """Compile a word: the body has it, or the other party's number when it is made of digits."""
    spellings = {term.value, term.value.lower(), term.value.upper(), term.value.capitalize()}
    # The database folds case for ASCII only, so other letters are asked for as they are usually written.
    wanted = spellings if not term.value.isascii() else {term.value}
    conditions = [messages.c.body.like(f"%{_escaped(word)}%", escape="\\") for word in sorted(wanted)]
    if len(term.value) > 2 and term.value.lstrip("+").isdigit():
        conditions.append(messages.c.handset.like(f"%{term.value}%"))
    return or_(*conditions)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_IS: dict[str, Condition] = {
    "inbound": messages.c.direction == "inbound",
    "outbound": messages.c.direction != "inbound",
    "failed": messages.c.status.in_(NOT_DELIVERED),
    "twilio": messages.c.origin.in_(("twilio", "network")),
}

_CARRIER: dict[str, Callable[[Term], Condition]] = {
    "": _body,
    "from": _number(messages.c.from_phone),
    "to": _number(messages.c.to_phone),
    "status": lambda term: messages.c.status == term.value,
    "before": lambda term: messages.c.created_at < _micros(term),
    "after": lambda term: messages.c.created_at >= _micros(term),
    "is": lambda term: _IS[term.value],
}


def _micros(term: Term) -> int:
    return 0 if term.at is None else to_micros(term.at)


# -- what the platform knows ------------------------------------------------------------------------------


def _of_the_platform(workspace: Workspace, search: Search) -> Iterable[Condition]:
    """Ask the platform which messages a term means, and hand their sids to the carrier's query."""
    terms = [term for term in search.terms if _is_the_platforms(term)]
    if not terms:
        return
    with workspace.store.read() as connection:
        for term in terms:
            sids = _sids(connection, term)
            values = func.json_each(json.dumps(sids)).table_valued("value")
            # Few are looked up one by one; beside many it is quicker to walk back from the newest message.
            column = messages.c.sid if len(sids) <= _FEW else func.coalesce(messages.c.sid, "")
            yield _turned(term, column.in_(select(values.c.value)))


def _sids(connection: Connection, term: Term) -> list[str | None]:
    return list(connection.scalars(_sid_query(term)))


def _sid_query(term: Term) -> Select[tuple[str | None]]:
    inbound = select(events.c.message_sid).where(events.c.name == INBOUND_SMS)
    if term.field == "keyword":
        return inbound.where(events.c.keyword == term.value.strip().upper())
    if term.field == "is":
        return inbound.where(events.c.profile_id.is_(None))
    sent = select(outbox.c.message_sid).where(outbox.c.profile_id == term.value, outbox.c.message_sid.is_not(None))
    both = union(inbound.where(events.c.profile_id == term.value), sent).subquery()
    return select(both.c.message_sid)
