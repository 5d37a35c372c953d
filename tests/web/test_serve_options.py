"""`inbound serve`: what it refuses before anything is opened, and the link that it hands out."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from simulator.cli import cli

LIVE = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(["--host", "0.0.0.0"], "--password", id="others could reach it"),
        pytest.param(["--host", "0.0.0.0", "--password", "short"], "a longer password", id="a password to try out"),
        pytest.param(["--auth-token", LIVE], "real Twilio account", id="a token that looks live"),
        pytest.param(["--account-sid", "AC" + LIVE], "real Twilio account", id="a sid that looks live"),
    ],
)
def test_what_would_not_be_safe_is_refused_in_a_sentence(tmp_path: Path, options: list[str], told: str) -> None:
    result = CliRunner().invoke(cli, ["serve", "--port", "0", "--workspace", str(tmp_path), *options])

    assert result.exit_code == 1
    assert told in result.output
    assert LIVE not in result.output
    assert "Traceback" not in result.output


def test_the_page_link_opens_the_page_for_changes_on_a_clock_that_stands(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator.cli", "serve", "--json", "--frozen", "--port", "0"]
    made_up = ["--account-sid", "AC" + "0" * 31 + "7", "--auth-token", "my-test-token"]
    environment = {**os.environ, "INBOUND_WORKSPACE": str(tmp_path)}
    with subprocess.Popen([*command, *made_up], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        browser = requests.Session()
        opened = browser.get(facts["page"], timeout=10)
        moved = browser.post(f"{facts['url']}/control/clock", data={"amount": "1", "unit": "days"}, timeout=10)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0

    assert (facts["account_sid"][-1], facts["auth_token"]) == ("7", "my-test-token")
    assert "Text from this phone" in opened.text
    assert "You can look, not change" not in opened.text
    assert moved.status_code == 200
