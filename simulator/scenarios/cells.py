"""Cells: a matrix of values, and the texts of a scenario with each combination put in."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from inbound_core.template_checks import NAMES
from simulator.scenarios.documents import Document, Path
from simulator.scenarios.errors import Fault, ScenarioError, nearest

#: Each cell is played from the beginning, so a larger matrix is a mistake (or a population: --people).
MOST_CELLS = 1000

#: Four braces stand for two that are meant as they are, as in `{{{{ name }}`.
_BRACES = "{{"
_SLOT = re.compile(r"\{\{\s*([A-Za-z_]\w*(?:\.\w+)*)\s*\}\}")
_ESCAPED_OR_SLOT = re.compile(rf"\{{{{4}}|{_SLOT.pattern}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: In a follow-up these are the template's own, filled in for each person; see `inbound_core.template_checks`.
_OF_TEMPLATES = frozenset(NAMES)


def cells_of(document: Document) -> Iterator[dict[str, Any]]:
    """Yield every combination of the matrix, one empty one without; raise `ScenarioError` for too many."""
    matrix = document.plain.get("matrix") or {}
    count = 1
    for values in matrix.values():
        count *= len(values)
    if count > MOST_CELLS:
        sizes = " x ".join(str(len(values)) for values in matrix.values())
        raise ScenarioError.at(
            document.place(("matrix",)),
            f"The matrix has {count:,} cells ({sizes}); the most is {MOST_CELLS:,}. Each cell is played from the "
            "beginning: list fewer values, or draw a population with `inbound play --people`.",
        )
    for values in itertools.product(*matrix.values()):
        yield dict(zip(matrix, values, strict=True))


def cell_name(cell: Mapping[str, Any]) -> str:
    """Name a cell by its values."""
    return ", ".join(f"{name}={_short(value)}" for name, value in cell.items())


def _short(value: Any) -> str:
    if isinstance(value, dict):
        value = next(iter(value.values()), "")
    return visible(str(value)[:40])


def visible(text: str) -> str:
    """Write line breaks and control characters as they are escaped: a name is one line, wherever it is printed."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def filled(document: Document, cell: Mapping[str, Any]) -> Document:
    """Give the document with `{{ name }}` replaced by the cell's values, except inside the matrix itself.

    It is a scenario, or steps to include. `{{ profile... }}` and `{{ event... }}` of a campaign's follow-ups stay. A
    text that is one slot and nothing else takes the value with its type. Raise `ScenarioError` for a name that the
    matrix does not have.

    `{{{{` is no slot: it becomes `{{`, with a matrix and without.
    """
    faults = [
        Fault(document.place(path), f"{{{{ {slot} }}}} stands here, but the scenario has no matrix.")
        for path, text in (() if cell else _texts(document.plain, ()))
        for slot in _ESCAPED_OR_SLOT.findall(text)
        if slot and not _is_left(slot, path, cell)
    ]
    if faults:
        raise ScenarioError(faults)
    return Document(document.file, _fill(document.plain, (), cell, document), document.lines)


def _fill(value: Any, path: Path, cell: Mapping[str, Any], document: Document) -> Any:
    if path == ("matrix",):
        return value
    if isinstance(value, dict):
        return {key: _fill(item, (*path, key), cell, document) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, (*path, index), cell, document) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    whole = _SLOT.fullmatch(value.strip())
    if whole and not _is_left(whole[1], path, cell):
        return _look_up(whole[1], path, cell, document)

    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            return _BRACES
        return found[0] if _is_left(found[1], path, cell) else str(_look_up(found[1], path, cell, document))

    return _ESCAPED_OR_SLOT.sub(put, value)


def unfilled(value: Any, path: Path = ()) -> Any:
    """Give a value so written that `filled` gives it back, whatever looks like a slot in its texts.

    >>> unfilled("Hello {{ name }}")
    'Hello {{{{ name }}'
    """
    if isinstance(value, dict):
        return {key: unfilled(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [unfilled(item, (*path, index)) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def escaped(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0] * 2
        return found[0] if _is_left(found[1], path, {}) else _BRACES + found[0]

    return _ESCAPED_OR_SLOT.sub(escaped, value)


def _is_left(name: str, path: Path, cell: Mapping[str, Any]) -> bool:
    """Tell whether a slot is the template's of a follow-up and not the matrix's."""
    first = name.partition(".")[0]
    return path[:1] == ("campaigns",) and first in _OF_TEMPLATES and first not in cell


def _look_up(name: str, path: Path, cell: Mapping[str, Any], document: Document) -> Any:
    found: Any = cell
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            known = found if isinstance(found, Mapping) else cell
            raise ScenarioError.at(
                document.place(path), f"{{{{ {name} }}}} is nothing that the matrix has. {nearest(part, known)}"
            )
        found = found[part]
    return found


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, str):
        yield path, value
