"""Table cache: the compiled tables in the user's cache folder, so that compiling is paid for once.

The file's name holds the version of phonenumbers and a digest of the compiler's own source: a change of either makes a
new file. A file that is damaged or cannot be written costs time and nothing else.
"""

import contextlib
import dataclasses
import functools
import hashlib
import os
import tempfile
import threading
import zipfile
from pathlib import Path

import numpy as np
import phonenumbers
import platformdirs

from inbound_core.columns.tables import PhoneTables, compile_tables

#: The modules that decide what the tables hold.
_SOURCES = ("patterns", "national", "prefixes", "characters", "lengths", "tables")
_lock = threading.Lock()


def cache_file() -> Path:
    """Give the path of the file that holds the tables of the installed phonenumbers."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    folder = platformdirs.user_cache_path("inbound-workbench", appauthor=False)
    return folder / f"phone-tables-{phonenumbers.__version__}-{digest.hexdigest()[:16]}.npz"


def phone_tables() -> PhoneTables:
    """Give the tables, from the cache file where there is a sound one, else compiled and kept. Safe across threads."""
    with _lock:
        return _phone_tables()


@functools.cache
def _phone_tables() -> PhoneTables:
    path = cache_file()
    tables = load_tables(path)
    if tables is None:
        tables = compile_tables()
        with contextlib.suppress(OSError):  # no folder to write to: compile again next time
            save_tables(tables, path)
    return tables


def load_tables(path: Path) -> PhoneTables | None:
    """Read tables from a file; None where there is none or it is not whole."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return PhoneTables(**{field.name: arrays[field.name] for field in dataclasses.fields(PhoneTables)})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def save_tables(tables: PhoneTables, path: Path) -> None:
    """Write tables to a file, whole or not at all. Raise `OSError` where that cannot be done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **{field.name: getattr(tables, field.name) for field in dataclasses.fields(PhoneTables)})
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
