"""Widgets: what a reader types and clicks asks the engine, and what it says is shown."""

import time

import pytest

from workbench import (
    BothSides,
    Checklist,
    ConsentCard,
    Handset,
    KeywordTester,
    PeopleCard,
    PhoneReader,
    Row,
    ScenarioCard,
    SegmentBuilder,
    SetupCard,
    SharedNumbers,
)
from workbench import steps as step
from workbench.bench import Bench
from workbench.phone_reader import EXAMPLES

ANA, BEN = "+14155550101", "+14155550102"


# -- phone reader -------------------------------------------------------------------------------------------


@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    ("example", "shown"),
    [
        ("555-123-4567", "+15551234567"),
        ("020 7183 8750 in GB", "+442071838750"),
        ("020 7183 8750 in US", "too long"),
        ("Decimal tail", "removed a decimal tail"),
        ("Hidden space", "no-break space"),
    ],
)
def test_the_reader_shows_what_the_engine_reads(example: str, shown: str) -> None:
    reader = PhoneReader()
    reader.example(*EXAMPLES[example])

    assert shown in reader.result.value


def test_an_unassigned_number_is_marked_and_not_refused() -> None:
    assert "unassigned" in PhoneReader("555-123-4567").result.value


def test_several_lines_make_a_table_and_a_long_paste_is_cut() -> None:
    reader = PhoneReader("\n".join(["+14155550101"] * 250))

    assert reader.result.value.count("<tr>") == 201
    assert "50 more lines" in reader.result.value


def test_a_keystroke_is_answered_at_once_even_with_10_kb_of_junk() -> None:
    reader = PhoneReader()
    reader.text.value = "9" * 10_000
    begun = time.perf_counter()
    reader.text.value = "+1415555010"

    assert time.perf_counter() - begun < 0.05


# -- keyword tester -----------------------------------------------------------------------------------------


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


# -- handset and both sides ---------------------------------------------------------------------------------


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


# -- shared numbers and consent -----------------------------------------------------------------------------


@pytest.fixture
def family(bench: Bench) -> Bench:
    bench.identify("kid", "2024-01-01", phone="(415) 555-0101", plan="pro", city="Oakland")
    bench.identify("mum", "2020-01-01", phone=ANA, city="Berkeley")
    bench.identify("alone", "2020-01-01", phone=BEN)
    return bench


@pytest.mark.rule("R11")
@pytest.mark.rule("R12")
@pytest.mark.rule("R13")
@pytest.mark.rule("R14")
@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("message", "mum was created first"),
        ("stop", "An opt-out acts on the number"),
        ("campaign", "+14155550101 gets 2"),
        ("merge", "Oakland (kid)"),
    ],
)
def test_a_cluster_says_what_would_happen_to_each(family: Bench, question: str, said: str) -> None:
    card = SharedNumbers(family)
    card.question.value = question

    assert [row[0] for row in card.list.rows] == [ANA]
    assert said in card.detail.value


def test_the_ledger_says_whom_an_opt_out_binds_and_who_may_still_write(family: Bench) -> None:
    family.deliver(ANA, "STOP")
    card = ConsentCard(family)

    assert card.list.rows[0][2] == {"text": "opted out", "tone": "bad"}
    assert "kid, mum" in card.detail.value
    assert "+12025550199" in card.detail.value
    family.deliver(ANA, "START")
    assert card.list.rows[0][2]["text"] == "opted in"
    assert card.detail.value.count("iw-badge") == 2
    assert [tone for tone in ("iw-part iw-bad", "iw-part iw-good") if tone in card.detail.value] == [
        "iw-part iw-bad", "iw-part iw-good",
    ]  # fmt: skip


@pytest.mark.rule("R13")
@pytest.mark.rule("R21")
def test_a_cluster_shows_the_text_that_each_profile_would_get_from_a_campaign(family: Bench) -> None:
    family.identify("kid", first_name="Noa")
    family.deliver(ANA, "STOP")
    card = SharedNumbers(family)
    card.question.value = "campaign"
    assert card.detail.value.count("refused (R21)") == 2
    card.sender.value = "+12025550199"
    assert "“Hi Noa, our news!”" in card.detail.value
    assert "“Hi you, our news!”" in card.detail.value
    card.message.value = "Hi {{ profile.shoe_size }}"
    assert "cannot be filled in" in card.detail.value


# -- people -------------------------------------------------------------------------------------------------


@pytest.mark.rule("R10")
def test_a_person_is_created_and_repaired_by_clicks(bench: Bench) -> None:
    card = PeopleCard(bench)
    card.id.value, card.phone.value = "tom", "020 7946 0019"
    card.save()
    assert "unreadable" in card.said.value
    card.list.selected = 0
    card.country.value = "GB"
    card.save()

    assert "reads as +442079460019" in card.said.value
    assert card.list.rows[0][:4] == ["tom", "020 7946 0019", "GB", "+442079460019"]
    assert bench.workspace.profile("tom").phone == "020 7946 0019"  # type: ignore[union-attr]
    card.id.value = "me"
    assert (card.phone.value, card.country.value) == ("", ""), "another person does not get Tom's country"


@pytest.mark.parametrize(("profile_id", "said"), [("  ", "Type an id first"), ("x" * 200, "the most is 150")])
def test_a_person_that_cannot_be_stored_is_a_sentence(bench: Bench, profile_id: str, said: str) -> None:
    card = PeopleCard(bench)
    card.id.value = profile_id
    card.save()

    assert said in card.trouble.value
    assert card.list.rows == []


# -- segment builder ----------------------------------------------------------------------------------------


def test_clicks_python_and_json_are_one_condition_and_say_why(family: Bench) -> None:
    builder = SegmentBuilder(family, Row(name="plan", value="pro"), name="pros")

    assert "attribute(&#39;plan&#39;).equals(&#39;pro&#39;)" in builder.forms.value
    assert "1 profile" in builder.found.value
    assert {row[0]: row[2]["text"] for row in builder.people.rows} == {"kid": "yes", "mum": "no", "alone": "no"}
    builder.people.selected = 1
    assert "plan is not set" in builder.why.value
    builder.lines.children[0].negated.value = True
    assert "2 profiles" in builder.found.value
    builder.save()
    assert family.workspace.segments.members("pros") == ["alone", "mum"]


def test_the_builder_says_who_would_enter_and_leave_a_segment_that_is_saved(family: Bench) -> None:
    builder = SegmentBuilder(family, Row(name="plan", value="pro"), name="pros")
    builder.save()
    builder.lines.children[0].negated.value = True

    assert "2 would enter</span> mum, alone" in builder.found.value
    assert "1 would leave</span> kid" in builder.found.value
    builder.name.value = "others"
    assert "would enter" not in builder.found.value


def test_the_people_of_the_lesson_come_first(bench: Bench) -> None:
    for number in range(60):
        bench.workspace.identify(f"other{number}", {"phone": "+14155550103"})
    bench.identify("mine", phone=ANA)
    bench.identify("my twin", phone=ANA)

    assert [row[0] for row in SegmentBuilder(bench).people.rows[:2]] == ["mine", "my twin"]
    assert "50 profiles are listed" in SegmentBuilder(bench).found.value
    assert [row[0] for row in SharedNumbers(bench).list.rows] == [ANA, "+14155550103"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Row("shares", value="three"), "A whole number such as 2"),
        (Row("shares", value="9" * 10_000), "A whole number such as 2"),
        (Row(name=""), "A name is needed"),
        (Row("segment", "no such"), "no such"),
        (Row("replied", value="two words"), "not one word"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence_in_the_builder(family: Bench, row: Row, said: str) -> None:
    builder = SegmentBuilder(family, row)

    assert said in builder.trouble.value
    assert builder.people.rows == []


def test_conditions_are_added_and_dropped(family: Bench) -> None:
    builder = SegmentBuilder(family, Row(name="plan", value="pro"))
    builder.add(Row("shares"))
    builder.every.value = False
    assert "2 profiles" in builder.found.value
    builder.drop(builder.lines.children[1])
    builder.drop(builder.lines.children[0])
    assert "Add a condition first" in builder.trouble.value


# -- checklist and scenario ---------------------------------------------------------------------------------


def test_a_step_ticks_only_when_the_state_shows_it(bench: Bench) -> None:
    card = Checklist(
        bench, step.message_from(ANA), step.opted_out(ANA), step.opted_in_again(ANA), step.send_refused(ANA)
    )
    assert card.results() == [False] * 4
    bench.deliver(ANA, "hello")
    assert card.results() == [False] * 4
    bench.identify("ana", phone=ANA)
    bench.deliver(ANA, "STOP")
    bench.send("ana", "news")
    assert card.results() == [True, True, False, True]
    bench.deliver(ANA, "START")
    assert card.results() == [True, False, True, True]
    assert "3 of 4 done" in card._list.value


def test_a_step_about_another_card_ticks_without_being_asked(bench: Bench) -> None:
    story = ScenarioCard(text="steps: [")
    checks = Checklist(bench, step.story_passes(story))
    assert "0 of 1 done" in checks._list.value
    story.text.value = "version: 1\npeople:\n  ana: {number: '+12025550101'}\nsteps:\n  - ana.says: hi\n"
    story.play()

    assert "1 of 1 done" in checks._list.value


def test_every_story_that_ships_passes_and_a_failing_one_says_where(bench: Bench) -> None:
    card = ScenarioCard()
    assert card.passed
    card.text.value = card.text.value.replace("state: opted_out", "state: opted_in")
    card.play()
    assert not card.passed
    assert "your story:" in card.verdict.value
    card.text.value = "steps: ["
    card.play()
    assert "your story" in card.trouble.value
