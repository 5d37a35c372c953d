"""Population: many people drawn from a seed, a broadcast to all of them, and what came back."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

from sqlalchemy import func, select

from inbound_core.condition_words import replied
from inbound_core.conditions import Condition
from inbound_core.people_import import ImportRow, import_people
from inbound_core.sending import SendRefused, TransportError
from inbound_core.storage.tables import activities
from simulator.chance import Chance
from simulator.scenarios.hearing import Heard
from simulator.scenarios.loading import USUAL_SENDERS
from simulator.scenarios.personas import answer_of
from simulator.scenarios.records import USUAL_START, Scenario
from simulator.scenarios.world import World, WorldConfig

#: How many of a hundred people answer how.
PERSONAS: tuple[tuple[str, float], ...] = (
    ("yes", 28),
    ("no", 8),
    ("late", 6),
    ("typo", 4),
    ("emoji", 6),
    ("stop", 5),
    ("other_language", 3),
    ("never", 40),
)

#: How many of a hundred write their phone how.
_FORMATS: tuple[tuple[str, float], ...] = (
    ("{e164}", 78),
    ("({area}) {exchange}-{line}", 10),
    ("{area}.{exchange}.{line}", 5),
    ("1 {area} {exchange} {line}", 3),
    ("{exchange}-{line}", 2),
    ("", 2),
)
#: Of a hundred people, so many share the number of the one before, and so many are on no profile.
_SHARING, _STRANGERS = 4.0, 1.0

#: Where the numbers begin, all in the area code 555, which is assigned to nobody. The lines kept for fiction (0100 to
#: 0199 of the exchange 555 in each area code, and a few thousand abroad) are some 40,000, too few for populations of
#: 100,000 and more.
_FIRST_LINE = 2_000_000

#: Above so many people a database may grow beyond the 1 GB that the quicker kind in memory holds.
_ROOMY = 150_000

WORD = "JOIN"
SEGMENT = "joined"


@dataclass(frozen=True, slots=True)
class Person:
    """Be one person drawn: the handset, the phone as it stands on the profile, and how they answer."""

    name: str
    number: str
    phone: str
    persona: str
    known: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Count what a broadcast to a population came to."""

    people: int
    profiles: int
    sent: int
    not_sent: int
    heard: int
    replies: int
    attributed: int
    anonymous: int
    opted_out: int
    segment: int
    messages_per_number: dict[int, int] = field(default_factory=dict)
    replies_by_persona: dict[str, int] = field(default_factory=dict)
    replies_by_hour: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """Give the counts as lines of text."""
        per_number = ", ".join(f"{count:,} numbers got {n}" for n, count in sorted(self.messages_per_number.items()))
        personas = ", ".join(f"{name} {count:,}" for name, count in sorted(self.replies_by_persona.items()))
        return [
            f"people        {self.people:,}, of whom {self.profiles:,} are profiles",
            f"broadcast     {self.sent:,} sent, {self.not_sent:,} could not be sent, {self.heard:,} heard",
            f"per number    {per_number or 'none'}",
            f"replies       {self.replies:,} ({personas})",
            f"attributed    {self.attributed:,}",
            f"anonymous     {self.anonymous:,}",
            f"opted out     {self.opted_out:,} numbers",
            f"segment       {SEGMENT}: {self.segment:,}",
            f"took          {self.seconds:.1f} s",
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return asdict(self)

    def figure(self) -> Any:
        """Draw the replies over time and by persona, and the messages per number, with matplotlib."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11, 3), layout="constrained")
        over_time, by_persona, per_number = figure.subplots(1, 3)
        over_time.bar(list(self.replies_by_hour), list(self.replies_by_hour.values()))
        over_time.set(title="Replies", xlabel="hours after the broadcast")
        by_persona.barh(list(self.replies_by_persona), list(self.replies_by_persona.values()))
        by_persona.set(title="Replies by persona")
        per_number.bar([str(n) for n in self.messages_per_number], list(self.messages_per_number.values()))
        per_number.set(title="Messages per number", xlabel="messages")
        return figure

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def draw_people(count: int, seed: str) -> Iterator[Person]:
    """Draw people one by one, the same ones from the same seed, with numbers that are nobody's."""
    chance = Chance(seed)
    number = ""
    for index in range(count):
        name = f"person{index + 1}"
        if not number or chance.number("shares", name) * 100 >= _SHARING:
            number = f"+1555{_FIRST_LINE + index}"
        parts = {"e164": number, "area": number[2:5], "exchange": number[5:8], "line": number[8:]}
        phone = chance.weighted(_FORMATS, "format", name).format(**parts)
        known = chance.number("known", name) * 100 >= _STRANGERS
        yield Person(name, number, phone, chance.weighted(PERSONAS, "persona", name), known)


class _Broadcast:
    """Play one broadcast and count."""

    def __init__(self, people: list[Person], seed: str, progress: Callable[[int, int], None] | None) -> None:
        self.people, self.seed = people, seed
        self.counts: Counter[str] = Counter()
        self.per_number: Counter[str] = Counter()
        self.by_persona: Counter[str] = Counter()
        self.by_hour: Counter[int] = Counter()
        self._answering: dict[str, Person] = {}
        for person in people:
            # Who shares a phone answers once: it is the first one who picks it up.
            self._answering.setdefault(person.number, person)
        self._progress = progress
        self._chance = Chance(seed)

    def play(self) -> Summary:
        started = time.perf_counter()
        scenario = Scenario("population", "population", self.seed, USUAL_START, USUAL_SENDERS, (), ())
        database = "sqlite://" if len(self.people) <= _ROOMY else "sqlite:///:memory:"
        with World(scenario, WorldConfig(quiet=True, database_url=database)) as world:
            self._world = world
            world.ears.listener = self._on_heard
            world.ears.keeps = False
            known = [person for person in self.people if person.known]
            rows = (ImportRow(n, p.name, {"phone": p.phone}) for n, p in enumerate(known, 1))
            import_people(world.workspace, rows)
            condition: Condition = replied(WORD)
            world.workspace.segments.save(SEGMENT, condition)
            self._send(known)
            self._strangers_write()
            world.clock.run_until_idle(limit=100 * len(self.people) + 1000)
            return self._summary(world, len(known), time.perf_counter() - started)

    def _send(self, known: list[Person]) -> None:
        world, key = self._world, self._world.sender_keys["news"]
        for done, person in enumerate(known, 1):
            try:
                world.workspace.send(person.name, f"Reply {WORD} to come along.", key)
                self.counts["sent"] += 1
            except (SendRefused, TransportError):
                self.counts["not_sent"] += 1
            if done % 500 == 0:
                world.settle()
                self._tell(done)
        world.settle()

    def _strangers_write(self) -> None:
        """Let those who are on no profile have heard of it from a friend."""
        for person in self.people:
            if not person.known:
                self._plan(person, USUAL_SENDERS[0].numbers[0])

    def _on_heard(self, heard: Heard) -> None:
        # A phone that was read as another number leads to a handset that is none of these people's.
        if heard.by != "platform" or heard.handset not in self._answering:
            return
        self.counts["heard"] += 1
        self.per_number[heard.handset] += 1
        if self.per_number[heard.handset] == 1:
            self._plan(self._answering[heard.handset], heard.number)

    def _plan(self, person: Person, number: str) -> None:
        answer = answer_of({"answers": person.persona}, person.name, 1, self._chance, WORD)
        if answer is None:
            return

        def say() -> None:
            self._world.carrier.text(person.number, number, answer.body)
            self.counts["replies"] += 1
            self.by_persona[person.persona] += 1
            self.by_hour[int((self._world.clock.now() - USUAL_START).total_seconds() // 3600)] += 1
            if self.counts["replies"] % 500 == 0:
                self._tell(len(self.people) + self.counts["replies"])

        self._world.clock.after(answer.after, say)

    def _tell(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, int(len(self.people) * 1.6))

    def _summary(self, world: World, profiles: int, seconds: float) -> Summary:
        with world.workspace.store.read() as connection:
            query = select(activities.c.kind, func.count()).group_by(activities.c.kind)
            kinds = {str(kind): int(count) for kind, count in connection.execute(query)}
        return Summary(
            people=len(self.people),
            profiles=profiles,
            sent=self.counts["sent"],
            not_sent=self.counts["not_sent"],
            heard=self.counts["heard"],
            replies=self.counts["replies"],
            attributed=kinds.get("message_received", 0),
            anonymous=kinds.get("anonymous_event", 0),
            opted_out=len(world.carrier.opt_outs()),
            segment=world.workspace.segments.count(SEGMENT),
            messages_per_number=dict(sorted(Counter(self.per_number.values()).items())),
            replies_by_persona=dict(sorted(self.by_persona.items())),
            replies_by_hour=dict(sorted(self.by_hour.items())),
            seconds=seconds,
        )


def play_population(
    count: int, seed: str = "population", progress: Callable[[int, int], None] | None = None
) -> Summary:
    """Draw a population, send everybody a broadcast, play all replies, and count what came of it.

    `progress` is called with how much is done of about how much.
    """
    return _Broadcast(list(draw_people(count, seed)), seed, progress).play()
