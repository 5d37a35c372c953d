"""Column source: the file that a reader names, written as people and their systems write paths, as a table."""

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa

from inbound_core.errors import InboundError
from inbound_core.table_files import open_table

#: What systems put around a path that is copied or dropped.
_QUOTES = ("''", '""', "“”", "‘’")


class PathError(InboundError, ValueError):
    """Report a path that means no place on this machine."""


def path_of(typed: str) -> Path:
    """Give the path that is meant: quotation marks around it and `file://` go, `~` is the home folder.

    Raise `PathError` for the home of somebody who is not here.

    >>> path_of("'customers.csv'")
    PosixPath('customers.csv')
    """
    text = typed.strip()
    if len(text) > 1 and text[0] + text[-1] in _QUOTES:
        text = text[1:-1].strip()
    if text.lower().startswith("file://"):
        text = url2pathname(urlsplit(text).path)
    if "\0" in text:
        raise PathError("A path holds no zero bytes. Copy it anew.")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        whose = text.split("/")[0]
        raise PathError(f"Nobody on this machine has the home folder {whose[:40]}. Write the path in full.") from None


def read_file(path: Path) -> pa.Table:
    """Read a whole table file."""
    chunks = list(open_table(path).chunks())
    return pa.concat_tables(chunks) if chunks else pa.table({})


def name_of(column: object) -> str:
    """Name a column by a text, also where pandas has a number or several levels."""
    return " ".join(map(str, column)) if isinstance(column, tuple) else str(column)
