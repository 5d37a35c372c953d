"""What the commands answer to what cannot be meant: what happened, and the nearest right word."""

import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

ANA = "+12025550101"
PRO = '{"attribute": {"field": "plan", "operator": "equals", "value": "pro"}}'

Run = Callable[..., Result]


@pytest.fixture
def run(run: Run, tmp_path: Path) -> Run:
    """Run commands on a workspace with one person and one segment, in a folder of its own."""
    people = tmp_path / "people.csv"
    people.write_text(f"id,phone,size\nana,{ANA},7\n", encoding="utf-8")
    run("people", "import", str(people))
    run("segments", "save", "vip", "--manual")
    return run


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(("segments", "save", "pros", "--condition", PRO), "(--allow-unknown)", id="unknown column"),
        pytest.param(("why", "ana", "vap"), "Error: There is no segment 'vap'; did you mean 'vip'?", id="segment"),
        pytest.param(("why", "anna", "vap"), "Error: No profile has the id 'anna'. Did you mean ana?", id="profile"),
        pytest.param(("segments", "preview", "x"), "There is no segment 'x'. There are: vip.", id="nothing close"),
        pytest.param(("campaigns", "save", "nofile.json"), "Error: There is no file nofile.json.", id="no file"),
        pytest.param(("campaigns", "save", "/"), "Error: / is a folder.", id="a folder for a file"),
        pytest.param(("segments", "save", "pros", "--file", "nofile"), "There is no file nofile.", id="no condition"),
        pytest.param(("text", "+12025550142", "hi"), "one of the platform's own numbers", id="no handset"),
        pytest.param(("log", "--phone", "abc"), "'abc' is no phone number.", id="no number"),
        pytest.param(("audit", "people.csv", "--report", "phones.txt"), "end it in .html or .htm", id="no page"),
        pytest.param(("play", "shared_number_stopp"), "Error: shared_number_stopp: There is no such", id="scenario"),
    ],
)
def test_a_word_that_is_not_known_is_told_with_what_is(run: Run, command: tuple[str, ...], said: str) -> None:
    assert said in run(*command, code=1).output


@pytest.mark.parametrize("url", ["x", "http://[", "file:///etc/hosts", "http://app.example/sms", "http://0.0.0.0/"])
def test_an_application_that_no_webhook_would_reach_is_refused_before_playing(run: Run, url: str) -> None:
    assert "webhooks go to no other" in run("play", "keywords", "--app", url, code=2).output


@pytest.mark.parametrize("command", ["serve --scale", "replay --spacing"])
@pytest.mark.parametrize("times", ["nan", "inf", "1e300", "-1"])
def test_time_that_cannot_be_counted_is_wrong_usage(run: Run, command: str, times: str) -> None:
    assert "Invalid value for" in run(*command.split(), times, code=2).output


def test_only_what_is_an_encoding_is_proposed_for_what_is_none(run: Run, tmp_path: Path) -> None:
    said = run("audit", str(tmp_path / "people.csv"), "--encoding", "rot13", code=1).output

    assert "no encoding 'rot13'" in said
    assert "nearest: rot13" not in said


@pytest.mark.parametrize(("typed", "meant"), [("texd", "text"), ("campaign", "campaigns")])
def test_a_misspelt_command_is_told_with_the_nearest(run: Run, typed: str, meant: str) -> None:
    assert f"No such command {typed!r}. Did you mean {meant!r}?" in run(typed, code=2).output


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_asked_about_once_and_by_the_url_that_was_given(run: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql://u@127.0.0.1:{free.getsockname()[1]}/x"
        said = run("log", "--database", url, code=1).output

    assert f"Could not use {url}: " in said
    assert "?." not in said
    assert said.count("running") == 1


def test_a_replay_that_nothing_answers_or_that_finds_nothing_says_what_to_do(run: Run) -> None:
    assert "No such webhook was recorded. Text first" in run("replay", code=1).output
    run("text", ANA, "hello")

    assert "Start `inbound serve`, or name an application with --to" in run("replay", code=1).output
    assert "though others were" in run("replay", "SM123", code=1).output
    assert "though others were" in run("replay", "--handset", "+12025550177", code=1).output


def test_a_replay_asks_what_a_misspelt_field_means_and_adds_one_that_is_like_no_other(run: Run) -> None:
    run("text", ANA, "hello")

    for typed in ("Bdy=x", "body=x"):
        assert "Did you mean Body?" in run("replay", "--curl", "--set", typed, code=2).output
    assert "ButtonText=x" in run("replay", "--curl", "--set", "ButtonText=x").output


def test_a_proxy_to_where_nothing_is_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with monkeypatch.context() as patch:
            waiting = SimpleNamespace(wait=interrupted)
            patch.setattr("simulator.commands.proxy.threading", SimpleNamespace(Event=lambda: waiting))
            said = run("proxy", "--to", url, "--port", "0").stderr

    assert f"Nothing answers at {url} yet." in said


def interrupted() -> None:
    """Be Ctrl-C while a command waits for it."""
    raise KeyboardInterrupt


def test_what_a_run_of_campaigns_found_to_do_is_told(run: Run) -> None:
    assert run("campaigns", "run").output == "Nothing was due. No follow-up waits.\n"


@pytest.mark.parametrize("group", ["people", "segments", "campaigns"])
def test_the_lines_about_commands_are_whole(run: Run, group: str) -> None:
    assert "..." not in run(group, "--help").output.split("Commands:")[1]


def test_one_row_is_one_row(run: Run, tmp_path: Path) -> None:
    assert ", 1 row; " in run("audit", str(tmp_path / "people.csv")).output
