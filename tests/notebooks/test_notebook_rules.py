"""Rules: each of R1 to R24 is shown live in the notebook that the table of the first one names."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
RULES = [f"R{number}" for number in range(1, 25)]


def sources(path: Path) -> list[tuple[str, str, bool]]:
    """Give the cells of a notebook: kind, source, whether it has shown anything."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"]), bool(cell.get("outputs"))) for cell in cells]


def table() -> dict[str, str]:
    """Read the first notebook's table: rule -> file of the notebook where it is shown first."""
    first = NOTEBOOKS / "00_start_here.ipynb"
    text = next(source for _, source, _ in sources(first) if "| Notebook | Rules |" in source)
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not re.match(r"\| (\[|00)", line):
            continue
        link = re.search(r"\]\(([^)]+)\)", line)
        cell = line.split("|")[2]
        if re.fullmatch(r"(\s*R\d+)+\s*", cell):
            for rule in re.findall(r"R\d+", cell):
                found.setdefault(rule, link.group(1) if link else first.name)
    return found


def headings_with_something_live(path: Path) -> str:
    """Give the headings of a notebook that are followed by a cell that shows something."""
    cells = sources(path)
    live = [
        source
        for (kind, source, _), (next_kind, _, shown) in pairwise(cells)
        if kind == "markdown" and next_kind == "code" and shown
    ]
    return "\n".join(line for source in live for line in source.splitlines() if line.startswith("#"))


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_shown_live_where_the_table_says(rule: str) -> None:
    path = NOTEBOOKS / table()[rule]

    assert re.search(rf"\b{rule}\b", headings_with_something_live(path))


def test_links_between_notebooks_lead_to_notebooks() -> None:
    for path in sorted(NOTEBOOKS.glob("0*.ipynb")):
        for _, source, _ in sources(path):
            for target in re.findall(r"\]\((\w+\.ipynb)\)", source):
                assert (NOTEBOOKS / target).is_file(), f"{path.name} links to {target}"
