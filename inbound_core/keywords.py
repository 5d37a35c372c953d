"""Keywords: the words that opt out, opt in and ask for help, and the rule by which a body is one (R19)."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from inbound_core.errors import SetupError


class KeywordAction(StrEnum):
    """Name what a keyword does."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class LanguagePack:
    """Hold the words of one language; a pack is data and only counts where a policy switches it on."""

    code: str
    name: str
    opt_out: tuple[str, ...]
    opt_in: tuple[str, ...]
    help: tuple[str, ...]

    def words(self) -> Iterable[tuple[str, KeywordAction]]:
        """Yield each word with its action."""
        for words, action in (
            (self.opt_out, KeywordAction.OPT_OUT),
            (self.opt_in, KeywordAction.OPT_IN),
            (self.help, KeywordAction.HELP),
        ):
            for word in words:
                yield word, action


#: The default words of a US long code; REVOKE and OPTOUT joined in May 2025 (Twilio, section 3 of its FAQ).
ENGLISH = LanguagePack(
    code="en",
    name="English",
    opt_out=("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
    opt_in=("START", "YES", "UNSTOP"),
    help=("HELP", "INFO"),
)

LANGUAGE_PACKS: dict[str, LanguagePack] = {
    pack.code: pack
    for pack in (
        ENGLISH,
        LanguagePack("fr-CA", "French (Canada)", ("ARRET", "ARRÊT", "ARRETE", "ARRETT"), ("DEBUT",), ("AIDE",)),
        LanguagePack("es", "Spanish", ("ALTO", "BAJA", "CANCELAR"), ("INICIAR",), ("AYUDA",)),
        LanguagePack("pt", "Portuguese", ("PARAR", "SAIR"), ("INICIAR",), ("AJUDA",)),
        LanguagePack("de", "German", ("STOPP", "ABMELDEN"), ("ANMELDEN",), ("HILFE",)),
    )
}

#: Advanced Opt-Out writes its verdict into the webhook (R24).
_OPT_OUT_TYPES = {"STOP": KeywordAction.OPT_OUT, "START": KeywordAction.OPT_IN, "HELP": KeywordAction.HELP}


@dataclass(frozen=True, slots=True)
class KeywordMatch:
    """Say whether a body was a keyword, which one, who said so, and why (or why not) by which rule."""

    action: KeywordAction | None
    word: str
    source: str
    why: str
    rule: str = "R19"


def match_keyword(
    body: str,
    opt_out_type: str | None = None,
    packs: Iterable[str] = ("en",),
    trailing_punctuation: bool = False,
    opt_out_type_wins: bool = True,
) -> KeywordMatch:
    """Decide whether a whole body is a keyword, in any case and with white space around it (R19, R24).

    `packs` are codes of `LANGUAGE_PACKS`; `trailing_punctuation` lets `STOP!` count as `STOP`.
    Raise `UnknownLanguagePack` for a code that has no pack.

    >>> match_keyword(" stop ").action
    <KeywordAction.OPT_OUT: 'opt_out'>
    >>> match_keyword("STOP PLEASE").action is None
    True
    """
    declared = _OPT_OUT_TYPES.get((opt_out_type or "").strip().upper())
    by_body = _match_body(body, tuple(packs), trailing_punctuation)
    if declared is None:
        return by_body
    if by_body.action is None or (opt_out_type_wins and by_body.action is not declared):
        why = f"Twilio's Advanced Opt-Out marked the message OptOutType={opt_out_type}, which decides."
        return KeywordMatch(declared, event_keyword(body) or str(opt_out_type), "OptOutType", why, "R24")
    return by_body


@lru_cache(maxsize=4096)
def _match_body(body: str, packs: tuple[str, ...], trailing_punctuation: bool) -> KeywordMatch:
    words = _vocabulary(packs)
    text = body.strip()
    if trailing_punctuation:
        text = _without_trailing_punctuation(text)
    found = words.get(text.casefold())
    if found is not None:
        word, action, pack = found
        why = f"The whole message is the word {word} of the {pack.name} list."
        return KeywordMatch(action, word, "words", why)
    return KeywordMatch(None, "", "words", _why_not(text, words))


def _why_not(text: str, words: dict[str, tuple[str, KeywordAction, LanguagePack]]) -> str:
    if not text:
        return "The message has no text, so it is no keyword."
    bare = _without_trailing_punctuation(text).casefold()
    if bare in words:
        word = words[bare][0]
        return f"{word} with punctuation behind it is not the bare word, so it is no keyword."
    inside = next((words[part][0] for part in bare.split() if part in words), None)
    if inside:
        return f"{inside} is in the message, but a keyword is the whole message: this is an ordinary one."
    return "The message is none of the standard words."


@lru_cache(maxsize=64)
def _vocabulary(packs: tuple[str, ...]) -> dict[str, tuple[str, KeywordAction, LanguagePack]]:
    words: dict[str, tuple[str, KeywordAction, LanguagePack]] = {}
    for code in packs:
        pack = LANGUAGE_PACKS.get(code)
        if pack is None:
            known = ", ".join(LANGUAGE_PACKS)
            raise UnknownLanguagePack(f"There is no keyword list for {code!r}. The lists are: {known}.")
        for word, action in pack.words():
            words.setdefault(word.casefold(), (word, action, pack))
    return words


def _without_trailing_punctuation(text: str) -> str:
    while text and unicodedata.category(text[-1]).startswith("P"):
        text = text[:-1].rstrip()
    return text


def event_keyword(body: str) -> str:
    """Give the one word that a body consists of, in capitals, or `""` when it is not a single word.

    This is what `{{ event.keyword }}` holds: it makes `yes`, `Yes` and ` YES ` the same answer.

    >>> event_keyword(" Yes "), event_keyword("yes please")
    ('YES', '')
    """
    word = body.strip()
    return word.upper() if word.isalnum() and len(word) <= 34 else ""


class UnknownLanguagePack(SetupError, LookupError):
    """Report a keyword list that does not exist."""
