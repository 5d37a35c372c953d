"""Opt-out: Twilio's own handling of STOP, START and HELP, and the list of who may not be written to.

Words and texts: Twilio's FAQ on opt-out keywords, and the examples in its OpenAPI (messaging_v3).
"""

import threading
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from simulator.carrier import log_store
from simulator.carrier.config import CarrierConfig
from simulator.carrier.records import OptOut, Origin
from simulator.carrier.store import Store


class Keyword(StrEnum):
    """Name what a keyword asks for; the values are those of the webhook's `OptOutType`."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


#: REVOKE and OPTOUT count since May 2025, after the FCC's rule.
DEFAULT_WORDS: dict[str, Keyword] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        Keyword.STOP,
    ),
    **dict.fromkeys(("START", "YES", "UNSTOP"), Keyword.START),
    **dict.fromkeys(("HELP", "INFO"), Keyword.HELP),
}

DEFAULT_ANSWERS: dict[Keyword, str] = {
    Keyword.STOP: (
        "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe."
    ),
    Keyword.START: (
        "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
        "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    Keyword.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}

#: The toll-free network answers these words itself, below Twilio; YES does not lift its block.
NETWORK_WORDS = {"STOP": Keyword.STOP, "START": Keyword.START, "UNSTOP": Keyword.START}
NETWORK_STOP = (
    'NETWORK MSG: You replied with the word "{word}" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.'
)
NETWORK_START = 'NETWORK MSG: You have replied "{word}" and will begin receiving messages again from this number.'


@dataclass(frozen=True, slots=True)
class Answer:
    """Be one text that goes back to the handset without the application's doing."""

    body: str
    by: Origin = Origin.TWILIO
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say what a keyword does: whether the list changes, what is answered, what the webhook tells."""

    keyword: Keyword
    opts_out: bool = False
    opts_in: bool = False
    answers: tuple[Answer, ...] = ()
    opt_out_type: Keyword | None = None


def bare_word(body: str, config: CarrierConfig) -> str:
    """Give the body as it is compared with the words: in capitals, trimmed as the switches say.

    >>> bare_word(" stop ", CarrierConfig("AC", "token"))
    'STOP'
    """
    word = body.strip() if config.trim_keywords else body
    if config.keyword_punctuation:
        while word and unicodedata.category(word[-1]).startswith("P"):
            word = word[:-1].rstrip()
    return word.upper()


def judge(body: str, opted_out: bool, toll_free: bool, config: CarrierConfig) -> Verdict | None:
    """Judge a body by Twilio's default handling; None for an ordinary message."""
    word = bare_word(body, config)
    keyword = DEFAULT_WORDS.get(word)
    if keyword is None:
        return None
    if toll_free:
        return _judge_toll_free(word, keyword, opted_out, config)
    if keyword is Keyword.HELP:
        return Verdict(keyword, answers=_default(keyword, config))
    if keyword is Keyword.STOP:
        speaks = not opted_out or config.answer_repeated_stop
        return Verdict(keyword, opts_out=not opted_out, answers=_default(keyword, config) if speaks else ())
    speaks = opted_out or config.answer_needless_start
    return Verdict(keyword, opts_in=opted_out, answers=_default(keyword, config) if speaks else ())


def _default(keyword: Keyword, config: CarrierConfig) -> tuple[Answer, ...]:
    return (Answer(DEFAULT_ANSWERS[keyword], Origin.TWILIO, config.list_default_answers),)


def _judge_toll_free(word: str, keyword: Keyword, opted_out: bool, config: CarrierConfig) -> Verdict:
    if keyword is Keyword.HELP:
        return Verdict(keyword, answers=() if opted_out else _default(keyword, config))
    if keyword is Keyword.STOP:
        if opted_out and not config.answer_repeated_stop:
            return Verdict(keyword)
        answers = (network_answer(word),) if word in NETWORK_WORDS else _default(keyword, config)
        return Verdict(keyword, opts_out=not opted_out, answers=answers)
    if word not in NETWORK_WORDS or not opted_out:
        return Verdict(keyword)
    return Verdict(keyword, opts_in=True, answers=(network_answer(word),))


def network_answer(word: str) -> Answer:
    """Give what the toll-free network itself answers to STOP, START or UNSTOP."""
    text = NETWORK_STOP if NETWORK_WORDS[word] is Keyword.STOP else NETWORK_START
    return Answer(text.format(word=word.lower()), Origin.NETWORK)


class OptOutList:
    """Hold who is opted out of which scope, a messaging service's sid or a stand-alone number. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.reload()

    def reload(self) -> None:
        """Read the list from the store, after it was filled in another way than through here."""
        with self._lock, self._store.read() as connection:
            self._entries = {(entry.handset, entry.scope): entry for entry in log_store.all_opt_outs(connection)}

    def __contains__(self, pair: tuple[str, str]) -> bool:
        return pair in self._entries

    def every(self) -> tuple[OptOut, ...]:
        """Give every opt-out in force, oldest first."""
        with self._lock:
            return tuple(sorted(self._entries.values(), key=lambda e: (e.since, e.handset, e.scope)))

    def add(self, handset: str, scope: str, since: datetime) -> bool:
        """Opt a handset out; tell whether that changed anything."""
        with self._lock:
            if (handset, scope) in self._entries:
                return False
            entry = OptOut(handset, scope, since)
            with self._store.write() as connection:
                log_store.put_opt_out(connection, entry)
            self._entries[handset, scope] = entry
            return True

    def lift(self, handset: str, scope: str) -> bool:
        """Opt a handset in again; tell whether that changed anything."""
        with self._lock:
            if (handset, scope) not in self._entries:
                return False
            with self._store.write() as connection:
                log_store.drop_opt_out(connection, handset, scope)
            del self._entries[handset, scope]
            return True
