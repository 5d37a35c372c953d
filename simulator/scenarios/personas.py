"""Personas: people who answer a message of the platform on their own, each in their way, the same way each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.chance import Chance
from simulator.durations import seconds_of

if TYPE_CHECKING:
    from simulator.scenarios.hearing import Heard
    from simulator.scenarios.world import World

_HOUR = 3600.0

#: What each persona writes; {word} is the word that was asked for.
_TEXTS: dict[str, tuple[str, ...]] = {
    "yes": ("{word}", "{word}", "{word} please", " {word} "),
    "no": ("No thanks", "no", "Not now"),
    "late": ("{word}",),
    "typo": ("{typo}",),
    "emoji": ("👍", "🎉", "❤️"),
    "stop": ("STOP", "Stop", "unsubscribe"),
    "other_language": ("Sí, por favor", "Oui", "Ja bitte"),
    "never": (),
}

#: Seconds between which the answer comes.
_DELAYS: dict[str, tuple[float, float]] = {
    "late": (6 * _HOUR, 72 * _HOUR),
    "stop": (5.0, 600.0),
}
_USUAL_DELAY = (20.0, 2 * _HOUR)


@dataclass(frozen=True, slots=True)
class Answer:
    """Say what a person writes back, and after how many seconds."""

    body: str
    after: float


def answer_of(persona: Mapping[str, Any], person: str, event: int, chance: Chance, word: str = "YES") -> Answer | None:
    """Draw what a person answers to their n-th message; None for no answer.

    `persona` has `answers` (a key of the table above) or `says` (own words), and `after` for a fixed delay.
    Own words are said once, so that two who answer each other come to an end.
    """
    kind = str(persona.get("answers", "yes"))
    texts = (str(persona["says"]),) if "says" in persona else _TEXTS[kind]
    if not texts or event > 1:
        return None
    body = chance.choice(texts, "answer", person, event).format(word=word, typo=_with_typo(word, person, chance))
    if "after" in persona:
        return Answer(body, seconds_of(persona["after"]))
    low, high = _DELAYS.get(kind, _USUAL_DELAY)
    # Most answer soon and few late: the square of an even draw leans to the low end.
    return Answer(body, round(low + (high - low) * chance.number("delay", person, event) ** 2, 3))


def _with_typo(word: str, person: str, chance: Chance) -> str:
    """Swap two letters, as a hurried thumb does."""
    if len(word) < 2:
        return word + word
    at = int(chance.number("typo", person) * (len(word) - 1))
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


class Personas:
    """Let the people of a scenario who have a persona answer what they hear from the platform."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._heard: dict[str, int] = {}
        self._people = [person for person in world.scenario.people if person.persona is not None]

    def on_heard(self, heard: "Heard") -> None:
        """Plan the answers to a message that has come to a handset."""
        if heard.by == "twilio":
            return
        for person in self._people:
            if person.number == heard.handset and person.persona is not None:
                event = self._heard[person.name] = self._heard.get(person.name, 0) + 1
                answer = answer_of(person.persona, person.name, event, self._world.chance)
                if answer is not None:
                    self._plan(heard, answer, person.name)

    def _plan(self, heard: "Heard", answer: Answer, person: str) -> None:
        def say() -> None:
            message = self._world.carrier.text(heard.handset, heard.number, answer.body)
            self._world.on_said(person, message.sid)

        self._world.clock.after(answer.after, say)
