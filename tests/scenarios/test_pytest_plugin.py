"""The pytest plugin: scenario files are tests, and a test that gets an SMS it did not expect fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from simulator.scenarios import load, play
from simulator.scenarios.approvals import approval_of, approval_of_story
from simulator.scenarios.bench import Unmet
from tests.carrier.applications import closed_port, serving

STORY = """\
version: 1
people:
  ana: {number: "+12025550101"}
matrix: {word: [STOP, stop]}
steps:
  - ana.says: "{{ word }}"
  - expect: {to: ana, match: /unsubscribed/}
"""


def run_pytest(folder: Path, *options: str) -> tuple[int, str]:
    # Other plugins, which take seconds to load, have no part in this.
    without = [f"-pno:{name}" for name in ("cacheprovider", "nbval", "hypothesispytest", "anyio")]
    plain = ("-W", "error", *without, "--rootdir", str(folder))
    # On CI pytest's closing summary repeats each failure in full, which here is to be read as on one's own machine.
    surroundings = {name: value for name, value in os.environ.items() if name not in {"CI", "BUILD_NUMBER"}}
    made = subprocess.run(
        [sys.executable, "-m", "pytest", *plain, *options],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    return made.returncode, made.stdout + made.stderr


def test_scenario_files_are_collected_as_tests(tmp_path: Path):
    (tmp_path / "stop.scenario.yaml").write_text(STORY)
    code, told = run_pytest(tmp_path, "-v")

    assert code == 0, told
    assert "stop.scenario.yaml::stop [word=STOP] PASSED" in told
    assert "2 passed" in told


def test_a_failing_scenario_shows_its_line_and_transcript_and_no_traceback(tmp_path: Path):
    about = "about: A STOP is answered.\n"
    (tmp_path / "stop.scenario.yaml").write_text(STORY.replace("unsubscribed", "welcome") + about)
    kept = tmp_path / "kept.scenario.yaml"
    kept.write_text(STORY)
    approval = approval_of(str(kept), [play(story) for story in load(kept)])
    approval.path.write_text(approval.seen.replace("ana -> news: stop", "ana -> news: halt"))
    code, told = run_pytest(tmp_path)

    assert code == 1
    assert "3 failed, 1 passed" in told
    assert "FAILED kept.scenario.yaml::kept [word=stop]" in told
    assert f"The transcript differs from {approval.path}:" in told
    assert any(line.lstrip().startswith("-") and line.endswith("ana -> news: halt") for line in told.splitlines())
    assert "stop.scenario.yaml:7: expect failed." in told
    assert "ana -> news: STOP" in told
    assert "Closest:" in told
    assert told.count("About this story: A STOP is answered.") == 2
    assert "Traceback" not in told
    assert "playing.py" not in told


def test_a_scenario_file_with_a_fault_fails_to_be_collected_with_its_line(tmp_path: Path):
    (tmp_path / "stop.scenario.yaml").write_text(STORY.replace("expect:", "exepct:"))
    code, told = run_pytest(tmp_path)

    assert code == 2
    assert "stop.scenario.yaml:7: 'exepct' is no key" in told


def test_an_sms_that_a_test_did_not_expect_fails_it_with_the_transcript(tmp_path: Path):
    (tmp_path / "test_it.py").write_text(
        "def test_expected(simulator, handset):\n"
        "    handset('+12025550101').says('STOP').expects('/unsubscribed/')\n"
        "def test_unexpected(simulator, handset):\n"
        "    handset('+12025550101').says('STOP')\n"
        "def test_passed_over(simulator, handset):\n"
        "    simulator.identify('ana', '+12025550101')\n"
        "    simulator.send('ana', 'Your code is 1234')\n"
        "    handset('+12025550101').expects('/code: [0-9]+/')\n"
    )
    code, told = run_pytest(tmp_path)

    assert code == 1, told
    assert "1 passed" in told
    assert "2 failed" in told
    assert "Unexpected: 1 message(s) that no step expected" in told
    assert "Closest: 09:00:00 ana <- news: 'Your code is 1234'" in told
    assert "SMS transcript" in told


def test_the_tests_run_side_by_side(tmp_path: Path):
    (tmp_path / "stop.scenario.yaml").write_text(STORY)
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', range(4))\n"
        "def test_expected(simulator, handset, clock, n):\n"
        "    before = clock.now()\n"
        "    handset('+12025550101').says('STOP').expects('/unsubscribed/').expects_nothing()\n"
        "    assert (clock.now() - before).total_seconds() < 1\n"
    )
    code, told = run_pytest(tmp_path, "-n", "2")

    assert code == 0, told
    assert "6 passed" in told


def test_a_test_plays_a_scenario_through_its_fixture(scenario, tmp_path: Path):
    (verdict,) = scenario(STORY.replace("matrix: {word: [STOP, stop]}\n", "").replace("{{ word }}", "STOP"))

    assert verdict.passed
    failing = STORY.replace("unsubscribed", "welcome")
    with pytest.raises(pytest.fail.Exception, match="Closest:") as caught:
        scenario(failing)
    assert "Play it again" not in str(caught.value)

    path = tmp_path / "stop.scenario.yaml"
    path.write_text(failing)
    with pytest.raises(pytest.fail.Exception, match=f"Play it again: inbound play {path}"):
        scenario(path)


def test_a_scenario_in_a_line_is_a_text_and_no_file(scenario):
    (verdict,) = scenario(' {version: 1, people: {ana: {number: "+12025550101"}}, steps: [{ana.says: hello}]}')

    assert verdict.passed


def test_each_story_is_held_to_its_own_part_of_the_approved_transcript(scenario, tmp_path: Path):
    path = tmp_path / "stop.scenario.yaml"
    path.write_text(STORY)
    verdicts = scenario(path)
    names = [verdict.scenario.name for verdict in verdicts]

    def differing() -> list[bool]:
        return [approval_of_story(verdict, names).differs for verdict in verdicts]

    assert differing() == [False, False]
    approval_of(str(path), verdicts).approve()
    assert differing() == [False, False]
    path.with_name("stop.approved.txt").write_text(approval_of(str(path), verdicts[:1]).seen)
    assert differing() == [False, True]
    path.with_name("stop.approved.txt").write_text(approval_of(str(path), verdicts).seen + "# gone\nhello\n")
    assert differing() == [True, False]
    with pytest.raises(pytest.fail.Exception, match="-# gone"):
        scenario(path)


LONG = "Thank you for all that you did for us in March"


@pytest.mark.parametrize(
    ("setting", "said", "names"),
    [
        pytest.param(
            f"matrix: {{word: ['{LONG}', '{LONG} and April']}}",
            "{{ word }}",
            [f"[word={LONG[:40]}]", f"[word={LONG[:40]}] / more", f"[word={LONG[:40]}] #2",
             f"[word={LONG[:40]}] / more #2"],
            id="texts that begin alike",
        ),
        pytest.param(
            "matrix: {one: [{a: 1, b: YES}, {a: 1, b: NO}]}",
            "{{ one.b }}",
            ["[one=1]", "[one=1] / more", "[one=1] #2", "[one=1] / more #2"],
            id="mappings that begin alike",
        ),
        pytest.param(
            'matrix: {word: ["a\\nb", "a\\r# b"]}',
            "{{ word }}",
            [r"[word=a\nb]", r"[word=a\nb] / more", r"[word=a\r# b]", r"[word=a\r# b] / more"],
            id="lines",
        ),
        pytest.param("seed: 1", "first\\n# second\\r\\n# \u2028# third", ["", "/ more"], id="a line like a name"),
    ],
)  # fmt: skip
def test_what_was_approved_holds_for_each_story_whatever_is_said_in_it(
    scenario, tmp_path: Path, setting: str, said: str, names: list[str]
):
    path = tmp_path / "odd.scenario.yaml"
    steps = f'  - ana.says: "{said}"\n  - snapshot: said\n  - note: "{said}"\n'
    branch = "branches: {more: {from: said, steps: [{note: more}]}}\n"
    path.write_text(STORY.partition("matrix")[0] + f"{setting}\nsteps:\n{steps}{branch}", encoding="utf-8")
    verdicts = [play(story) for story in load(path)]
    found = [verdict.scenario.name for verdict in verdicts]
    approval_of(str(path), verdicts).approve()

    assert found == [f"odd {name}".strip() for name in names]
    assert [name for name, one in zip(found, verdicts, strict=True) if approval_of_story(one, found).differs] == []
    assert not approval_of(str(path), verdicts).differs


def test_waiting_in_vain_tells_what_happened_instead(simulator, handset):
    from simulator.scenarios.bench import WaitedInVain

    handset("+12025550101", "ana").says("Hello")

    with pytest.raises(WaitedInVain, match="the answer did not come about") as caught:
        simulator.wait_for(lambda: handset("+12025550101").messages(), 0.05, "the answer")
    assert "ana -> news: Hello" in str(caught.value)


def test_replies_go_to_an_application_from_the_moment_on_that_it_is_named(simulator, handset):
    app = Flask("application")
    app.add_url_rule("/sms", "sms", lambda: "<Response><Message>Hello from here</Message></Response>", methods=["POST"])
    ana = handset("+12025550101")
    with serving(app) as base, closed_port() as away:
        ana.says("Hello").expects_nothing()
        simulator.send_webhooks_to(f"{base}/sms")
        ana.says("Hello").expects("Hello from here", by="application").expects_nothing()
        simulator.send_webhooks_to(away, fallback_url=f"{base}/sms")
        ana.says("Hello").expects("Hello from here", by="application")


def test_what_has_come_so_far_can_be_allowed_and_what_comes_later_is_not(simulator):
    simulator.identify("ana", "+12025550101")
    simulator.send("ana", "Welcome")
    simulator.allow_unexpected()
    simulator.refuse_unexpected()

    simulator.send("ana", "One more thing")
    with pytest.raises(Unmet, match="1 message"):
        simulator.refuse_unexpected()
    simulator.allow_unexpected()


def test_the_plugin_does_nothing_in_projects_that_do_not_use_it(tmp_path: Path):
    (tmp_path / "test_it.py").write_text(
        "import sys\ndef test_it():\n    assert not any(m.startswith('simulator.scenarios') for m in sys.modules)\n"
    )
    code, told = run_pytest(tmp_path)

    assert code == 0, told
