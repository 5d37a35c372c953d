"""Whole files: write a text so that a full disk or a sudden end leaves what was there before."""

import secrets
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all; raise `OSError` with nothing changed and nothing left beside it."""
    path = path.resolve()
    beside = path.with_name(f".{secrets.token_hex(4)}.{path.name[-200:]}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)
