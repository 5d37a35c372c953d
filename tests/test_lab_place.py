"""Where the notebooks' people live: apart from a person's own, unless she says otherwise."""

import os
from pathlib import Path

import pytest

from simulator import SimulatorConfig, start
from simulator.commands.lab import place_of
from simulator.places import Place, Serving


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INBOUND_WORKSPACE", raising=False)


def test_the_notebooks_have_a_workspace_of_their_own(tmp_path: Path) -> None:
    Place.at()

    assert place_of(None, tmp_path / "notebooks").folder == tmp_path / "notebooks" / ".inbound-workspace"


def test_the_notebooks_use_the_workspace_that_is_named(tmp_path: Path) -> None:
    assert place_of("mine", tmp_path / "notebooks").folder == tmp_path / "mine"


def test_the_notebooks_use_the_simulator_that_runs_here(tmp_path: Path) -> None:
    usual = Place.at()
    with start(SimulatorConfig(place=usual)) as simulator:
        usual.note_serving(Serving(simulator.url, simulator.token, os.getpid()))

        assert place_of(None, tmp_path / "notebooks") == usual
    assert place_of(None, tmp_path / "notebooks") != usual
