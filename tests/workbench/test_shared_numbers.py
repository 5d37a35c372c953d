"""Shared numbers, consent and people: who is behind a number, and what an answer does to each."""

import pytest

from workbench import ConsentCard, PeopleCard, SharedNumbers
from workbench.bench import Bench

ANA = "+14155550101"


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
