"""Text at the edge: what a database, a page and a log can all hold."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from inbound_core.errors import InboundError

#: NUL ends strings in C libraries and PostgreSQL refuses it; a lone surrogate cannot be encoded as UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

#: Larger ones are no 64-bit floats, which is how numbers are compared everywhere.
LARGEST_NUMBER = 1e308


#: JSON that is nested deeper is refused: databases and parsers have limits of their own, each another one.
DEEPEST = 50


class UnstorableValue(InboundError, ValueError):
    """Report a value that no store can hold."""


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """Replace what no store can hold (NUL, lone surrogates) by U+FFFD and leave all else as it is.

    >>> storable("STOP\\x00")
    'STOP\\ufffd'
    """
    return _UNSTORABLE.sub(REPLACEMENT, text)


def storable_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Apply `storable` to names and values, which hardly ever changes one of them."""
    if _UNSTORABLE.search("".join([*texts, *texts.values()])) is None:
        return dict(texts)
    return {storable(name): storable(text) for name, text in texts.items()}


def storable_value(value: object, depth: int = 0) -> object:
    """Apply `storable` to every text in a JSON-like value, keys included; not-a-number becomes None.

    Raise `UnstorableValue` for infinity, for numbers beyond a 64-bit float and for what is nested too deeply.
    """
    if depth > DEEPEST:
        raise UnstorableValue(f"A value is nested deeper than {DEEPEST} levels. Write it flatter, or as text.")
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): storable_value(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [storable_value(item, depth + 1) for item in value]
        case float() if math.isnan(value):
            # A table's empty cell.
            return None
        case int() | float() if abs(value) > LARGEST_NUMBER:
            raise UnstorableValue(f"A number beyond {LARGEST_NUMBER} cannot be compared. Write it as text.")
        case None | bool() | int() | float():
            return value
        case _:
            kind = type(value).__name__
            raise UnstorableValue(f"{_short(value)} is a {kind}, which no JSON has. Write it as text or as a number.")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_write_json = json.JSONEncoder(ensure_ascii=False).encode


def json_text(value: Any) -> str:
    """Write JSON with its letters as they are, so that a database can compare keys; surrogates stay escaped."""
    plain = _write_json(value)
    try:
        plain.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return plain


def headed_list(lines: Sequence[str]) -> str:
    """Write lines as HTML for a notebook: the first as the heading of a list of the others.

    >>> headed_list(["Two people:", "ana", "<bob>"])
    '<p><b>Two people:</b></p><ul><li>ana</li><li>&lt;bob&gt;</li></ul>'
    """
    first, *others = lines
    return f"<p><b>{escape(first)}</b></p><ul>{''.join(f'<li>{escape(line)}</li>' for line in others)}</ul>"
