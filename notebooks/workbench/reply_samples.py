"""Reply samples: thousands of replies as people really write them, each with what its writer wanted.

Made from parts by a seeded generator, so the same seed gives the same replies. They show what a keyword rule does to
people: whom it opts out against their will, and whose wish it misses.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inbound_core.keywords import KeywordAction, event_keyword, match_keyword


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold one reply and what its writer wants: `out`, `in`, `help` or `other`."""

    body: str
    wants: str


#: Whole replies by wish, with how often people write such a thing.
_WHOLE: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("out", 16, ("STOP", "stop", "Stop", "Stop ", "STOP\n", "UNSUBSCRIBE", "unsubscribe", "Cancel", "QUIT", "optout")),
    ("out", 7, ("stop.", "STOP!", "stop!!", "Stop please", "please stop", "STOP TEXTING ME", "stop messaging me")),
    (
        "out",
        4,
        ("take me off this list", "wrong number, remove me", "no more texts", "leave me alone", "Unsubscribe me"),
    ),
    ("help", 4, ("HELP", "help", "info", "Help?", "help me please", "who is this?")),
    ("in", 3, ("START", "start", "unstop", "sign me up again")),
    (
        "other",
        16,
        ("YES", "yes", "Yes!", "yes please", "yep", "ok", "OK thanks", "no", "No thanks", "maybe", "👍", "C"),
    ),
    ("other", 4, ("BOOK", "Book", "join", "JOIN", "book me in please", "how do I join?")),
    ("other", 3, ("cancel", "Cancel my appointment", "can we cancel tuesday?", "end", "At the end of the month?")),
    (
        "other",
        5,
        ("don't stop, I love these", "which bus stop?", "the rain won't stop", "info sent, thanks", "start when?"),
    ),
)
_GREETING = ("", "hi, ", "Hey ", "hello! ", "Good morning, ", "thx ")
_TOPIC = (
    "my order has not arrived", "can you call me back", "see you at 5", "running late", "is it open on sunday",
    "what time does it start", "I will stop by tomorrow", "love it", "how much is it", "the link does not work",
)  # fmt: skip
_ENDING = ("", ".", "!", "?", " thanks", " 😊", " Thanks, Ana")


def replies(count: int, seed: int = 1) -> Iterator[Reply]:
    """Make so many replies, the same ones for the same seed."""
    # Chance of a picture book, not of a secret.
    chance = random.Random(seed)  # noqa: S311
    kinds = [(wants, bodies) for wants, _, bodies in _WHOLE]
    weights = [weight for _, weight, _ in _WHOLE]
    for _ in range(count):
        if chance.random() < 0.4:
            yield Reply(chance.choice(_GREETING) + chance.choice(_TOPIC) + chance.choice(_ENDING), "other")
        else:
            wants, bodies = chance.choices(kinds, weights)[0]
            yield Reply(chance.choice(bodies), wants)


@dataclass(frozen=True, slots=True)
class Tried:
    """Count what a rule did with replies. `against`, `missed` and `own` are examples with how often each came."""

    replies: int
    opted_out: int
    opted_in: int
    helped: int
    against: dict[str, int]
    missed: dict[str, int]
    own: dict[str, int]


def try_replies(
    bodies: Iterable[Reply], packs: tuple[str, ...], trailing_punctuation: bool, own_words: frozenset[str] = frozenset()
) -> Tried:
    """Put replies before the keyword rule and compare with what their writers wanted.

    `own_words` are upper case; a reply that is one of them, and no standard word, triggers what waits for it (R1).
    """
    own: dict[str, int] = {}
    counts = dict.fromkeys(KeywordAction, 0)
    against: dict[str, int] = {}
    missed: dict[str, int] = {}
    total = 0
    for reply in bodies:
        total += 1
        action = match_keyword(reply.body, None, packs, trailing_punctuation).action
        if action is not None:
            counts[action] += 1
        elif own_words and event_keyword(reply.body) in own_words:
            own[reply.body] = own.get(reply.body, 0) + 1
        if action is KeywordAction.OPT_OUT and reply.wants != "out":
            against[reply.body] = against.get(reply.body, 0) + 1
        if action is not KeywordAction.OPT_OUT and reply.wants == "out":
            missed[reply.body] = missed.get(reply.body, 0) + 1
    done = (counts[KeywordAction.OPT_OUT], counts[KeywordAction.OPT_IN], counts[KeywordAction.HELP])
    return Tried(total, *done, _most(against), _most(missed), _most(own))


def _most(found: dict[str, int]) -> dict[str, int]:
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
