"""Texting where campaigns answer: the terminal shows the reply, and the platform hears that it arrived."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

ANA = "+12025550101"
UPDATES = {"name": "updates", "trigger": {"keyword": {"words": ["YES"]}}, "follow_ups": [{"template": "Hi there!"}]}

Run = Callable[..., Result]


@pytest.fixture
def run(run: Run, tmp_path: Path) -> Run:
    """Run commands on a workspace in which a campaign answers YES."""
    people = tmp_path / "people.csv"
    people.write_text(f"id,phone\nana,{ANA}\n", encoding="utf-8")
    run("people", "import", str(people))
    run("campaigns", "save", "-", text=json.dumps(UPDATES))
    return run


@contextmanager
def serving(*options: str) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "simulator.cli", "serve", "--json", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def test_a_text_shows_the_reply_of_a_campaign_and_its_report_that_it_was_delivered(run: Run) -> None:
    told = run("text", ANA, "YES").output
    report = json.loads(run("campaigns", "report", "updates", "--json").output)

    assert "handset   hears: Hi there!" in told
    assert "it fired for ana" in told
    assert (report["sent"], report["delivered"]) == (1, 1)


def test_a_text_and_the_log_lead_to_why(run: Run) -> None:
    last = run("text", ANA, "YES").output.splitlines()[-1]
    received, sent = (
        next(line.split()[-1] for line in run("log", "--kind", kind).output.splitlines())
        for kind in ("message_received", "message_sent")
    )

    assert last == f"Why: inbound why {received}"
    assert "it fired for ana" in run(*last.removeprefix("Why: inbound ").split()).output
    assert f"{sent} was sent, not received" in run("why", sent, code=1).output
    assert f"{sent} was sent, not received" in run("why", sent, "updates", code=1).output


def test_why_means_the_workspace_that_was_named_by_hand(run: Run, tmp_path: Path) -> None:
    last = run("text", ANA, "hi", "--workspace", str(tmp_path / "other place")).output.splitlines()[-1]

    assert "an anonymous event" in run(*shlex.split(last)[2:]).output


@pytest.mark.parametrize("options", [pytest.param((), id="time goes"), pytest.param(("--frozen",), id="it stands")])
def test_a_served_simulator_shows_the_reply_of_a_campaign_too(run: Run, options: tuple[str, ...]) -> None:
    with serving(*options):
        assert "handset   hears: Hi there!" in run("text", ANA, "YES").output


def test_what_had_fallen_due_while_nothing_ran_is_delivered_before_the_next_text_ends(run: Run) -> None:
    soon = {**UPDATES, "name": "soon", "follow_ups": [{"template": "Still there?", "after": {"seconds": 1}}]}
    run("campaigns", "save", "-", text=json.dumps(soon))
    run("text", ANA, "YES")
    while json.loads(run("campaigns", "run", "--json").output)["next_due"]:
        pass
    run("text", ANA, "hello")
    report = json.loads(run("campaigns", "report", "soon", "--json").output)

    assert (report["sent"], report["delivered"]) == (1, 1)
