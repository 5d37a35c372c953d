"""The rules over real HTTP: a handset texts the fake Twilio, whose signed webhook reaches the platform."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from inbound_core.sending import AnonymousRecipientError, OptedOutError
from inbound_core.setup import Verdict
from simulator import Simulator, start
from simulator.carrier import AdvancedOptOut, Keyword, Wording
from simulator.running import OWN_NUMBER, SERVICE_NUMBERS

ANA, BOB = "+12025550101", "+12025550102"
IN_SERVICE, ALSO_IN_SERVICE = SERVICE_NUMBERS


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with start() as simulator:
        yield simulator


def service(sim: Simulator) -> str:
    return sim.carrier.services()[0].sid


def put(sim: Simulator, profile_id: str, **attributes: object) -> None:
    """Identify somebody as an application does: through the Track API."""
    url = f"{sim.url}/api/v1/customers/{profile_id}"
    auth = (sim.account.site_id, sim.account.api_key)
    assert requests.put(url, json=attributes, auth=auth, timeout=10).status_code == 200


def reasons(outcome: object) -> set[str]:
    return {reason.rule for reason in outcome.explanation.reasons}  # type: ignore[attr-defined]


@pytest.mark.rule("R3")
@pytest.mark.rule("R4")
@pytest.mark.rule("R6")
def test_the_set_up_is_in_order_once_somebody_has_a_phone_and_a_test_message_came(sim: Simulator) -> None:
    before = [check.verdict for check in sim.workspace.setup_report().checks]
    put(sim, "ana", phone=ANA)
    sim.text(ANA, "testing")
    after = [check.verdict for check in sim.workspace.setup_report().checks]

    assert before == [Verdict.OK, Verdict.MISSING, Verdict.WARNING]
    assert after == [Verdict.OK] * 3
    assert any("testing" in entry.text for entry in sim.workspace.activity(profile_id="ana"))


@pytest.mark.rule("R4")
def test_without_the_inbound_url_nothing_arrives_and_the_report_says_so(sim: Simulator) -> None:
    sim.carrier.set_inbound_url("")
    put(sim, "ana", phone=ANA)

    outcome = sim.text(ANA, "hello")

    assert not outcome.arrived
    assert outcome.deliveries == ()
    assert sim.workspace.events("ana") == []


@pytest.mark.rule("R5")
def test_a_number_that_the_platform_manages_works_at_once(sim: Simulator) -> None:
    sim.add_managed_number("+12025550144")
    put(sim, "ana", phone=ANA)

    assert sim.text(ANA, "hello", "+12025550144").explanation.attributed_to == "ana"  # type: ignore[union-attr]
    assert any(sender.managed for sender in sim.workspace.senders())


@pytest.mark.rule("R7")
@pytest.mark.rule("R8")
@pytest.mark.rule("R10")
@pytest.mark.parametrize("stored", [ANA, "(202) 555-0101", "1 202 555 0101"])
def test_a_reply_belongs_to_the_profile_with_its_number(sim: Simulator, stored: str) -> None:
    put(sim, "ana", phone=stored)
    put(sim, "bob", phone=BOB)

    outcome = sim.text(ANA, "hello")

    assert outcome.explanation is not None
    assert outcome.explanation.attributed_to == "ana"
    profile = sim.workspace.profile("ana")
    assert profile is not None
    assert profile.attributes["phone"] == stored
    assert sim.workspace.events("bob") == []


@pytest.mark.rule("R9")
def test_the_documentations_examples_answer(sim: Simulator) -> None:
    put(sim, "ann", phone="555-123-4567")
    put(sim, "liz", phone="020 7183 8750", country="GB")

    for handset, profile in (("+15551234567", "ann"), ("+442071838750", "liz")):
        outcome = sim.text(handset, "hello")
        assert outcome.explanation is not None
        assert outcome.explanation.attributed_to == profile


@pytest.mark.rule("R11")
@pytest.mark.rule("R12")
def test_the_oldest_of_those_that_share_a_number_answers(sim: Simulator) -> None:
    put(sim, "new", phone=ANA, created_at=int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()))
    put(sim, "old", phone="202-555-0101", created_at=int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()))

    outcome = sim.text(ANA, "hello")

    assert outcome.explanation is not None
    assert outcome.explanation.attributed_to == "old"
    assert "R12" in reasons(outcome)
    assert sim.workspace.events("new") == []


@pytest.mark.rule("R14")
def test_a_stop_covers_all_with_the_number_and_those_that_get_it_later(sim: Simulator) -> None:
    put(sim, "ana", phone=ANA)
    put(sim, "annie", phone="(202) 555-0101")
    outcome = sim.text(ANA, "STOP")
    put(sim, "late", phone="202.555.0101")

    assert outcome.explanation is not None
    assert outcome.explanation.affected == ("ana", "annie")
    for profile in ("ana", "annie", "late"):
        with pytest.raises(OptedOutError):
            sim.workspace.send(profile, "news", service(sim))
    assert [entry.body for entry in sim.carrier.conversation(ANA) if entry.body == "news"] == []


@pytest.mark.rule("R15")
@pytest.mark.rule("R16")
@pytest.mark.rule("R17")
@pytest.mark.rule("R18")
def test_a_number_nobody_has_stays_anonymous_and_cannot_be_written_to(sim: Simulator) -> None:
    put(sim, "ana", phone="2025550101 (ask for Ana)")
    outcome = sim.text(BOB, "who am I?")
    near = sim.text(ANA, "and I?")
    (first, *_) = sim.workspace.anonymous_events()
    put(sim, "bob", phone=BOB)

    assert outcome.explanation is not None
    assert outcome.explanation.attributed_to is None
    assert {"R15", "R17", "R18"} <= reasons(outcome)
    assert near.explanation is not None
    assert near.explanation.attributed_to == "ana" or [m.profile_id for m in near.explanation.near_misses] == ["ana"]
    assert sim.workspace.events("bob") == []
    with pytest.raises(AnonymousRecipientError):
        sim.workspace.send(first, "who are you?", service(sim))
    assert not any(entry.incoming for entry in sim.carrier.conversation(BOB))


@pytest.mark.rule("R19")
@pytest.mark.parametrize(
    ("body", "state", "answers"),
    [
        ("stop", "opted_out", 1),
        (" Unsubscribe ", "opted_out", 1),
        ("STOP PLEASE", "unset", 0),
        ("STOP!", "unset", 0),
        ("HELP", "unset", 1),
        ("YES", "unset", 0),
    ],
)
def test_both_sides_agree_on_what_is_a_keyword(sim: Simulator, body: str, state: str, answers: int) -> None:
    outcome = sim.text(ANA, body)

    assert outcome.explanation is not None
    assert outcome.explanation.consent_after == state
    assert len(outcome.heard) == answers
    assert sim.carrier.opted_out(ANA, service(sim)) == (state == "opted_out")


@pytest.mark.rule("R20")
@pytest.mark.rule("R21")
def test_an_opt_out_holds_for_the_service_that_was_replied_to_until_it_is_lifted(sim: Simulator) -> None:
    put(sim, "ana", phone=ANA)
    sim.text(ANA, "STOP", IN_SERVICE)

    with pytest.raises(OptedOutError):
        sim.workspace.send("ana", "from the other number of the service", ALSO_IN_SERVICE)
    assert sim.workspace.send("ana", "from the number on its own", OWN_NUMBER).status == "sent"
    refused = sim.workspace.activity(kind="send_refused")
    assert [entry.profile_id for entry in refused] == ["ana"]

    sim.text(ANA, "START", ALSO_IN_SERVICE)
    assert sim.workspace.send("ana", "welcome back", IN_SERVICE).status == "sent"
    sim.carrier.wait_idle(10)
    heard = [entry.body for entry in sim.carrier.conversation(ANA) if entry.incoming]
    assert heard[-1] == "welcome back"
    assert "from the number on its own" in heard


@pytest.mark.rule("R22")
@pytest.mark.rule("R23")
def test_twilios_own_answer_is_on_the_handset_and_not_in_the_platforms_log(sim: Simulator) -> None:
    put(sim, "ana", phone=ANA)

    outcome = sim.text(ANA, "STOP")

    assert len(outcome.heard) == 1
    assert "unsubscribed" in outcome.heard[0]
    told = [entry.text for entry in sim.workspace.activity()]
    assert not any("unsubscribed" in text for text in told)
    assert [entry.kind for entry in sim.workspace.activity(phone=ANA)] == ["message_received", "opted_out"]


@pytest.mark.rule("R24")
def test_with_advanced_opt_out_the_answer_is_the_senders_own_and_the_webhook_says_so(sim: Simulator) -> None:
    lists = AdvancedOptOut(standard={Keyword.STOP: Wording(("STOP", "BASTA"), "You are out. Ciao!")})
    sim.carrier.set_advanced_opt_out(service(sim), lists)
    put(sim, "ana", phone=ANA)

    outcome = sim.text(ANA, "basta")

    assert outcome.heard == ("You are out. Ciao!",)
    assert outcome.explanation is not None
    assert outcome.explanation.consent_after == "opted_out"
    assert "R24" in reasons(outcome)
    assert not any("Ciao" in entry.text for entry in sim.workspace.activity())


def test_a_webhook_that_is_delivered_twice_counts_once(sim: Simulator) -> None:
    outcome = sim.text(ANA, "hello")
    attempt = sim.carrier.attempts(outcome.message_sid)[0]
    again = requests.post(attempt.url, data=dict(attempt.form), headers=dict(attempt.headers), timeout=10)

    assert again.status_code == 200
    assert len(sim.workspace.anonymous_events()) == 1
