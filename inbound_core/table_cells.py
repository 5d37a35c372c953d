"""Table cells: values of any type as the text that a person would have typed."""

import contextlib
import datetime
import json
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

_ONLY_ZEROS = re.compile(r"0+")


def text_array(array: Any) -> Any:
    """Give an Arrow array of any type as an array of texts; null stays null."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_integer(kind):
        return array.cast(pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return text_of_bytes(array.cast(pa.binary()))
    return pa.array([cell_text(value) for value in array.to_pylist()], pa.string())


def text_of_bytes(array: Any) -> Any:
    """Decode an array of bytes: UTF-8, and cells that are not in Windows' Western code."""
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([None if value is None else _decoded(value) for value in array.to_pylist()], pa.string())


def _decoded(value: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        with contextlib.suppress(UnicodeDecodeError):
            return value.decode(encoding)
    return value.decode("latin-1")


def cell_text(value: object, number_format: str = "") -> str | None:
    """Write a value as text; None stays None. A format of only zeros gives a number its leading zeros back."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        zeros = _ONLY_ZEROS.fullmatch(number_format)
        return str(value).zfill(len(number_format)) if zeros else str(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time() and value.tzinfo is None:
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def free_names(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Give names with `_2` behind those that are taken."""
    return [free_names([f"{name}_2"], taken)[0] if name in taken else name for name in names]
