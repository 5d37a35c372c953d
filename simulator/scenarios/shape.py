"""Shape: whether a scenario file has the form that `scenario.schema.json` describes, said so that one can mend it."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

from simulator.quick_jsonschema import import_jsonschema
from simulator.scenarios.documents import Document, Path
from simulator.scenarios.errors import Fault, nearest

_TYPES = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a whole number"}


@lru_cache(maxsize=1)
def scenario_schema() -> dict[str, Any]:
    """Give the JSON Schema of scenario files, for editors and for `shape_faults`."""
    text = files("simulator.scenarios").joinpath("scenario.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@lru_cache(maxsize=3)
def _validator(part: str = "") -> Any:
    schema = scenario_schema()
    if part == "steps":
        schema = {"$defs": schema["$defs"], **schema["properties"]["steps"]}
    elif part == "matrix":
        schema = {"properties": {"matrix": schema["properties"]["matrix"]}}
    return import_jsonschema().Draft202012Validator(schema)


def shape_faults(document: Document, steps_only: bool = False) -> Iterator[Fault]:
    """Yield what a document has that no scenario may have; `steps_only` for a file of steps to include."""
    for error in _validator("steps" if steps_only else "").iter_errors(document.plain):
        yield from _faults(document, error)


def matrix_faults(document: Document) -> Iterator[Fault]:
    """Yield what is wrong with the matrix alone, which has to be right before its values are put in anywhere."""
    for error in _validator("matrix").iter_errors(document.plain):
        yield from _faults(document, error)


def _faults(document: Document, error: Any) -> Iterator[Fault]:
    path: Path = tuple(error.absolute_path)
    where = _name(path)
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(document, error, path)
        case "maxProperties":
            keys = ", ".join(error.instance)
            yield Fault(document.place(path), f"One step has one key; this has {keys}. Put a dash before each step.")
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            yield Fault(document.place(path), f"{where} lacks {', '.join(missing)}.")
        case "pattern" if "propertyNames" in error.absolute_schema_path:
            text = f"{_short(error.instance)} is no name here: use letters, digits and _, and begin with no digit."
            yield Fault(document.place((*path, error.instance)), text)
        case _:
            yield Fault(document.place(path), f"{where}: {_said(error)}")


def _unknown_keys(document: Document, error: Any, path: Path) -> Iterator[Fault]:
    schema = error.schema
    known = list(schema.get("properties", ()))
    patterns = list(schema.get("patternProperties", ()))
    for key in error.instance:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        actor, dot, verb = key.rpartition(".")
        if patterns and dot:
            hint = nearest(verb, ("says", "sends"))
            yield Fault(document.place((*path, key)), f"{actor} cannot do {verb!r}. {hint}")
            continue
        yield Fault(document.place((*path, key)), f"{_short(key)} is no key of {_name(path)}. {nearest(key, known)}")


def _said(error: Any) -> str:
    description = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    given = _short(error.instance, '"')
    match error.validator:
        case "enum":
            return f"{given} is no choice here. {nearest(str(error.instance), map(str, error.validator_value))}"
        case "const":
            return f"should be {json.dumps(error.validator_value)}, not {given}."
        case "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            wanted = " or ".join(_TYPES.get(str(kind), str(kind)) for kind in kinds)
            return f"should be {wanted}{f' ({description})' if description else ''}, not {given}."
        case "pattern" | "anyOf":
            return f"should be {description or error.message}, not {given}."
        case "minItems" | "minProperties" | "minLength":
            return f"should not be empty{f', but {description}' if description else ''}."
        case "maxItems" | "maxLength":
            return f"is too long: at most {error.validator_value:,}, and this has {len(error.instance):,}."
        case "minimum":
            return f"should be at least {error.validator_value}, not {given}."
        case "maximum":
            return f"should be at most {error.validator_value:,}, not {given}."
    return f"{error.message}{f' It should be {description}.' if description else ''}"


def _short(value: Any, quote: str = "'") -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = repr(value) if isinstance(value, str) and quote == "'" else shown
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _name(path: Path) -> str:
    if not path:
        return "the scenario"
    words = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(words).lstrip(".")
