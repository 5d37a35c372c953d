"""Checklist and scenarios: a step ticks only when the state shows it, and a story says where it fails."""

from workbench import Checklist, ScenarioCard
from workbench import steps as step
from workbench.bench import Bench

ANA = "+14155550101"
HI = "version: 1\npeople:\n  ana: {number: '+12025550101'}\nsteps:\n  - ana.says: hi\n"


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
    story.text.value = HI
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


def test_a_story_of_ones_own_is_not_called_one_that_ships_and_is_found_again() -> None:
    card = ScenarioCard(text=HI)
    assert card.choice.label == "this notebook's own"
    card.choice.value = "two_senders"
    assert "An opt-out holds for one sender" in card.text.value
    card.choice.value = ""

    assert card.text.value == HI
