"""`inbound play` and `inbound lint`: verdicts, approved transcripts, JSON and exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simulator.cli import cli

STORY = """\
version: 1
name: Greeting
people:
  ana: {number: "+12025550101"}
steps:
  - ana.says: hello
  - expect_reply: {of: ana, attributed_to: %s}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "greeting.scenario.yaml"
    path.write_text(STORY % "ana")
    return path


def test_play_shows_what_happens_and_passes(story: Path):
    result = run("play", str(story))

    assert result.exit_code == 0
    assert "ana -> news: hello" in result.output
    assert "1 passed, 0 failed." in result.output


def test_play_fails_with_exit_code_1_and_the_line(story: Path):
    story.write_text(STORY % "null")
    result = run("play", str(story), "--quiet")

    assert result.exit_code == 1
    assert f"{story}:7: expect_reply failed." in result.output
    assert "0 passed, 1 failed." in result.output


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_a_failure_says_once_what_its_story_is_about(story: Path, options: list[str]):
    story.write_text((STORY % "null").replace("people:", "about: A greeting is answered.\npeople:"))

    assert run("play", str(story), *options).output.count("About this story: A greeting is answered.") == 1
    story.write_text(STORY % "null")
    assert "About" not in run("play", str(story), *options).output


def test_play_gives_json_for_programs(story: Path):
    values = json.loads(run("play", str(story), "--json").output)

    assert values["passed"] == 1
    assert values["stories"][0]["name"] == "Greeting"
    assert any("hello" in line for line in values["stories"][0]["transcript"])


def test_update_approves_a_transcript_and_later_differences_fail_until_approved_again(story: Path):
    assert run("play", str(story), "--update").exit_code == 0
    assert "ana -> news: hello" in (story.parent / "greeting.approved.txt").read_text()
    assert run("play", str(story)).exit_code == 0

    story.write_text((STORY % "ana").replace("hello", "goodbye"))
    differing = run("play", str(story), "--quiet")

    assert differing.exit_code == 1
    assert "ana -> news: goodbye" in differing.output
    assert "approve it with --update" in differing.output

    updated = run("play", str(story), "--update")

    assert any(line.startswith("-") and "hello" in line for line in updated.output.splitlines())
    assert run("play", str(story)).exit_code == 0


def test_a_story_that_fails_is_not_approved(story: Path):
    story.write_text(STORY % "null")
    result = run("play", str(story), "--update")

    assert result.exit_code == 1
    assert "Nothing was approved, because a story failed" in result.output
    assert not (story.parent / "greeting.approved.txt").exists()


def test_a_file_with_a_fault_keeps_no_other_from_being_played(story: Path):
    (story.parent / "a.scenario.yaml").write_text((STORY % "ana").replace("says", "sayz"))
    told = run("play", str(story.parent), "--quiet")

    assert told.exit_code == 1
    assert "a.scenario.yaml:6: ana cannot do 'sayz'" in told.output
    assert "1 passed, 0 failed, 1 not playable." in told.output
    result = CliRunner().invoke(cli, ["play", str(story.parent), "--json"])
    values = json.loads(result.stdout)
    assert (values["passed"], [fault["line"] for fault in values["faults"]]) == (1, [6])


def test_play_writes_the_whole_trace(story: Path, tmp_path: Path):
    run("play", str(story), "--trace", str(tmp_path / "a"))
    run("play", str(story), "--trace", str(tmp_path / "b"))

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert all(json.loads(line)["at"] for line in (tmp_path / "a").read_text().splitlines())


def test_a_trace_that_cannot_be_written_is_told_before_anything_is_played(story: Path, tmp_path: Path):
    result = run("play", str(story), "--json", "--trace", str(tmp_path / "none" / "trace"))

    assert result.exit_code == 2
    assert "trace cannot be written: No such file or directory" in result.output
    assert "Greeting" not in result.output


def test_a_trace_that_can_no_longer_be_written_is_told_behind_the_verdict(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    result = CliRunner().invoke(cli, ["play", str(story), "--json", "--trace", str(tmp_path / "trace")])

    assert result.exit_code == 1
    assert "The trace was not written" in result.stderr
    assert json.loads(result.stdout)["passed"] == 1


def test_play_names_what_ships_and_takes_it_by_name():
    assert "shared_number_stop" in run("play", "--list").output
    assert run("play", "stop_in_a_sentence", "--quiet").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param([], 2, "Name a file", id="nothing"),
        pytest.param(["gone.scenario.yaml"], 1, "There is no such file", id="no such file"),
        pytest.param(["shared_number_stopp"], 1, "Did you mean shared_number_stop?", id="name misspelt"),
    ],
)
def test_play_says_what_is_meant_to_be_given(arguments: list[str], code: int, words: str):
    result = run("play", *arguments)

    assert result.exit_code == code
    assert words in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--people", "5", "--quiet", "--http"], "--people takes no --http", id="a population over HTTP"),
        pytest.param(["--people", "5", "--trace", "t"], "--people takes no --trace", id="a population traced"),
        pytest.param(["--people", "5", "--policy", "a=1"], "--people takes no --policy", id="a population otherwise"),
        pytest.param(["x", "--people", "5"], "--people takes no FILE", id="a population of a file"),
        pytest.param(["x", "--clean-phones", "--app", "y"], "--clean-phones takes no --app", id="a what if elsewhere"),
        pytest.param(["x", "--instead", "8=NO", "--update"], "--instead takes no --update", id="a what if approved"),
    ],
)
def test_play_refuses_options_that_have_no_part_in_what_is_asked(arguments: list[str], words: str):
    result = run("play", *arguments)

    assert (result.exit_code, words in result.output) == (2, True), result.output


def test_lint_finds_nothing_wrong_with_what_ships():
    result = run("lint", "shipped")

    assert result.exit_code == 0
    assert "nothing is wrong" in result.output


def test_what_is_one_is_not_counted_as_several(story: Path):
    assert "1 file with 1 story: nothing is wrong." in run("lint", str(story)).output
    assert "Greeting: passed, 1 check, 1 message." in run("play", str(story)).output


def test_lint_tells_every_fault_with_its_line(story: Path):
    story.write_text((STORY % "ann").replace("ana.says", "ana.sayz"))
    result = run("lint", str(story))

    assert result.exit_code == 1
    assert f"{story}:6: ana cannot do 'sayz'. Did you mean says?" in result.output
    (fault,) = json.loads(run("lint", str(story), "--json").output)["faults"]
    assert fault["line"] == 6


def test_lint_of_a_folder_without_scenarios_says_so(tmp_path: Path):
    result = run("lint", str(tmp_path))

    assert result.exit_code == 1
    assert "no *.scenario.yaml files" in result.output
