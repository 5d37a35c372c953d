"""Notebook files: the one form in which notebooks are committed, and what must never be in them.

The same notebook, run twice, is the same file byte by byte: no times, no random ids, no state of widgets.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import phonenumbers

#: A committed notebook stays smaller than this.
LARGEST = 200_000
MOST_CELLS = 15

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_KEPT_CELL_METADATA = ("tags", "jupyter")

_LEAKS = {
    "a path of somebody's machine": re.compile(r"/(?:home|root|Users|work|tmp)/[\w.-]+|ipykernel_\d"),
    "an address with a port": re.compile(r"(?:127\.0\.0\.1|localhost):\d+"),
    "a token": re.compile(r"token=|auth_token|api_key", re.IGNORECASE),
    "an object's address": re.compile(r"at 0x[0-9a-f]{6,}"),
}

#: Lines that are set aside for fiction: North America's 555-01xx, two British ranges, and the documentation's two.
_FICTIONAL = (
    re.compile(r"\+1[2-9]\d{2}55501\d{2}"),
    re.compile(r"\+442079460\d{3}|\+447700900\d{3}"),
    re.compile(r"\+15551234567|\+442071838750"),
)
_PLUS_NUMBER = re.compile(r"(?<![\w.])\+\d{8,15}")


def notebook_paths(folder: Path) -> list[Path]:
    """Give the notebooks of a folder in their order."""
    return sorted(folder.glob("[0-9][0-9]_*.ipynb"))


def normalised(notebook: Any) -> str:
    """Give a notebook as the text of its file: sorted, without what changes from run to run."""
    cells = []
    number = 0
    for position, cell in enumerate(notebook.cells):
        plain: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": f"cell-{position:02d}",
            "metadata": {key: cell.metadata[key] for key in _KEPT_CELL_METADATA if key in cell.metadata},
            "source": _lines(cell.source),
        }
        if cell.cell_type == "code":
            number += 1
            plain["execution_count"] = number
            plain["outputs"] = [_output(output, number) for output in cell.outputs]
        cells.append(plain)
    whole = {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _output(output: Any, number: int) -> dict[str, Any]:
    plain = dict(output)
    if "data" in plain:
        data = {kind: value for kind, value in plain["data"].items() if kind != _WIDGET_VIEW}
        plain["data"] = {kind: _lines(value) if isinstance(value, str) else value for kind, value in data.items()}
        plain["metadata"] = {}
    if plain["output_type"] == "execute_result":
        plain["execution_count"] = number
    if plain["output_type"] == "error":
        plain["traceback"] = []
    if "text" in plain:
        plain["text"] = _lines(plain["text"])
    return plain


def _lines(text: str | list[str]) -> list[str]:
    return ("".join(text) if isinstance(text, list) else text).splitlines(keepends=True)


def faults(path: Path) -> Iterator[str]:
    """Say what is wrong with a committed notebook, one sentence for each fault."""
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    if len(text.encode()) >= LARGEST:
        yield f"it has {len(text.encode()):,} bytes; the most is {LARGEST:,}"
    if len(notebook.cells) >= MOST_CELLS:
        yield f"it has {len(notebook.cells)} cells; fewer than {MOST_CELLS} are wanted"
    if normalised(notebook) != text:
        yield "it is not in the committed form: run python -m workbench.refresh"
    for what, pattern in _LEAKS.items():
        found = pattern.search(text)
        if found:
            yield f"it has {what}: {found.group()}"
    yield from (f"{number} is no fictional number" for number in _real_numbers(text))
    yield from _cell_faults(notebook)


def _cell_faults(notebook: Any) -> Iterator[str]:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        if cell.execution_count != number:
            yield f"code cell {number} was not run in its turn: its outputs would not be compared"
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"code cell {number} ends in an error"
        nodes = ast.walk(ast.parse(cell.source))
        if any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.AsyncFunctionDef) for node in nodes):
            yield f"code cell {number} defines something: that belongs into the package"


def _real_numbers(text: str) -> Iterator[str]:
    plain = json.dumps(json.loads(text), ensure_ascii=False)
    found = {match.group() for match in _PLUS_NUMBER.finditer(plain)}
    for match in phonenumbers.PhoneNumberMatcher(plain, "US", max_tries=100_000):
        found.add(str(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)))
    yield from sorted(n for n in found if not any(pattern.fullmatch(n) for pattern in _FICTIONAL))
