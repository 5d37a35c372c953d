"""Text at the edge: what a database, a page and a log can all hold."""

import re

#: NUL ends strings in C libraries and PostgreSQL refuses it; a lone surrogate cannot be encoded as UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """Replace what no store can hold (NUL, lone surrogates) by U+FFFD and leave all else as it is.

    >>> storable("STOP\\x00")
    'STOP\\ufffd'
    """
    return _UNSTORABLE.sub(REPLACEMENT, text)


def storable_value(value: object) -> object:
    """Apply `storable` to every text in a JSON-like value, keys included."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): storable_value(item) for key, item in value.items()}
        case list() | tuple():
            return [storable_value(item) for item in value]
        case _:
            return value
