"""Whole files: write a file so that a full disk or a sudden end leaves what was there before."""

import secrets
from pathlib import Path


def write_whole(path: Path, content: str | bytes, private: bool = False) -> None:
    """Write a text in UTF-8, or bytes, whole or not at all.

    What is `private` only its owner can read; it takes the place of a link, which may have come along with a folder
    and lead anywhere. Raise `OSError` with nothing changed and nothing left beside the file.
    """
    path = path if private else path.resolve()
    beside = path.with_name(f".{secrets.token_hex(4)}.{path.name[-200:]}")
    try:
        beside.touch(0o600 if private else 0o666, exist_ok=False)
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        beside.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)
