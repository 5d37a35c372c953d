"""Recording from the terminal: what is saved can be played, and what could not be is refused before any work."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

ANA = "+12025550101"
UPDATES = {"name": "updates", "trigger": {"keyword": {"words": ["YES"]}}, "follow_ups": [{"template": "Hi there!"}]}

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        pytest.param("nowhere/a.scenario.yaml", "There is no folder", id="no folder"),
        pytest.param("a.yaml", "a.scenario.yaml", id="another ending"),
        pytest.param("a", "a.scenario.yaml", id="no ending"),
        pytest.param("a.scenario.yaml", "nothing to record yet. Text first", id="nothing said"),
    ],
)
def test_a_recording_that_could_not_be_played_is_refused(run: Run, tmp_path: Path, file: str, said: str) -> None:
    run("campaigns", "save", "-", text=json.dumps(UPDATES))

    refused = run("record", str(tmp_path / file), code=1)

    assert said in refused.output
    assert not (tmp_path / file).exists()


@pytest.mark.parametrize("fate", ["pause", "delete"])
def test_a_recording_names_what_campaigns_sent_that_answer_nobody_any_more(run: Run, tmp_path: Path, fate: str) -> None:
    (tmp_path / "people.csv").write_text(f"id,phone\nana,{ANA}\n", encoding="utf-8")
    run("people", "import", str(tmp_path / "people.csv"))
    run("campaigns", "save", "-", text=json.dumps(UPDATES))
    run("text", ANA, "YES")

    assert "answer nobody" not in run("record", str(tmp_path / "before.scenario.yaml")).output
    run("play", str(tmp_path / "before.scenario.yaml"))
    run("campaigns", fate, "updates")
    told = run("record", str(tmp_path / "after.scenario.yaml")).stderr

    assert f"updates (was {fate}d): 'Hi there!' to {ANA}" in told
    run("play", str(tmp_path / "after.scenario.yaml"), code=1)
