"""Record and replay: a conversation by hand becomes a scenario, and its webhooks go out again, edited or not."""

import shlex
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from inbound_core import Workspace
from simulator.cli import cli
from simulator.replaying import ReplayPlan, ReplayRefused, replay, requests_of
from simulator.scenarios import load, play
from simulator.scenarios.bench import Bench

ANA, STRANGER = "+12025550101", "+12025550104"


@pytest.fixture
def talked():
    """Give a bench on which people have talked."""
    with Bench() as bench:
        bench.identify("ana", "(202) 555-0101")
        bench.send("ana", "Reply YES: it's on!")
        bench.handset(ANA, "ana").says("YES please\n# and: more")
        bench.advance(3600)
        bench.handset(STRANGER).says("who's there?")
        bench.handset(ANA).says("STOP")
        yield bench


def test_a_conversation_by_hand_becomes_a_scenario_that_passes(talked: Bench, tmp_path: Path):
    path = talked.save(tmp_path / "talk.scenario.yaml")
    (story,) = load(path)
    verdict = play(story)

    assert verdict.passed, verdict.report()
    assert verdict.checks == 6
    assert [str(step) for step in story.steps if step.kind in ("says", "sends", "advance")] == [
        "news.sends",
        "ana.says",
        "advance",
        "unknown_12025550104.says",
        "ana.says",
    ]


def test_a_recorded_scenario_fails_when_something_else_happens(talked: Bench, tmp_path: Path):
    path = talked.save(tmp_path / "talk.scenario.yaml")
    path.write_text(path.read_text().replace("body: STOP", "body: hello"))
    (story,) = load(path)

    assert "(action) should be 'opt_out', but is 'none'" in play(story).report()


def test_a_webhook_sent_again_counts_once_and_with_a_fresh_sid_again(talked: Bench):
    attempts = talked.carrier.attempts()
    before = len(talked.workspace.events("ana"))

    statuses = [one.status for one in replay(attempts, ReplayPlan(talked.auth_token))]

    assert statuses == [200] * len(attempts)
    assert len(talked.workspace.events("ana")) == before

    list(replay(attempts[:1], ReplayPlan(talked.auth_token, fresh_sids=True, edits={"Body": "Edited"})))

    assert talked.workspace.events("ana")[-1].data["body"] == "Edited"


def test_a_replay_with_another_token_is_refused_by_the_application(talked: Bench):
    (found,) = replay(talked.carrier.attempts()[:1], ReplayPlan("another token"))

    assert (found.status, found.status_before) == (403, 200)


def test_the_original_pauses_are_kept_or_shortened_when_asked_for(talked: Bench):
    pauses: list[float] = []
    list(replay(talked.carrier.attempts(), ReplayPlan(talked.auth_token, spacing=0.5), sleep=pauses.append))

    assert pauses == pytest.approx([1800, 0], abs=1)
    assert timedelta(seconds=pauses[0]) < timedelta(hours=1)


def test_nothing_is_replayed_to_another_machine_unless_allowed(talked: Bench):
    plan = ReplayPlan(talked.auth_token, url="http://example.com/sms")

    with pytest.raises(ReplayRefused, match=r"example\.com is not on this machine"):
        list(replay(talked.carrier.attempts(), plan))


def test_a_request_as_curl_is_taken_by_the_application(talked: Bench):
    (request,) = requests_of(talked.carrier.attempts()[:1], ReplayPlan(talked.auth_token, fresh_sids=True))
    command = shlex.split(request.curl())

    assert command[:2] == ["curl", "-i"]
    made = subprocess.run([*command, "-s", "--noproxy", "*"], capture_output=True, text=True, check=True)
    assert "200 OK" in made.stdout


def test_the_commands_record_and_replay_the_workspace(tmp_path: Path):
    runner, place = CliRunner(), str(tmp_path / "workspace")

    def run(*arguments: str) -> str:
        result = runner.invoke(cli, [*arguments, "--workspace", place])
        assert result.exit_code == 0, result.output
        return result.output

    run("text", ANA, "STOP")
    saved = tmp_path / "talk.scenario.yaml"

    assert "inbound play" in run("record", str(saved))
    assert play(load(saved)[0]).passed
    assert "X-Twilio-Signature" in run("replay", "--curl")
    refused = runner.invoke(cli, ["record", str(saved), "--workspace", place])
    assert refused.exit_code == 1
    assert "is there already" in refused.output


def test_replaying_what_was_never_recorded_says_so(tmp_path: Path):
    Workspace.open(f"sqlite:///{tmp_path / 'platform.db'}").close()

    result = CliRunner().invoke(cli, ["replay", "--workspace", str(tmp_path)])

    assert result.exit_code == 1
    assert "No such webhook was recorded" in result.output


def test_one_conversation_is_replayed_and_told_by_who_said_what(tmp_path: Path):
    runner, place = CliRunner(), str(tmp_path / "workspace")
    for number, body in ((ANA, "hello"), (STRANGER, "who's there?")):
        assert runner.invoke(cli, ["text", number, body, "--workspace", place]).exit_code == 0

    printed = runner.invoke(cli, ["replay", "--curl", "--handset", ANA, "--workspace", place]).output

    assert printed.count("curl -i -X POST") == 1
    assert "Body=hello" in printed


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/sms", "http:///sms"])
def test_what_is_no_address_is_not_called_another_machine(talked: Bench, url: str):
    with pytest.raises(ReplayRefused, match="is no address of an application"):
        list(replay(talked.carrier.attempts(), ReplayPlan(talked.auth_token, url=url)))
