"""Search words: what people type to find messages, read into terms. One reading for page, HTTP API and Python.

`from: to: profile: status: keyword: before: after: is:` and plain words; a leading `-` turns a term round, and
double quotes hold words together.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inbound_core.errors import InboundError

#: What may stand before a colon, with what it asks for.
FIELDS = {
    "from": "who wrote: a number or a part of it",
    "to": "who was written to: a number or a part of it",
    "profile": "whose message it is: the id of a profile",
    "status": "how far it came: received, sent, delivered, undelivered, failed, ...",
    "keyword": "what it asked for: a word such as STOP",
    "before": "when, at the latest: 2026-03-02, 2026-03-02T09:00, or 2h (ago)",
    "after": "when, at the earliest: as before:",
    "is": "anonymous, inbound, outbound, failed or twilio",
}
KINDS = ("anonymous", "inbound", "outbound", "failed", "twilio")

#: Longer searches are no searches; a limit keeps a pasted book from becoming one.
LONGEST = 1000

_TERM = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S+))')
_AGO = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class SearchError(InboundError, ValueError):
    """Report a search that cannot be read, naming the term at fault and what would do."""


@dataclass(frozen=True, slots=True)
class Term:
    """Be one condition: `field` is a name of `FIELDS`, or empty for a word of the body."""

    field: str
    value: str
    negated: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """Hold the terms of a search; a message is found when all of them hold."""

    text: str = ""
    terms: tuple[Term, ...] = ()

    def of(self, *fields: str) -> Iterable[Term]:
        """Give the terms of some fields."""
        return (term for term in self.terms if term.field in fields)


def read_search(text: str, now: datetime) -> Search:
    """Read a search. `now` is what `before:2h` counts back from.

    Raise `SearchError` for a word before a colon that is nearly a field, a time or kind that is none, and a
    search that is too long.

    >>> [(t.field, t.value, t.negated) for t in read_search('from:+1202 -stop', datetime.now(UTC)).terms]
    [('from', '+1202', False), ('', 'stop', True)]
    """
    if len(text) > LONGEST:
        raise SearchError(f"The search has {len(text):,} characters; the most is {LONGEST:,}.")
    terms = []
    for found in _TERM.finditer(text):
        minus, field, quoted, plain = found.groups()
        value = plain if quoted is None else quoted
        if field is None:
            terms.append(Term("", value, bool(minus)))
        elif field.lower() in FIELDS:
            terms.append(_field_term(field.lower(), value, bool(minus), now))
        else:
            _refuse_near_field(field)
            terms.append(Term("", f"{field}:{value}", bool(minus)))
    return Search(text.strip(), tuple(term for term in terms if term.value))


def _field_term(field: str, value: str, negated: bool, now: datetime) -> Term:
    if field in ("before", "after"):
        return Term(field, value, negated, _time(field, value, now))
    if field == "is" and value.lower() not in KINDS:
        near = difflib.get_close_matches(value.lower(), KINDS, 1)
        hint = f" Did you mean is:{near[0]}?" if near else ""
        raise SearchError(f"is:{value} is nothing to search for.{hint} There are: {', '.join(KINDS)}.")
    return Term(field, value.lower() if field in ("is", "status") else value, negated)


def _refuse_near_field(field: str) -> None:
    near = difflib.get_close_matches(field.lower(), FIELDS, 1, 0.7)
    if near:
        raise SearchError(
            f"{field}: is no field. Did you mean {near[0]}: ({FIELDS[near[0]]})? "
            "To search for the word itself, put it in double quotes."
        )


def _time(field: str, value: str, now: datetime) -> datetime:
    ago = _AGO.fullmatch(value)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago.group(2)]: int(ago.group(1))})
        at = datetime.fromisoformat(value)
        # What says no zone is UTC, as everything in the simulator's logs.
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise SearchError(
            f"{field}:{value} is no time. Write a date (2026-03-02), a time (2026-03-02T09:00, UTC), or how long "
            "ago (30s, 10m, 2h, 3d)."
        ) from error
