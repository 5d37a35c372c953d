"""Rooms: who may import whom, how light an import is, and how long a module may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: A room may import the rooms beneath it. Words know nothing; records know words; decisions know records.
WORDS = {"errors", "texts", "phones", "phone_repairs", "quiet_hours", "keywords", "regions", "senders", "policy"}
RECORDS = WORDS | {"messages", "profiles", "consent", "events", "activity", "explanation", "near_misses", "sending"}
CONDITIONS = RECORDS | {
    "value_tests",
    "condition_checks",
    "conditions",
    "condition_words",
    "condition_json",
    "evaluation",
}

MAY_IMPORT = {
    "errors": set(),
    "texts": {"errors"},
    "phone_repairs": {"errors"},
    "quiet_hours": {"errors"},
    "phones": {"errors", "phone_repairs"},
    "keywords": {"errors"},
    "regions": set(),
    "senders": set(),
    "policy": {"errors", "keywords", "phones"},
    "messages": WORDS,
    "profiles": WORDS,
    "consent": WORDS,
    "events": WORDS,
    "activity": WORDS,
    "explanation": RECORDS,
    "near_misses": RECORDS,
    "sending": RECORDS,
    "inbound": RECORDS,
    "setup": RECORDS,
    "value_tests": WORDS,
    "conditions": CONDITIONS,
    "condition_words": CONDITIONS,
    "condition_json": CONDITIONS,
    "evaluation": CONDITIONS,
    "template_checks": WORDS,
    "templates": WORDS | {"template_checks"},
    "campaign_records": CONDITIONS | {"templates", "template_checks"},
}

#: What a room with a store beneath it still may not know: the rooms above it.
MAY_NOT_IMPORT = {
    "people": {"campaigns", "follow_ups", "receiving", "workspace"},
    "membership": {"campaigns", "follow_ups", "receiving", "workspace"},
    "segments": {"campaigns", "follow_ups", "receiving", "workspace"},
    "campaigns": {"receiving", "workspace"},
    "follow_ups": {"receiving", "workspace"},
    "receiving": {"workspace"},
    "audit": {"storage", "workspace", "segments", "campaigns", "receiving"},
    "phone_columns": {"storage", "workspace", "audit"},
}


def modules_under(folder: str) -> Iterator[Path]:
    yield from sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize(("module", "allowed"), MAY_IMPORT.items(), ids=MAY_IMPORT)
def test_a_room_of_the_engine_imports_only_the_rooms_beneath_it(module: str, allowed: set[str]) -> None:
    names = imported(ROOT / "inbound_core" / f"{module}.py")
    used = {name.split(".")[1] for name in names if name.startswith("inbound_core.")}

    assert used <= allowed
    assert not any(name.split(".")[0] in {"sqlalchemy", "flask", "requests", "pandas", "twilio"} for name in names)


@pytest.mark.parametrize(("module", "above"), MAY_NOT_IMPORT.items(), ids=MAY_NOT_IMPORT)
def test_a_room_does_not_know_the_rooms_above_it(module: str, above: set[str]) -> None:
    names = imported(ROOT / "inbound_core" / f"{module}.py")

    assert not {name.split(".")[1] for name in names if name.startswith("inbound_core.")} & above


@pytest.mark.parametrize("path", list(modules_under("inbound_core")), ids=lambda path: path.stem)
def test_the_engine_knows_no_web_framework_no_notebook_and_no_simulator(path: Path) -> None:
    strangers = {"flask", "waitress", "IPython", "ipywidgets", "anywidget", "simulator", "workbench", "click"}

    assert not {name.split(".")[0] for name in imported(path)} & strangers


@pytest.mark.parametrize("path", list(modules_under("simulator/carrier")), ids=lambda path: path.stem)
def test_the_carrier_is_an_independent_witness(path: Path) -> None:
    assert not any(name.split(".")[0] == "inbound_core" for name in imported(path))
    assert not any(name.startswith(("simulator.receiver", "twilio.request_validator")) for name in imported(path))


@pytest.mark.parametrize("path", list(modules_under("inbound_core/storage")), ids=lambda path: path.stem)
def test_the_store_knows_types_and_no_decisions(path: Path) -> None:
    assert not {"inbound_core.inbound", "inbound_core.workspace"} & imported(path)


def test_importing_the_engine_loads_neither_pandas_nor_a_database_driver() -> None:
    code = "import sys, inbound_core; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert "phonenumbers" in loaded
    assert not {"pandas", "numpy", "pyarrow", "sqlalchemy", "sqlite3", "psycopg", "flask", "twilio"} & set(loaded)


@pytest.mark.parametrize("folder", ["inbound_core", "simulator", "notebooks/workbench"])
def test_a_module_can_be_read_in_one_sitting(folder: str) -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in modules_under(folder)
    }

    assert {path: length for path, length in lengths.items() if length > 400} == {}
