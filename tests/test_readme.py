"""README: what it says is there, and what it shows runs."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.cli import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_opens_with_one_sentence_and_an_example_that_prints_what_it_shows(tmp_path: Path) -> None:
    title, sentence, example = README.split("\n\n")[:3]
    shown = example.removeprefix("```console\n").removesuffix("```")
    commands = [line.removeprefix("$ ") for line in shown.splitlines() if line.startswith("$ ")]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("INBOUND_WORKSPACE", None)
    script = "\n".join(f"printf '%s\\n' {shlex.quote('$ ' + command)}\n{command}" for command in commands)

    printed = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=120, check=True
    ).stdout

    assert title == "# Inbound Workbench"
    assert sentence.count(".") == 1
    assert any("inbound text" in command for command in commands)
    assert changing(printed) == changing(shown)


def changing(text: str) -> list[str]:
    """Put the same in the place of what differs from run to run: the port, and the sids."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    return re.sub(r"(MG|SM)[0-9a-f]{32}", r"\1", text).strip().splitlines()


def test_it_has_exactly_two_set_up_commands() -> None:
    section = README.split("## Set up")[1].split("\n## ")[0]

    commands = [line for line in section.splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert commands[0].endswith("inbound lab")
    assert commands[1].split("&&")[-1].strip() in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_named(command: str) -> None:
    assert f"`inbound {command}" in README


def test_every_python_example_runs(tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

    assert examples
    for number, example in enumerate(examples):
        script = tmp_path / f"example_{number}.py"
        script.write_text(example, encoding="utf-8")
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, timeout=120)
        assert done.returncode == 0, done.stderr
