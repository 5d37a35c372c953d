"""What strangers wrote, printed by commands: it is shown, and neither steers the terminal nor ends the command."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from simulator.commands.printing import in_line, visible

ANA = "+12025550101"
#: Names the window, reverses what follows, and begins a sequence in one character.
STEERING = "hi \x1b]0;mine\x07\u202e\x9b2J"
SHOWN = r"hi \x1b]0;mine\x07\u202e\x9b2J"

Run = Callable[..., Result]


def test_a_message_is_shown_and_does_not_steer_the_terminal(run: Run) -> None:
    said = run("text", ANA, STEERING).output

    assert f"{ANA} -> +12025550142: {SHOWN}" in said
    assert visible(said) == said


def test_no_line_of_a_message_passes_for_one_of_ours(run: Run) -> None:
    said = run("text", ANA, "hello\nplatform  all is well").output

    assert "\n          platform  all is well\n" in said


def test_the_cells_of_a_table_are_shown_and_do_not_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text(f'id,phone,na{STEERING}\n"{STEERING}\nben",{ANA},x\n', encoding="utf-8")
    said = [run("people", "import", str(table)), run("people", "list"), run("text", ANA, "hi"), run("log")]
    said.append(run("audit", str(table)))

    assert all(visible(result.output) == result.output for result in said)
    assert rf"{SHOWN}\nben" in said[1].output
    assert len(said[1].output.splitlines()) == 1


def test_a_transcript_and_an_error_do_not_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    story = tmp_path / "talk.scenario.yaml"
    story.write_text(
        f'version: 1\npeople:\n  ana: {{number: "{ANA}"}}\nsteps:\n  - ana.says: {json.dumps(STEERING)}\n',
        encoding="utf-8",
    )
    said = run("play", str(story)).output

    assert SHOWN in said
    assert visible(said) == said
    wrong = run("why", STEERING, "x", code=1).output
    assert visible(wrong) == wrong


def test_a_program_gets_what_was_written_in_json_that_steers_nothing(run: Run) -> None:
    said = run("text", ANA, STEERING, "--json").output

    assert json.loads(said)["body"] == STEERING
    assert in_line(said.rstrip("\n")) == said.rstrip("\n")


def test_lines_and_tabs_stay_and_a_return_alone_does_not() -> None:
    assert visible("a\r\nb\tc\rd") == "a\nb\tc\\rd"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("text", "\udcff", "hi"), id="handset"),
        pytest.param(("log", "--profile", "\udcff"), id="profile"),
        pytest.param(("why", "\udcff", "x"), id="id"),
        pytest.param(("replay", "--set", "Body=\udcff"), id="field"),
    ],
)
def test_bytes_that_are_no_text_are_refused_by_what_they_are(run: Run, command: tuple[str, ...]) -> None:
    run("text", ANA, "hello")

    assert "holds bytes that are no UTF-8" in run(*command, code=1).output


@pytest.mark.parametrize("command", ["text +12025550101 hi --workspace {}", "audit {}", "play {}", "record {}"])
def test_a_name_that_no_file_can_have_is_refused_without_a_traceback(run: Run, command: str) -> None:
    name = "n" * 300 + ".scenario.yaml"

    said = run(*command.format(name).split(), code=1).output
    assert f"{name} cannot be used: File name too long." in said or f"There is no workspace in {name}" in said


def test_an_address_that_is_none_is_told_before_anything_is_signed(run: Run) -> None:
    run("text", ANA, "hello")

    assert "http://[ is no address of an application" in run("replay", "--to", "http://[", code=1).output


def test_a_full_disk_behind_the_output_is_told_in_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    run("text", ANA, "hello")
    monkeypatch.setattr("simulator.commands.log.tell", full)

    assert run("log", code=1).stderr == "Error: No room was left to write. Make some, and try again.\n"
