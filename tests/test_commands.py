"""The command line: what each command prints, answers to programs, and says when something is wrong."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from simulator.cli import COMMANDS
from simulator.commands import people as people_module
from simulator.places import Place
from tests.waiting import wait_until

ANA = "+12025550101"

Run = Callable[..., Result]


def values(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def people_file(folder: Path, text: str, name: str = "people.csv", encoding: str = "utf-8") -> str:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return str(path)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    text = run(command, "--help").output

    assert "Usage: cli" in text
    assert len(text.splitlines()) > 5


def test_the_overview_lists_every_command(run: Run) -> None:
    text = run("--help").output

    assert all(f"  {command} " in text for command in COMMANDS)


def test_a_command_that_does_not_exist_is_wrong_usage(run: Run) -> None:
    assert "No such command 'txet'" in run("txet", code=2).output


def test_light_commands_start_without_the_heavy_parts() -> None:
    code = "import sys, simulator.cli; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"pandas", "flask", "sqlalchemy", "twilio", "numba"} & set(loaded)


def test_scenarios_and_jupyter_do_not_wait_for_a_grammar_that_nobody_asks() -> None:
    script = (
        "import sys; from simulator.scenarios.shape import _validator; _validator(False);"
        "print('jsonschema' in sys.modules, 'rfc3987_syntax' in sys.modules, 'lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "False", "False"]


@pytest.mark.rule("R6")
def test_a_text_prints_both_sides_and_is_found_in_the_log(run: Run) -> None:
    told = run("text", ANA, "STOP").output
    logged = run("log").output

    assert "hears: You have successfully been unsubscribed" in told
    assert "an anonymous event" in told
    assert "opted out of" in logged
    assert "unsubscribed" not in logged


def test_a_program_gets_json(run: Run) -> None:
    (outcome,) = values(run("text", ANA, "hello", "--to", "+12025550199", "--json"))
    entries = values(run("log", "--json", "--phone", ANA))

    assert (outcome["to"], outcome["deliveries"][0]["status"]) == ("+12025550199", 200)
    assert [entry["kind"] for entry in entries] == ["anonymous_event"]
    assert entries[0]["message_sid"] == outcome["message_sid"]


def test_a_log_is_narrowed_by_number_however_it_is_written_and_says_when_nothing_fits(run: Run) -> None:
    run("text", ANA, "hello")

    assert "hello" in run("log", "--phone", "(202) 555-0101").output
    assert (
        "Nothing in the log fits --profile ana --kind opted_out."
        in run("log", "--profile", "ana", "--kind", "opted_out").output
    )
    assert "'opted_out'" in run("log", "--kind", "optedout", code=2).output


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("text", ANA, "hello")])
def test_a_carrier_store_that_cannot_be_used_is_named(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    run("segments", "save", "vip", "--manual")
    (tmp_path / "ws" / "carrier.db").write_text("this is no database", encoding="utf-8")

    assert "carrier.db: file is not a database" in run(*command, code=1).output


def test_an_empty_log_says_what_to_do_next(run: Run) -> None:
    run("segments", "save", "vip", "--manual")

    assert "Nothing has happened yet. Try: inbound text" in run("log").output


READING = [
    pytest.param(command, id=" ".join(command))
    for command in (
        ("log",),
        ("people", "list"),
        ("segments", "list"),
        ("segments", "preview", "vip"),
        ("campaigns", "list"),
        ("campaigns", "run"),
        ("why", "ana", "vip"),
        ("replay",),
    )
]


@pytest.mark.parametrize("command", READING)
def test_who_only_looks_makes_no_workspace_and_is_told_how_one_begins(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    said = run(*command, code=1).output

    assert f"There is no workspace in {tmp_path / 'ws'}. One begins with `inbound serve`" in said
    assert list(tmp_path.iterdir()) == []


def test_who_only_looks_into_a_folder_or_a_file_leaves_it_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "empty").mkdir()

    assert "is a file, not a folder" in run("log", "--workspace", str(tmp_path / "file"), code=1).output
    assert "There is no workspace in" in run("log", "--workspace", str(tmp_path / "empty"), code=1).output
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_platform_that_is_kept_elsewhere_is_asked_for(run: Run, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'other.db'}"
    run("text", ANA, "hello", "--database", elsewhere)

    assert "--database" in run("log", code=1).output
    assert "hello" in run("log", "--database", elsewhere).output


@pytest.mark.parametrize("command", READING)
def test_a_mistyped_workspace_is_told_and_not_made(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    spring, mistyped = tmp_path / "spring-sale", tmp_path / "sprin-sale"
    run("people", "import", people_file(tmp_path, f"id,phone\nana,{ANA}\n"), "--workspace", str(spring))

    said = run(*command, "--workspace", str(mistyped), code=1).output

    assert f"There is no workspace in {mistyped}. Did you mean {spring}?" in said.replace("\n", " ")
    assert not mistyped.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param((ANA, "hello", "--to", "+12025550177"), "none of the platform's numbers", id="unknown To"),
        pytest.param(("call me", "hello"), "call me", id="no number"),
        pytest.param(("(202) 555-0101", "hello"), f"Did you mean {ANA}?", id="not in E.164"),
    ],
)
def test_a_text_at_fault_is_refused_with_the_reason(run: Run, arguments: tuple[str, ...], said: str) -> None:
    assert said in run("text", *arguments, code=1).output


def test_the_demo_plays_the_whole_story_and_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    before = threading.active_count()
    told = run("demo").output

    rules = {f"R{n}" for n in (6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 21, 22, 23)}
    assert all(f"{rule}," in told or f"{rule})" in told for rule in rules)
    assert "should not have happened" not in told
    assert list(tmp_path.iterdir()) == []
    wait_until(lambda: threading.active_count() <= before)


# -- people ------------------------------------------------------------------------------------------------


@pytest.mark.rule("R7")
def test_an_imported_person_answers(run: Run, tmp_path: Path) -> None:
    file = people_file(
        tmp_path,
        "Customer ID;Name;Phone Number;Signup Date\n7;José;(202) 555-0101;2024-05-01\n8;Bob;;2024-06-01\n",
        encoding="latin-1",
    )
    told = run("people", "import", file).output
    (outcome,) = values(run("text", ANA, "hello", "--json"))
    people = values(run("people", "list", "--json"))

    assert "2 rows: 2 people created; 0 rows updated" in told
    assert "Phone Number" in told
    assert outcome["explanation"]["attributed_to"] == "7"
    assert [(person["id"], person["phone_status"]) for person in people] == [("7", "reformat"), ("8", "missing")]
    assert people[0]["attributes"]["Name"] == "José"
    assert people[0]["created_at"].startswith("2024-05-01")


def test_rows_at_fault_are_reported_and_the_others_imported(run: Run, tmp_path: Path) -> None:
    file = people_file(tmp_path, "id,phone\n1,+12025550101\n,+12025550102\n1,+12025550103\n")

    (report,) = values(run("people", "import", file, "--json"))

    assert (report["rows"], report["created"], report["repeated"], report["rejected"]) == (3, 1, 1, 1)
    assert [(note["line"], note["stored"]) for note in report["notes"]] == [(3, False)]


def test_an_import_that_is_stopped_keeps_what_it_stored_and_can_be_repeated(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ctrl_c(_done: int) -> None:
        raise KeyboardInterrupt

    file = people_file(tmp_path, "id,phone\n1,+12025550101\n2,+12025550102\n")
    whole = people_module.import_people
    with monkeypatch.context() as patch:
        patch.setattr(
            people_module, "import_people", lambda workspace, rows, **_: whole(workspace, islice(rows, 1), ctrl_c)
        )
        assert "What was stored until then is kept" in run("people", "import", file, code=1).output
    (report,) = values(run("people", "import", file, "--json"))

    assert (report["created"], report["repeated"]) == (1, 1)


@pytest.mark.parametrize("head", ["id,phone,other", "id,other,phone"])
def test_a_chosen_column_goes_before_the_guess(run: Run, tmp_path: Path, head: str) -> None:
    cells = {"id": "1", "phone": "+12025550101", "other": "+12025550102"}
    file = people_file(tmp_path, f"{head}\n{','.join(cells[name] for name in head.split(','))}\n")

    said = run("people", "import", file, "--phone", "other").output

    (ana,) = values(run("people", "list", "--json"))
    assert (ana["attributes"]["phone"], ana["phone_e164"]) == ("+12025550102", "+12025550102")
    assert ana["attributes"]["phone_2"] == "+12025550101", "their other column is kept under a free name"
    assert "phone_2     phone, for another column is the phone" in said


def test_a_column_that_is_called_country_makes_room_for_the_one_that_is(run: Run, tmp_path: Path) -> None:
    file = people_file(tmp_path, "id,phone,land,country,country_2,size\n1,020 7946 0101,GB,Wales,Cymru,7\n")

    run("people", "import", file, "--region", "land", "--number", "size")

    (ana,) = values(run("people", "list", "--json"))
    assert ana["phone_e164"] == "+442079460101"
    assert ana["attributes"] | {"phone": None} == {
        "phone": None, "country": "GB", "country_2": "Cymru", "country_2_2": "Wales", "size": 7
    }  # fmt: skip


def test_the_encoding_of_a_table_of_people_may_be_named(run: Run, tmp_path: Path) -> None:
    file = people_file(tmp_path, "id;имя;phone\n1;Иван;+12025550101\n", encoding="cp1251")

    run("people", "import", file, "--encoding", "cp1251")

    assert values(run("people", "list", "--json"))[0]["attributes"]["имя"] == "Иван"


def test_more_broken_rows_than_are_kept_are_counted(run: Run, tmp_path: Path) -> None:
    rows = "".join(f"{number},+12025550101,one too many\n" for number in range(1, 1502))
    file = people_file(tmp_path, f"id,phone\n1,+12025550101\n2,+12025550102\n{rows}")

    said = run("people", "import", file)
    (report,) = values(run("people", "import", file, "--json"))

    assert "... and 1,491 rows more; --json lists the first 1,000 of those that could not be read." in said.output
    assert (report["bad_row_count"], len(report["bad_rows"])) == (1501, 1000)


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        pytest.param(None, (), "There is no file", id="no such file"),
        pytest.param("id,name\n1,Ana\n2,Bob\n", (), "--phone", id="no phone column"),
        pytest.param("id,phone\n1,+12025550101\n", ("--phone", "fone"), "phone", id="no such column"),
        pytest.param("id,phone\n1,+12025550101\n", ("--number", "age"), "phone", id="no such column of numbers"),
        pytest.param("id,phone\n1,+12025550101\n", ("--number", "phone"), "stay text", id="phones as numbers"),
        pytest.param("", (), "empty", id="empty file"),
    ],
)
def test_a_file_at_fault_is_refused_with_the_remedy(
    run: Run, tmp_path: Path, content: str | None, options: tuple[str, ...], said: str
) -> None:
    file = str(tmp_path / "nowhere.csv") if content is None else people_file(tmp_path, content)

    assert said in run("people", "import", file, *options, code=1).output
    assert not (tmp_path / "ws").exists()


# -- serve -------------------------------------------------------------------------------------------------


def test_a_served_simulator_tells_programs_where_it_is_and_is_used_by_other_commands(run: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator.cli", "serve", "--json", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        (outcome,) = values(run("text", ANA, "hello", "--json"))
        second = run("serve", "--port", "0", code=1).output
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=20)

    assert {"url", "account_sid", "auth_token", "numbers", "services"} <= facts.keys()
    assert outcome["deliveries"][0]["url"] == facts["inbound_url"]
    assert "already runs" in second
    assert code == 0
    assert Place.at(tmp_path / "ws").serving() is None


def test_a_taken_port_is_refused_when_it_was_asked_for(run: Run) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert "--port 0" in run("serve", "--port", str(other.getsockname()[1]), code=1).output
