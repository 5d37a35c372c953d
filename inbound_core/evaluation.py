"""Evaluation: whether a condition holds for one profile, and the sentence that says why.

This is the plain meaning of conditions. The database computes the same for many profiles at once
(`storage.condition_sql`); property tests hold the two together.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from inbound_core.condition_checks import spell
from inbound_core.conditions import (
    And,
    Attribute,
    Condition,
    Consent,
    InSegment,
    Not,
    Or,
    Performed,
    SharesNumber,
)
from inbound_core.consent import ConsentLedger, ConsentState
from inbound_core.events import Event
from inbound_core.profiles import Profile
from inbound_core.value_tests import COMPARISONS, Operator, type_of

_LONGEST_SHOWN = 200

#: The segments there are: the condition of a data-driven one, None for a manual one.
Catalogue = Mapping[str, Condition | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold what is known of one profile at a time.

    `consent` has the entries of its number; `sharing` counts the profiles with that number, itself included, and
    is 0 without one; `lists` names the manual segments it is in. `events` may be left out that no condition asks for.
    """

    profile: Profile
    now: datetime
    events: tuple[Event, ...] = ()
    consent: ConsentLedger = field(default_factory=ConsentLedger)
    sharing: int = 0
    lists: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say of one condition whether it holds, what was asked, what was found, and the same of its parts."""

    holds: bool
    asked: str
    found: str
    parts: tuple["Verdict", ...] = ()

    @property
    def reason(self) -> str:
        """Give in one line what decided: the question that failed, or those that hold."""
        return "; ".join(dict.fromkeys(part.found for part in self.deciding()))

    def deciding(self) -> Iterator["Verdict"]:
        """Yield the questions without parts that the outcome rests on."""
        if not self.parts:
            yield self
            return
        same = [part for part in self.parts if part.holds == self.holds]
        for part in same or self.parts:
            yield from part.deciding()

    def lines(self, depth: int = 0) -> list[str]:
        """Give the verdict and those of its parts as lines of plain text."""
        mark = "yes" if self.holds else "no "
        lines = [
            f"{'  ' * depth}{mark} {self.asked}: {self.found}" if self.found else f"{'  ' * depth}{mark} {self.asked}"
        ]
        for part in self.parts:
            lines += part.lines(depth + 1)
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.holds else "#cf222e"
        parts = "".join(f"<li>{part._repr_html_()}</li>" for part in self.parts)
        head = f"<span style='color:{colour}'><b>{'yes' if self.holds else 'no'}</b></span> {escape(self.asked)}"
        found = f": <i>{escape(self.found)}</i>" if self.found else ""
        return f"{head}{found}{f'<ul>{parts}</ul>' if parts else ''}"


def evaluate(condition: Condition, facts: Facts, catalogue: Catalogue) -> Verdict:
    """Evaluate a condition for one profile and say why it holds or fails.

    `catalogue` has every segment that the condition names; a circle among them was refused when it was saved.
    """
    return _EVALUATORS[type(condition)](condition, facts, catalogue)


def _and(condition: And, facts: Facts, catalogue: Catalogue) -> Verdict:
    parts = tuple(evaluate(part, facts, catalogue) for part in condition.parts)
    return Verdict(all(part.holds for part in parts), "all of", "", parts)


def _or(condition: Or, facts: Facts, catalogue: Catalogue) -> Verdict:
    parts = tuple(evaluate(part, facts, catalogue) for part in condition.parts)
    return Verdict(any(part.holds for part in parts), "any of", "", parts)


def _not(condition: Not, facts: Facts, catalogue: Catalogue) -> Verdict:
    inner = evaluate(condition.part, facts, catalogue)
    return Verdict(not inner.holds, str(condition), inner.reason, ())


def _attribute(condition: Attribute, facts: Facts, catalogue: Catalogue) -> Verdict:
    name, test = condition.asked.field, condition.asked.test
    value = facts.profile.attributes.get(name)
    if value is None:
        found = f"{name} is not set"
    else:
        found = f"{name} is {_shown(value)}"
        if _compares_types(test.positive.operator) and all(type_of(value) != type_of(c) for c in test.choices):
            found += f", which is {type_of(value)} and not {type_of(test.choices[0])}"
    return Verdict(test.holds(value), str(condition), found)


def _compares_types(operator: Operator) -> bool:
    return operator in (*COMPARISONS, Operator.EQUALS, Operator.ONE_OF)


def matching_events(condition: Performed, facts: Facts) -> list[Event]:
    """Give the events that count for a condition, oldest first."""
    earliest = condition.earliest(facts.now)
    return [
        event
        for event in facts.events
        if (earliest is None or event.at >= earliest) and counts_event(condition, event.name, event.data)
    ]


def counts_event(condition: Performed, name: str, data: Mapping[str, Any]) -> bool:
    """Tell whether an event of a name with such data is one of those that a condition counts, its time aside."""
    return name == condition.name and all(asked.test.holds(data.get(asked.field)) for asked in condition.where)


def _performed(condition: Performed, facts: Facts, catalogue: Catalogue) -> Verdict:
    counted = matching_events(condition, facts)
    span = f" within {spell(condition.within_span)}" if condition.within_span else ""
    if counted:
        times = "once" if len(counted) == 1 else f"{len(counted)} times"
        found = f"{times}{span}, last at {max(event.at for event in counted):%Y-%m-%d %H:%M:%S}"
    else:
        found = f"no such event{span}" + _why_none(condition, facts)
    return Verdict(condition.counts(len(counted)), str(condition), found)


def _why_none(condition: Performed, facts: Facts) -> str:
    earlier = [event.at for event in facts.events if counts_event(condition, event.name, event.data)]
    if earlier:
        return f"; the last was at {max(earlier):%Y-%m-%d %H:%M:%S}"
    others = [event for event in facts.events if event.name == condition.name]
    if not others or not condition.where:
        return ""
    last = max(others, key=lambda event: event.at)
    failed = next((asked for asked in condition.where if not asked.test.holds(last.data.get(asked.field))), None)
    if failed is None:
        return ""
    return f"; in the last one {failed.field} is {_shown(last.data.get(failed.field))}"


def _shown(value: object) -> str:
    """Write a value for a sentence, which may go into the log: a long one not to its end."""
    text = repr(value[: _LONGEST_SHOWN + 1] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


_IN_WORDS = {
    ConsentState.UNSET: "not recorded",
    ConsentState.OPTED_OUT: "opted out",
    ConsentState.OPTED_IN: "opted in",
}


def _consent(condition: Consent, facts: Facts, catalogue: Catalogue) -> Verdict:
    phone = facts.profile.phone_e164
    if phone is None:
        return Verdict(False, str(condition), "the profile has no number that could be read")
    senders = dict.fromkeys(change.sender for change in facts.consent.changes if change.phone == phone)
    asked = [condition.sender] if condition.sender is not None else list(senders)
    for sender in asked:
        last = facts.consent.last(phone, sender)
        if last is not None and last.state is condition.state:
            did = f"{_IN_WORDS[last.state]} {'to' if last.state is ConsentState.OPTED_IN else 'of'}"
            return Verdict(True, str(condition), f"{phone} {did} {sender} at {last.at:%Y-%m-%d %H:%M:%S}")
    states = [(_IN_WORDS[facts.consent.state(phone, sender)], sender) for sender in asked]
    stands = ", ".join(f"{state} for {sender}" for state, sender in states) or "never said"
    return Verdict(False, str(condition), f"{phone} is {stands}")


def _shares(condition: SharesNumber, facts: Facts, catalogue: Catalogue) -> Verdict:
    phone = facts.profile.phone_e164
    if phone is None:
        return Verdict(False, str(condition), "the profile has no number that could be read")
    found = f"{phone} is on {facts.sharing} profile{'' if facts.sharing == 1 else 's'}"
    return Verdict(facts.sharing >= condition.least, str(condition), found)


def _in_segment(condition: InSegment, facts: Facts, catalogue: Catalogue) -> Verdict:
    inner = catalogue[condition.name]
    if inner is None:
        listed = condition.name in facts.lists
        return Verdict(listed, str(condition), f"{'on' if listed else 'not on'} the manual list {condition.name!r}")
    verdict = evaluate(inner, facts, catalogue)
    return Verdict(verdict.holds, str(condition), "", (verdict,))


_EVALUATORS: dict[type[Condition], Callable[[Any, Facts, Catalogue], Verdict]] = {
    And: _and,
    Or: _or,
    Not: _not,
    Attribute: _attribute,
    Performed: _performed,
    Consent: _consent,
    SharesNumber: _shares,
    InSegment: _in_segment,
}
