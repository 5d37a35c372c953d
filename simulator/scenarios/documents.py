"""Documents: YAML read safely, with the line of every value, and no more of it than a person would write."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml
from yaml.reader import ReaderError

from simulator.scenarios.errors import Place, ScenarioError

#: A scenario is written by hand; nothing near these sizes is one.
LARGEST_FILE = 1_000_000
DEEPEST = 40
MOST_NODES = 100_000

Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """Read YAML with the scalars of its version 1.2: YES, NO and +12025550101 are texts, not truth or numbers."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", list("tf")),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]{0,17})$", list("-0123456789")),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", list("-0123456789")),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


@dataclass(frozen=True, slots=True)
class Document:
    """Hold a file's plain values, and the line of each by its path of keys and indexes."""

    file: str
    plain: Any
    lines: dict[Path, int] = field(default_factory=dict, repr=False)

    def place(self, path: Path) -> Place:
        """Give the place of a value, or of the nearest one around it."""
        path = tuple(path)
        while path and path not in self.lines:
            path = path[:-1]
        return Place(self.file, self.lines.get(path, 1))


def read_document(text: str, file: str) -> Document:
    """Read YAML (or JSON, which is YAML too) into plain values; raise `ScenarioError` for what it may not hold.

    Refused are tags, aliases, keys that stand twice, texts over 1 MB and more than 40 levels.
    """
    if len(text) > LARGEST_FILE:
        raise ScenarioError.at(Place(file, 1), f"The file has {len(text)} characters; the most is {LARGEST_FILE}.")
    try:
        _refuse_bombs(text, file)
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            raise ScenarioError.at(Place(file, 1), "The file is empty. A scenario needs at least people and steps.")
        lines: dict[Path, int] = {}
        plain = _plain(node, (), lines, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioError.at(Place(file, line), _said(str(error.problem or error.context))) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"the character U+{ord(text[error.position]):04X}"
        raise ScenarioError.at(Place(file, line), f"{what} may not stand in YAML. Delete it.") from error
    except yaml.YAMLError as error:
        raise ScenarioError.at(Place(file, 1), f"This is no YAML: {error}.") from error
    return Document(file, plain, lines)


def _said(problem: str) -> str:
    """Say what is wrong with the YAML in words for somebody who does not know its grammar."""
    if "'\\t'" in problem:
        return "A tab stands here, and YAML is indented with spaces only. Put spaces in its place."
    if "another document" in problem:
        return "A second document begins here (---). Put each scenario into a file of its own."
    return f"This is no YAML: {problem}."


def read_file(path: FilePath) -> Document:
    """Read a scenario file; raise `ScenarioError` when it is not there or is no text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError.at(Place(str(path), 1), "The file is no UTF-8 text. Save it as UTF-8.") from error
    except OSError as error:
        raise ScenarioError.at(Place(str(path), 1), f"The file cannot be read: {error.strerror}.") from error
    return read_document(text, str(path))


def _refuse_bombs(text: str, file: str) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        place = Place(file, event.start_mark.line + 1 if event.start_mark else 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ScenarioError.at(place, "Anchors and aliases (& and *) are not allowed. Use include, or a matrix.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise ScenarioError.at(place, f"The tag {tag} is not allowed: a scenario holds plain values only.")
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if depth > DEEPEST:
            raise ScenarioError.at(place, f"Values are nested more than {DEEPEST} deep.")
        if count > MOST_NODES:
            raise ScenarioError.at(place, f"The file has more than {MOST_NODES} values.")


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int], file: str) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, path, lines, file))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, index), lines, file) for index, child in enumerate(node.value)]
    return _scalar(node, file)


def _pairs(node: yaml.MappingNode, path: Path, lines: dict[Path, int], file: str) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise ScenarioError.at(Place(file, line), "A key must be a word.")
        key = str(key_node.value)
        if key in seen:
            raise ScenarioError.at(Place(file, line), f"The key {key} stands here for the second time.")
        seen.add(key)
        lines[(*path, key)] = line
        yield key, _plain(value_node, (*path, key), lines, file)


def _scalar(node: yaml.Node, file: str) -> Any:
    kind = node.tag.rpartition(":")[2]
    text = str(node.value)
    if any("\ud800" <= char <= "\udfff" for char in text):
        place = Place(file, node.start_mark.line + 1)
        raise ScenarioError.at(place, "Half of a character pair stands here (\\ud800 to \\udfff). Write it itself.")
    if kind == "null":
        return None
    if kind == "bool":
        return text == "true"
    if kind == "int":
        return int(text)
    return float(text) if kind == "float" else text
