"""A kernel compiled by another process: begun where that saves time, and never missed where it does not work out."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inbound_core.columns import beside, doubts, reading
from inbound_core.columns.beside import CompiledBeside
from inbound_core.columns.compiling import is_at_hand, is_loaded

KERNEL = """
from inbound_core.columns.compiling import entry

@entry
def doubled(number):
    return 2 * number
"""
COMPILING = "import small_kernel; small_kernel.doubled(1)"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give a module with a kernel that nobody compiled yet."""
    (tmp_path / "small_kernel.py").write_text(KERNEL)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "small_kernel", raising=False)
    monkeypatch.setattr(beside, "_can_run_beside", lambda: True)
    return importlib.import_module("small_kernel")


def test_what_another_process_compiled_need_not_be_compiled_here(small: ModuleType) -> None:
    other = CompiledBeside(small.doubled, COMPILING)
    assert not is_at_hand(small.doubled)

    other.begin()
    other.wait()

    assert is_at_hand(small.doubled)
    assert not is_loaded(small.doubled)
    assert small.doubled(21) == 42
    assert sum(small.doubled.stats.cache_hits.values()) == 1


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        pytest.param("raise SystemExit(3)", 90.0, id="it fails"),
        pytest.param("import no_such_module", 90.0, id="it finds no such module"),
        pytest.param("import time; time.sleep(60)", 0.2, id="it hangs"),
    ],
)
def test_a_process_that_does_not_do_it_leaves_the_kernel_to_this_one(
    small: ModuleType, monkeypatch: pytest.MonkeyPatch, code: str, seconds: float
) -> None:
    monkeypatch.setattr(beside, "_PATIENCE_SECONDS", seconds)
    other = CompiledBeside(small.doubled, code)

    other.begin()
    other.wait()

    assert not is_at_hand(small.doubled)
    assert small.doubled(21) == 42


def test_a_python_that_cannot_be_started_leaves_the_kernel_to_this_one(
    small: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python-that-was-removed"))
    other = CompiledBeside(small.doubled, COMPILING)

    other.begin()
    other.wait()

    assert small.doubled(21) == 42


class Runs:
    """Count the programs that would have been started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        monkeypatch.setattr(subprocess, "run", self)

    def __call__(self, *_: Any, **__: Any) -> None:
        self.count += 1


def test_it_is_begun_once(small: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs(monkeypatch)
    other = CompiledBeside(small.doubled, COMPILING)

    for _ in range(3):
        other.begin()
        other.wait()

    assert runs.count == 1


@pytest.mark.parametrize("why_not", ["it is at hand", "nothing is kept", "no core to spare", "no Python"])
def test_it_is_not_begun_where_that_saves_nothing(
    small: ModuleType, monkeypatch: pytest.MonkeyPatch, why_not: str
) -> None:
    runs = Runs(monkeypatch)
    if why_not == "it is at hand":
        small.doubled(1)
    elif why_not == "nothing is kept":
        monkeypatch.setattr(small.doubled, "_cache", None)
    else:
        monkeypatch.undo()
        runs = Runs(monkeypatch)
        monkeypatch.setattr(sys, "executable", "/usr/sbin/a-server" if why_not == "no Python" else sys.executable)
        cores = {0} if why_not == "no core to spare" else {0, 1}
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores, raising=False)
    other = CompiledBeside(small.doubled, COMPILING)

    other.begin()
    other.wait()

    assert runs.count == 0


def test_a_program_may_end_while_the_other_process_still_compiles(small: ModuleType) -> None:
    program = (
        "import small_kernel; from inbound_core.columns.beside import CompiledBeside;"
        "CompiledBeside(small_kernel.doubled, 'import time; time.sleep(5)').begin()"
    )
    folder = str(Path(str(small.__file__)).parent)
    paths = os.pathsep.join([folder, *sys.path])

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("kept", "begun"), [(False, 1), (True, 0)])
def test_only_who_has_to_compile_the_reader_has_the_other_kernel_compiled(
    monkeypatch: pytest.MonkeyPatch, kept: bool, begun: int
) -> None:
    begins: list[bool] = []
    monkeypatch.setattr(reading, "is_loaded", lambda _: False)
    monkeypatch.setattr(reading, "is_at_hand", lambda _: kept)
    monkeypatch.setattr(doubts.beside, "begin", lambda: begins.append(True))

    reading.load_kernels()

    assert len(begins) == begun
