"""Keyword tester: which rule decides about a text, and whom it hits against their will."""

import pytest

from workbench import KeywordTester


@pytest.mark.rule("R19")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("stop", "opts out"),
        (" STOP ", "opts out"),
        ("STOP PLEASE", "ordinary message"),
        ("YES", "opts in"),
        ("", "no text"),
    ],
)
def test_the_tester_says_what_a_body_does(body: str, said: str) -> None:
    assert said in KeywordTester(body).verdict.value


def test_the_switches_bear_on_the_verdict() -> None:
    tester = KeywordTester("arret!")
    tester.packs.tick("fr-CA")
    assert "ordinary message" in tester.verdict.value
    tester.punctuation.value = True
    assert "opts out" in tester.verdict.value


@pytest.mark.rule("R24")
def test_opt_out_type_decides() -> None:
    tester = KeywordTester("basta")
    tester.opt_out_type.value = "STOP"

    assert "opts out" in tester.verdict.value
    assert "R24" in tester.verdict.value


@pytest.mark.rule("R1")
def test_own_words_are_recognised() -> None:
    assert "own words" in KeywordTester("book", "BOOK").verdict.value
    assert "own keyword" in KeywordTester("book", "BOOK").verdict.value
    assert "own keyword" not in KeywordTester("book me", "BOOK").verdict.value


def test_thousands_of_replies_show_whom_the_rule_hits_against_their_will() -> None:
    tester = KeywordTester()
    tester.try_many()

    assert "5,000 replies" in tester.many.value
    assert "cancel" in tester.many.value
    assert "BOOK" in tester.many.value
    tester.own.value = ""
    tester.try_many()
    assert "BOOK" not in tester.many.value
