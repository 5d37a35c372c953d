"""Keywords: the words, and that a keyword is the whole message (R19, R24)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound_core import KeywordAction, match_keyword
from inbound_core.keywords import ENGLISH, LANGUAGE_PACKS, UnknownLanguagePack, event_keyword

OUT, IN, HELP = KeywordAction.OPT_OUT, KeywordAction.OPT_IN, KeywordAction.HELP

STANDARD = [
    *((word, OUT) for word in ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")),
    *((word, IN) for word in ("START", "YES", "UNSTOP")),
    *((word, HELP) for word in ("HELP", "INFO")),
]


@pytest.mark.rule("R1")
@pytest.mark.rule("R19")
@pytest.mark.parametrize(("word", "action"), STANDARD)
def test_a_standard_word_acts_in_any_case_with_white_space_around_it(word: str, action: KeywordAction) -> None:
    for body in (word, word.lower(), word.title(), f"  {word}\n", f"\t{word.swapcase()} "):
        match = match_keyword(body)

        assert (match.action, match.word, match.source) == (action, word, "words")


def test_the_standard_list_holds_these_words_and_no_others() -> None:
    assert dict(ENGLISH.words()) == dict(STANDARD)


@pytest.mark.rule("R19")
@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param("STOP PLEASE", "whole message", id="a word in a sentence"),
        pytest.param("please cancel", "whole message", id="a word at the end"),
        pytest.param("STOP!", "punctuation", id="an exclamation mark"),
        pytest.param("stop.", "punctuation", id="a full stop"),
        pytest.param("ST OP", "none of the standard words", id="a gap"),
        pytest.param("STOPP", "none of the standard words", id="a letter too many"),
        pytest.param("ARRET", "none of the standard words", id="French, whose list is off by default"),
        pytest.param("", "no text", id="empty"),
        pytest.param(" \n", "no text", id="blank"),
        pytest.param("\U0001f6d1", "none of the standard words", id="a stop sign emoji"),
    ],
)
def test_anything_else_is_an_ordinary_message_and_says_why(body: str, why: str) -> None:
    match = match_keyword(body)

    assert match.action is None
    assert why in match.why


def test_trailing_punctuation_counts_only_where_the_policy_switches_it_on() -> None:
    assert match_keyword("stop!", trailing_punctuation=True).action is OUT
    assert match_keyword("STOP ...", trailing_punctuation=True).action is OUT
    assert match_keyword("STOP PLEASE!", trailing_punctuation=True).action is None


@pytest.mark.parametrize(
    ("pack", "body", "action"),
    [("fr-CA", "arrêt", OUT), ("fr-CA", "ARRET", OUT), ("fr-CA", "aide", HELP), ("es", "ayuda", HELP)],
)
def test_a_language_pack_adds_its_words_when_it_is_switched_on(pack: str, body: str, action: KeywordAction) -> None:
    assert match_keyword(body).action is None
    assert match_keyword(body, packs=("en", pack)).action is action


def test_an_unknown_language_pack_names_those_that_exist() -> None:
    with pytest.raises(UnknownLanguagePack, match="fr-CA"):
        match_keyword("STOP", packs=("en", "xx"))


@pytest.mark.rule("R24")
def test_the_verdict_of_advanced_opt_out_wins_over_the_word_list() -> None:
    own_word = match_keyword("BASTA", opt_out_type="STOP")
    contrary = match_keyword("STOP", opt_out_type="HELP")
    overruled = match_keyword("STOP", opt_out_type="HELP", opt_out_type_wins=False)

    assert (own_word.action, own_word.word, own_word.source) == (OUT, "BASTA", "OptOutType")
    assert (contrary.action, contrary.source) == (HELP, "OptOutType")
    assert (overruled.action, overruled.source) == (OUT, "words")


def test_an_unknown_opt_out_type_is_ignored() -> None:
    assert match_keyword("hello", opt_out_type="PAUSE").action is None
    assert match_keyword("STOP", opt_out_type="").source == "words"


@pytest.mark.parametrize(
    ("body", "keyword"),
    [("yes", "YES"), (" Yes ", "YES"), ("yes please", ""), ("YES!", ""), ("", ""), ("x" * 35, "")],
)
def test_the_keyword_of_an_event_is_its_one_word(body: str, keyword: str) -> None:
    assert event_keyword(body) == keyword


@given(st.text(max_size=200))
def test_no_text_raises_and_a_keyword_is_always_the_whole_trimmed_body(body: str) -> None:
    match = match_keyword(body, packs=tuple(LANGUAGE_PACKS))

    assert (match.action is not None) == bool(match.word)
    assert not match.word or match.word.casefold() == body.strip().casefold()
