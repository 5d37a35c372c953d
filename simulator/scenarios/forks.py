"""Forks: what would have happened if somebody had said something else, and the two stories side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from inbound_core.phones import read_phone
from simulator.scenarios.errors import Place, ScenarioError, nearest
from simulator.scenarios.meaning import meaning_faults
from simulator.scenarios.outcomes import SECTIONS, Outcome, outcome_of
from simulator.scenarios.playing import Player
from simulator.scenarios.records import PersonPlan, Scenario, Step
from simulator.scenarios.world import World, WorldConfig


@dataclass(frozen=True, slots=True)
class Fork:
    """Say what is otherwise in the other story.

    `says` maps the line of a step (`12`) to what is said there instead, None for nothing; `policy` sets switches
    from the beginning; `phones` gives people another phone attribute; `clean_phones` writes every phone in E.164 as
    far as it can be read or repaired. `until` ends both stories before the step of that line.
    """

    says: Mapping[int, str | None] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)
    phones: Mapping[str, str | None] = field(default_factory=dict)
    clean_phones: bool = False
    until: int | None = None

    def __str__(self) -> str:
        parts = [f"line {line} said {text!r}" for line, text in self.says.items()]
        parts += [f"{name} were {value}" for name, value in self.policy.items()]
        parts += [f"{name} had the phone {phone!r}" for name, phone in self.phones.items()]
        parts += ["the phone column had been cleaned first"] if self.clean_phones else []
        return " and ".join(parts) or "nothing were otherwise"


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold one thing that both stories have, or only one (None in the other)."""

    section: str
    what: str
    before: str | None
    after: str | None

    @property
    def same(self) -> bool:
        """Tell whether it is the same in both."""
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold two stories side by side: events, attribution, consent, segments and sends."""

    question: str
    rows: tuple[Difference, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Give what is not the same."""
        return tuple(row for row in self.rows if not row.same)

    def lines(self, everything: bool = False) -> list[str]:
        """Give the differences, or everything, as lines: what it was, and what it would have been."""
        lines = [f"What if {self.question}?"]
        shown = self.rows if everything else self.differences
        if shown:
            lines.append(f"   {'':<24} {'as it was':<44} as it would have been")
        for section in SECTIONS:
            rows = [row for row in shown if row.section == section]
            lines += [f"{section}:"] if rows else []
            for row in rows:
                mark = " " if row.same else "*"
                lines.append(f" {mark} {row.what:<24} {_shown(row.before):<44} {_shown(row.after)}")
        return lines if len(lines) > 1 else [*lines, "Nothing would have been otherwise."]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        rows = [
            {"section": row.section, "what": row.what, "before": row.before, "after": row.after, "same": row.same}
            for row in self.rows
        ]
        return {"question": self.question, "rows": rows}

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr{'' if row.same else ' style=font-weight:bold'}><td>{escape(row.section)}</td>"
            f"<td>{escape(row.what)}</td><td>{escape(_shown(row.before))}</td><td>{escape(_shown(row.after))}</td></tr>"
            for row in self.rows
        )
        head = "<tr><th></th><th></th><th>as it was</th><th>as it would have been</th></tr>"
        return f"<p><b>What if {escape(self.question)}?</b></p><table>{head}{cells}</table>"


def _shown(value: str | None) -> str:
    return "-" if value is None else value if len(value) <= 42 else value[:39] + "..."


def what_if(scenario: Scenario, fork: Fork) -> Comparison:
    """Play a story as it is and as it would have been, without its expectations, and set both side by side.

    Raise `ScenarioError` for a line on which nobody says anything, a person that does not exist, or a wrong switch.
    """
    before = _outcome(_without_checks(scenario, fork.until))
    after = _outcome(_without_checks(forked(scenario, fork), fork.until))
    return compare(before, after, str(fork))


def stories_of(stories: Sequence[Scenario], fork: Fork) -> tuple[Scenario, ...]:
    """Give those stories of a file that a fork concerns: a branch may not have the line on which it is otherwise.

    When it concerns none, all are given, so that `what_if` says which lines there are.
    """
    concerned = tuple(story for story in stories if set(fork.says) <= _spoken(story))
    return concerned or tuple(stories)


def _spoken(scenario: Scenario) -> set[int]:
    """Give the lines on which somebody says something; a file that is included has lines of its own."""
    return {step.place.line for step in scenario.steps if _says_here(step, scenario.file)}


def _says_here(step: Step, file: str) -> bool:
    return step.kind == "says" and step.place.file == file


def compare(before: Outcome, after: Outcome, question: str = "it were otherwise") -> Comparison:
    """Set two outcomes side by side."""
    rows = []
    for section in SECTIONS:
        one, two = before.sections.get(section, {}), after.sections.get(section, {})
        rows += [Difference(section, what, one.get(what), two.get(what)) for what in dict.fromkeys([*one, *two])]
    return Comparison(question, tuple(rows))


def forked(scenario: Scenario, fork: Fork) -> Scenario:
    """Give the story as it would have been; it is played from the beginning, which gives the same up to the fork."""
    spoken = _spoken(scenario)
    for line in fork.says:
        if line not in spoken:
            lines = ", ".join(str(one) for one in sorted(spoken))
            raise ScenarioError.at(Place(scenario.file, line), f"Nobody says anything on this line. Lines: {lines}.")
    for name in fork.phones:
        if name not in {person.name for person in scenario.people}:
            known = [person.name for person in scenario.people]
            raise ScenarioError.at(Place(scenario.file, 1), f"No person is named {name}. {nearest(name, known)}")
    steps = tuple(
        _otherwise(step, fork) if _says_here(step, scenario.file) else step
        for step in scenario.steps
        if not (_says_here(step, scenario.file) and _unsaid(step, fork))
    )
    people = tuple(_cleaned(person, fork) for person in scenario.people)
    changed = scenario.changed(steps=steps, people=people, policy={**scenario.policy, **fork.policy})
    faults = [fault for fault in meaning_faults(changed) if "can never match" not in fault.text]
    if faults:
        raise ScenarioError(faults)
    return changed


def _unsaid(step: Step, fork: Fork) -> bool:
    return step.place.line in fork.says and fork.says[step.place.line] is None


def _otherwise(step: Step, fork: Fork) -> Step:
    if step.place.line not in fork.says:
        return step
    text = fork.says[step.place.line]
    return replace(step, value={**step.value, "body": text} if isinstance(step.value, dict) else text)


def _cleaned(person: PersonPlan, fork: Fork) -> PersonPlan:
    if person.name in fork.phones:
        return replace(person, phone=fork.phones[person.name])
    if not fork.clean_phones or person.phone is None:
        return person
    country = person.attributes.get("country")
    reading = read_phone(person.phone, country if isinstance(country, str) else None)
    return replace(person, phone=reading.e164 or reading.suggested or person.phone)


def _without_checks(scenario: Scenario, until: int | None) -> Scenario:
    kept = [step for step in scenario.steps if not step.kind.startswith("expect")]
    if until is not None:
        kept = [step for step in kept if step.place.line < until]
    return scenario.changed(steps=tuple(kept), unexpected="allow")


def _outcome(scenario: Scenario) -> Outcome:
    with World(scenario, WorldConfig()) as world:
        player = Player(world, refuses=False)
        for step in scenario.steps:
            failure = player.step(step)
            if failure is not None:
                raise ScenarioError.at(failure.place, failure.text)
        return outcome_of(world)
