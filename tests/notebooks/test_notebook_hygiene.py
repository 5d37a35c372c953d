"""Hygiene: what is committed of the notebooks is small, was really run, leaks nothing, and links to its neighbours."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from workbench.notebook_files import faults, notebook_paths

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PATHS = notebook_paths(NOTEBOOKS)
NAMES = [path.name for path in PATHS]


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_committed_notebook_is_clean(path: Path) -> None:
    assert list(faults(path)) == []


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_notebook_has_a_task_and_a_checklist_that_verifies_it(path: Path) -> None:
    sources = ["".join(cell["source"]) for cell in cells(path)]

    assert any("## Your turn" in source for source in sources)
    assert any(source.startswith("Checklist(") for source in sources)


@pytest.mark.parametrize(("before", "after"), list(pairwise(PATHS)), ids=lambda path: path.name[:2])
def test_neighbours_link_to_each_other(before: Path, after: Path) -> None:
    assert f"]({after.name})" in "".join("".join(cell["source"]) for cell in cells(before))
    assert f"]({before.name})" in "".join("".join(cell["source"]) for cell in cells(after))


def damaged(tmp_path: Path, old: str, new: str) -> list[str]:
    text = PATHS[0].read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "damaged.ipynb"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return list(faults(path))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param('"execution_count": 2', '"execution_count": null', "was not run in its turn", id="a cell not run"),
        pytest.param("Hello, is this", "/home/someone/x", "a path of somebody's machine", id="a leaked path"),
        pytest.param("Hello, is this", "http://127.0.0.1:8888/lab", "an address with a port", id="a leaked port"),
        pytest.param("Hello, is this", "?token=1f2e", "a token", id="a leaked token"),
        pytest.param("+14155550101", "+1650253" + "0000", "is no fictional number", id="a real number"),
        pytest.param("+14155550101", "+4420794601" + "234", "is no fictional number", id="a digit too many"),
        pytest.param("Hello, is this", "x" * 200_000, "the most is 200,000", id="a large file"),
        pytest.param('"cell-00"', '"5f2c"', "not in the committed form", id="ids of chance"),
        pytest.param("ana.phone_e164, ana", "lambda: 1, ana", "defines something", id="a function in a cell"),
    ],
)
def test_the_faults_that_matter_are_found(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert any(fault in found for found in damaged(tmp_path, old, new))
