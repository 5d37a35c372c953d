"""Handset and both sides: a text goes the whole way, and each row says what it is."""

import pytest

from workbench import BothSides, Handset, SetupCard
from workbench.bench import Bench

ANA = "+14155550101"


def test_a_text_from_the_handset_reaches_the_platform_and_the_widgets_beside_it(bench: Bench) -> None:
    bench.identify("ana", phone=ANA)
    phone, sides, checks = Handset(bench, ANA, "Ana"), BothSides(bench), SetupCard(bench)
    phone._heard(phone, {"type": "send", "body": "hello"}, [])

    assert [bubble["text"] for bubble in phone.bubbles] == ["hello"]
    assert phone.sent == 1
    assert any("hello" in row[2] for row in sides.list.rows)
    assert "1 inbound message" in checks._table.value


@pytest.mark.rule("R22")
def test_a_stop_shows_twilios_answer_and_a_banner_and_start_takes_it_away(bench: Bench) -> None:
    phone = Handset(bench, ANA)
    phone.text("STOP")
    assert [bubble["twilio"] for bubble in phone.bubbles] == [False, True]
    assert "Opted out of Workbench" in phone.banner
    phone.text("START")
    assert phone.banner == ""


@pytest.mark.rule("R20")
def test_the_banner_is_about_the_number_on_the_screen(bench: Bench) -> None:
    phone = Handset(bench, ANA)
    phone.text("STOP")
    phone.number = "+12025550199"

    assert phone.banner == ""
    assert phone.bubbles == []


def test_the_counter_names_the_character_that_makes_a_text_longer(bench: Bench) -> None:
    phone = Handset(bench, ANA)
    phone.draft = "Hello"
    assert phone.counter == "5 of 160 · 1 SMS · GSM-7"
    phone.draft = "Hello “you”"
    assert phone.counter.endswith("UCS-2 because of “ (left double quotation mark), ” (right double quotation mark)")
    phone.draft = "Hello\u200byou"
    assert phone.counter.endswith("UCS-2 because of zero width space"), "what cannot be seen has a name"


@pytest.mark.parametrize("body", ["", "  \n"])
def test_an_empty_text_is_not_sent(bench: Bench, body: str) -> None:
    phone = Handset(bench, ANA)
    phone.text(body)

    assert phone.trouble == "Type something first."
    assert phone.bubbles == []


def test_a_handset_that_cannot_text_says_so(bench: Bench) -> None:
    phone = Handset(bench, "12")
    phone.text("hello")

    assert phone.trouble
    assert phone.sent == 0


@pytest.mark.rule("R23")
def test_each_row_of_both_sides_has_an_explanation(bench: Bench) -> None:
    bench.identify("ana", phone=ANA)
    bench.deliver(ANA, "STOP")
    sides = BothSides(bench)
    seen = []
    for index, row in enumerate(sides.list.rows):
        sides.list.selected = index
        seen.append((row[1]["text"], sides.detail.value))

    assert any(side == "Twilio" and "Signature base string" in html for side, html in seen)
    assert any("POST http" in html and "/inbound/sms" in html for _, html in seen)
    assert any(side == "Twilio" and "(R22)" in html for side, html in seen)
    assert any(side == "platform" and "opted out" in html for side, html in seen)
    assert not any(side == "platform" and "unsubscribed" in html for side, html in seen)


def test_sides_can_be_left_out(bench: Bench) -> None:
    bench.deliver(ANA, "hello")
    sides = BothSides(bench)
    sides.sides.tick("Twilio", False)

    assert {row[1]["text"] for row in sides.list.rows} == {"handset", "platform"}
