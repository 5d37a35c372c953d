"""Advanced Opt-Out: a messaging service's own words and answers, by country and by language.

Twilio's page on Advanced Opt-Out: some words are reserved, a country's list comes before the standard one, the
answer goes out before the webhook, and the webhook carries `OptOutType`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.carrier.config import CarrierConfig
from simulator.carrier.errors import CarrierError
from simulator.carrier.opt_out import (
    DEFAULT_ANSWERS,
    DEFAULT_WORDS,
    NETWORK_WORDS,
    Answer,
    Keyword,
    Verdict,
    bare_word,
    network_answer,
)
from simulator.carrier.records import Origin

#: Words that always belong to their type and cannot be taken away.
RESERVED: dict[str, Keyword] = {
    "STOP": Keyword.STOP,
    "START": Keyword.START,
    "UNSTOP": Keyword.START,
    "HELP": Keyword.HELP,
}
MAX_KEYWORD = 34


class AdvancedOptOutError(CarrierError, ValueError):
    """Report keywords that Advanced Opt-Out does not take, naming them."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Be the words of one type in one list, and what they are answered with."""

    keywords: tuple[str, ...]
    answer: str


Words = Mapping[Keyword, Wording]


def _standard() -> dict[Keyword, Wording]:
    return {
        keyword: Wording(
            tuple(word for word, kind in DEFAULT_WORDS.items() if kind is keyword and word != "YES"),
            DEFAULT_ANSWERS[keyword],
        )
        for keyword in Keyword
    }


@dataclass(frozen=True, slots=True)
class AdvancedOptOut:
    """Hold the lists of one service. `countries` (two letters) override, `languages` add to the standard list.

    Raise `AdvancedOptOutError` for a keyword that is too long, not alphanumeric, or stands under two types.
    """

    standard: Words = field(default_factory=_standard)
    countries: Mapping[str, Words] = field(default_factory=dict)
    languages: Mapping[str, Words] = field(default_factory=dict)
    #: The service drops inbound messages: nothing is asked of the application.
    drops_inbound: bool = False

    def __post_init__(self) -> None:
        _check([self.standard, *self.languages.values()])
        for words in self.countries.values():
            _check([words])

    def find(self, word: str, country: str) -> tuple[Keyword, Wording] | None:
        """Give the type and wording of a word for a handset of a country, or None for an ordinary message."""
        lists = [self.countries[country]] if country in self.countries else []
        reserved = RESERVED.get(word)
        for words in [*lists, self.standard, *self.languages.values()]:
            for keyword, wording in words.items():
                # A reserved word is in each list that has its type, so that a country answers STOP in its own words.
                if keyword is reserved or word in (given.upper() for given in wording.keywords):
                    return keyword, wording
        return None if reserved is None else (reserved, Wording((), DEFAULT_ANSWERS[reserved]))

    def to_dict(self) -> dict[str, Any]:
        """Give the lists as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "AdvancedOptOut":
        """Read what `to_dict` gave."""
        return cls(
            standard=_words(data["standard"]),
            countries={country: _words(words) for country, words in data["countries"].items()},
            languages={language: _words(words) for language, words in data["languages"].items()},
            drops_inbound=bool(data["drops_inbound"]),
        )


def _words(data: Mapping[str, Any]) -> dict[Keyword, Wording]:
    return {Keyword(key): Wording(tuple(one["keywords"]), one["answer"]) for key, one in data.items()}


def _check(lists: list[Words]) -> None:
    seen: dict[str, Keyword] = {}
    for words in lists:
        for keyword, wording in words.items():
            for word in wording.keywords:
                if not word or len(word) > MAX_KEYWORD or not word.isalnum():
                    raise AdvancedOptOutError(
                        f"{word!r} cannot be a keyword: one word of letters and digits, at most {MAX_KEYWORD} long."
                    )
                known = seen.setdefault(word.upper(), RESERVED.get(word.upper(), keyword))
                if known is not keyword:
                    raise AdvancedOptOutError(f"{word!r} belongs to {known} and cannot stand under {keyword} too.")


def judge_advanced(
    lists: AdvancedOptOut, body: str, country: str, opted_out: bool, toll_free: bool, config: CarrierConfig
) -> Verdict | None:
    """Judge a body by a service's Advanced Opt-Out; None for an ordinary message."""
    word = bare_word(body, config)
    found = lists.find(word, country)
    if found is None:
        return None
    keyword, wording = found
    answer = Answer(wording.answer, Origin.TWILIO, config.list_advanced_answers)
    network = (network_answer(word),) if toll_free and word in NETWORK_WORDS else ()
    if keyword is Keyword.HELP:
        return Verdict(keyword, answers=() if opted_out else (answer,), opt_out_type=keyword)
    if keyword is Keyword.STOP:
        # On toll-free numbers the network's answer takes the place of the service's own.
        answers = () if opted_out and not config.answer_repeated_stop else network or (answer,)
        return Verdict(keyword, opts_out=not opted_out, answers=answers, opt_out_type=keyword)
    speaks = opted_out or config.answer_needless_start
    return Verdict(keyword, opts_in=opted_out, answers=(*network, answer) if speaks else (), opt_out_type=keyword)
