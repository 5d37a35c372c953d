"""Refresh: run the notebooks and write them in the one form in which they are committed.

`python -m workbench.refresh` writes those whose outputs changed; `--check` writes nothing and exits with 1 then.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from simulator.lab_session import shipped_notebooks
from workbench.notebook_files import normalised, notebook_paths


def refreshed(path: Path) -> str:
    """Run a notebook from its beginning, in memory, and give the text of its file.

    Raise `nbclient.exceptions.CellExecutionError` for a cell that fails.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("INBOUND_")}
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", record_timing=False, resources={"metadata": {"path": path.parent}}
    )
    client.execute(env=environment)
    return normalised(notebook)


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh all notebooks or those that are named; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m workbench.refresh", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="only these files; all by default")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file would change")
    options = parser.parse_args(arguments)
    changed = 0
    for path in options.notebooks or notebook_paths(shipped_notebooks()):
        text = refreshed(path.absolute())
        if text == path.read_text(encoding="utf-8"):
            print(f"{path.name}: as it was")
            continue
        changed += 1
        if options.check:
            print(f"{path.name}: would change")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"{path.name}: refreshed, {len(text.encode()):,} bytes")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
