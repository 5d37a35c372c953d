"""Set-up and control: live verdicts, snippets that run, faults, words, the clock, and a workspace in one file."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from inbound_core.campaign_json import campaign_from_text
from inbound_core.campaign_records import Campaign, FollowUp, KeywordTrigger
from inbound_core.condition_words import attribute
from simulator import Simulator, SimulatorConfig, start
from simulator.clock import VirtualClock
from simulator.guard import HEADER
from simulator.web.snippets import SNIPPETS
from tests.stores import postgresql_database

ANA, BOB = "+12025550101", "+12025550102"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with start() as simulator:
        yield simulator


def get(sim: Simulator, path: str) -> str:
    answer = requests.get(sim.url + path, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def post(sim: Simulator, path: str, files: object = None, **form: str) -> requests.Response:
    return requests.post(sim.url + path, data=form, files=files, headers={HEADER: sim.token}, timeout=20)  # type: ignore[arg-type]


@pytest.mark.rule("R3")
@pytest.mark.rule("R6")
def test_the_verdicts_change_as_the_set_up_does(sim: Simulator) -> None:
    def tags() -> list[str]:
        return re.findall(r'<span class="tag[^"]*">([^<]*)<', get(sim, "/setup").partition('id="checks"')[2])[:3]

    before = tags()
    post(sim, "/people/examples")
    sim.text(ANA, "testing")

    assert before == ["✓ in order", "✗ missing", "! look"]
    assert tags() == ["✓ in order"] * 3


@pytest.mark.rule("R4")
def test_the_console_step_names_the_url_of_the_workspaces_region(sim: Simulator) -> None:
    us = get(sim, "/setup")
    assert post(sim, "/setup/region", region="eu").status_code == 200
    eu = get(sim, "/setup")

    assert "<code>https://track.customer.io/inbound/sms</code>" in us
    assert "<code>https://track-eu.customer.io/inbound/sms</code>" in eu
    assert f"<code>{sim.url}/inbound/sms</code>" in eu
    assert post(sim, "/setup/region", region="mars").status_code == 400


@pytest.mark.rule("R12")
@pytest.mark.parametrize(("tie_break", "answers"), [("stored_first", "zoe"), ("lower_id", "ana")])
def test_the_list_of_handsets_names_the_one_who_answers(sim: Simulator, tie_break: str, answers: str) -> None:
    sim.workspace.set_policy(tie_break=tie_break)
    for name in ("zoe", "ana"):
        sim.workspace.identify(name, {"phone": ANA}, datetime(2026, 3, 2, 9, tzinfo=UTC))
    outcome = sim.text(ANA, "hello")
    page = get(sim, f"/handsets/{ANA}")

    assert outcome.explanation is not None
    assert outcome.explanation.attributed_to == answers
    assert re.findall(r'<span class="name"><b[^>]*>([^<]*)<', page) == [answers]


@pytest.mark.parametrize("goal", ["Put people in", "Send"])
def test_the_python_snippets_run_as_they_are_pasted(sim: Simulator, goal: str) -> None:
    sim.workspace.identify("zoe", {})
    page = requests.get(f"{sim.url}/setup", headers={HEADER: sim.token}, timeout=10).text
    shown = [text for text in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.S) if "import" in text]
    wanted = [s.text.splitlines()[0] for s in SNIPPETS[goal] if s.language == "Python"]
    for text in (html.unescape(text) for text in shown):
        if text.splitlines()[0] in wanted:
            exec(compile(text, "snippet", "exec"), {"__name__": "snippet"})
    sim.carrier.wait_idle()

    if goal == "Send":
        assert [bubble.body for bubble in sim.carrier.conversation(ANA)] == ["Reply YES to join"]
    else:
        assert sim.workspace.profile("ana").phone_e164 == ANA  # type: ignore[union-attr]


def test_every_snippet_is_filled_in(sim: Simulator) -> None:
    page = get(sim, "/setup")

    assert "$" not in re.sub(r"\$\{?\s", "", "".join(re.findall(r"<code>(.*?)</code>", page, re.S)))
    assert page.count("<details") == sum(len(snippets) for snippets in SNIPPETS.values())


def test_an_armed_fault_is_on_every_page_and_happens_and_goes(sim: Simulator) -> None:
    assert "A fault is armed" not in get(sim, "/people")
    post(sim, "/control/faults", fault="webhook/status", when="first", number="1")

    assert "A fault is armed" in get(sim, "/people")
    failed = sim.text(ANA, "hello")
    assert failed.deliveries[0].status == 500
    assert not failed.arrived
    assert "the application answers with an error status" in get(sim, "/control")
    assert "Twilio 11200" in get(sim, f"/handsets/{ANA}")
    assert sim.text(ANA, "again").arrived

    post(sim, "/control/faults/clear")
    assert "A fault is armed" not in get(sim, "/people")


def test_a_stop_that_never_reached_the_platform_is_told_as_what_it_is(sim: Simulator) -> None:
    post(sim, "/control/faults", fault="webhook/refused", when="always")
    sim.text(ANA, "STOP")
    page = get(sim, f"/handsets/{ANA}")

    assert "Twilio lets nothing through" in page
    assert "no answer" in page
    assert "<b>Opted out</b>" not in page


def test_an_api_fault_meets_those_who_send(sim: Simulator) -> None:
    sim.workspace.identify("ana", {"phone": ANA})
    post(sim, "/control/faults", fault="api/error", when="always")
    account = sim.account
    url = f"{sim.url}/2010-04-01/Accounts/{account.account_sid}/Messages.json"
    form = {"To": ANA, "From": sim.carrier.numbers()[0].phone_number, "Body": "hi"}
    answer = requests.post(url, data=form, auth=(account.account_sid, account.auth_token), timeout=10)

    assert answer.status_code == 500
    assert sim.carrier.conversation(ANA) == ()


@pytest.mark.parametrize(
    "form",
    [
        {"fault": "nonsense"},
        {"fault": "webhook/status", "when": "never"},
        {"fault": "webhook/status", "when": "nth", "number": "0"},
        {"fault": "webhook/status", "when": "nth", "number": "many"},
        {"fault": "webhook/status", "person": "nobody"},
    ],
)
def test_a_fault_that_cannot_be_meant_arms_nothing(sim: Simulator, form: dict[str, str]) -> None:
    page = post(sim, "/control/faults", **form).text
    assert '<a href="/control">Back</a>' in page
    assert "data-live" not in page
    answer = post(sim, "/control/faults", **form)

    assert answer.status_code == 400
    assert "That did not work" in answer.text
    assert sim.faults.plans == ()


@pytest.mark.rule("R24")
def test_own_words_and_answers_count_once_they_are_switched_on(sim: Simulator) -> None:
    sid = sim.carrier.services()[0].sid
    words = {"STOP-words": "STOP, BASTA", "START-words": "START", "HELP-words": "HELP"}
    answers = {"STOP-answer": "You are out. Ciao!", "START-answer": "Back in", "HELP-answer": "Ask us"}
    before = sim.text(ANA, "basta")
    assert post(sim, "/control/opt-out", service=sid, **words, **answers).status_code == 200
    after = sim.text(ANA, "basta")

    assert before.heard == ()
    assert after.heard == ("You are out. Ciao!",)
    assert "R24" in {reason.rule for reason in after.explanation.reasons}  # type: ignore[union-attr]
    assert post(sim, "/control/opt-out", service=sid, **{**words, "HELP-words": "STOP"}, **answers).status_code == 400
    post(sim, "/control/opt-out", service=sid, off="1")
    assert sim.carrier.services()[0].advanced_opt_out is None


def test_a_clock_that_stands_still_is_moved_and_what_is_due_happens() -> None:
    with start(clock=VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))) as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        later = FollowUp("Still there?", timedelta(days=1))
        sim.workspace.campaigns.save(Campaign("join", KeywordTrigger(("JOIN",)), (later,)))
        number = sim.carrier.numbers()[0].phone_number
        post(sim, f"/handsets/{ANA}/texts", body="join", to=number)
        assert [bubble.body for bubble in sim.carrier.conversation(ANA)] == ["join"]

        assert post(sim, "/control/clock", amount="25", unit="hours").status_code == 200
        sim.carrier.wait_idle()

        assert [bubble.body for bubble in sim.carrier.conversation(ANA)] == ["join", "Still there?"]
        for form in (
            {"amount": "-1", "unit": "hours"},
            {"amount": "1", "unit": "years"},
            {"amount": "999", "unit": "days"},
        ):
            assert post(sim, "/control/clock", **form).status_code == 400


def test_a_clock_that_goes_with_real_time_is_not_moved(sim: Simulator) -> None:
    assert post(sim, "/control/clock", amount="1", unit="hours").status_code == 400


def test_a_workspace_goes_out_and_comes_back_by_clicks(sim: Simulator) -> None:
    sim.workspace.identify("ana", {"phone": ANA})
    sim.text(ANA, "hello")
    file = post(sim, "/control/export")
    assert "attachment" in file.headers["Content-Disposition"]
    refused = post(sim, "/control/reset")
    assert (refused.status_code, len(sim.workspace.profiles())) == (400, 1)
    post(sim, "/control/reset", sure="yes")
    assert sim.workspace.profiles() == []

    answer = post(sim, "/control/import", files={"file": ("w.jsonl.gz", file.content)})

    assert answer.status_code == 200
    assert [bubble.body for bubble in sim.carrier.conversation(ANA)] == ["hello"]
    assert sim.text(ANA, "and on").explanation.attributed_to == "ana"  # type: ignore[union-attr]
    broken = post(sim, "/control/import", files={"file": ("x.gz", b"no workspace")})
    assert (broken.status_code, len(sim.workspace.profiles())) == (400, 1)


def test_segments_and_campaigns_are_shown_with_who_and_what(sim: Simulator) -> None:
    for path in ("/segments", "/campaigns"):
        assert "yet." in get(sim, path)
    shown = html.unescape(get(sim, "/campaigns"))
    assert campaign_from_text(shown.partition("echo '")[2].partition("' |")[0]).name == "join"
    sim.workspace.identify("ana", {"phone": ANA, "plan": "pro"})
    sim.workspace.segments.save("pros & <friends>", attribute("plan").equals("pro"))
    sim.workspace.campaigns.save(Campaign("wel/come", KeywordTrigger(("JOIN",)), (FollowUp("Hi {{ event.body }}"),)))
    sim.text(ANA, "JOIN")

    assert "pros &amp; &lt;friends&gt;" in get(sim, "/segments")
    assert "ana" in get(sim, "/segments/pros%20%26%20%3Cfriends%3E")
    assert "wel/come" in get(sim, "/campaigns")
    assert "Hi {{ event.body }}" in get(sim, "/campaigns/wel/come")
    assert requests.get(f"{sim.url}/campaigns/none", timeout=10).status_code == 404


@pytest.mark.postgres
def test_every_page_is_shown_on_postgresql_too() -> None:
    with postgresql_database() as url, start(SimulatorConfig(database_url=url)) as sim:
        sim.workspace.identify("ana", {"phone": ANA})
        sim.text(ANA, "STOP")
        sim.text(BOB, "hello")
        for path in (
            "/everything",
            f"/handsets/{ANA}",
            "/everything?q=profile:ana",
            "/everything?q=-is:anonymous keyword:stop",
            "/people?q=an",
            "/people/ana",
            "/anonymous",
            "/consent",
            "/activity?kind=opted_out",
            "/segments",
            "/campaigns",
            "/setup",
            "/control",
            "/simulator/changes?wait=0",
        ):
            assert get(sim, path)
        assert [message.body for message in sim.search("profile:ana is:inbound")] == ["STOP"]
        assert [message.body for message in sim.search("is:anonymous")] == ["hello"]
