"""Beside: a kernel compiled by another process, for in one process numba compiles one function at a time.

What the other process compiled is found in numba's cache. Where it cannot be done (no cache, one core, a program that
is no Python) or does not work out, the kernel is compiled by the process that needs it, as ever.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inbound_core.columns.compiling import is_at_hand, is_kept

#: After so long the other process is given up: it takes a few seconds.
_PATIENCE_SECONDS = 90.0


class CompiledBeside:
    """Have a kernel compiled by another process. `code` is Python that compiles it, without words of its own."""

    def __init__(self, kernel: Callable[..., Any], code: str) -> None:
        self._kernel = kernel
        self._code = code
        self._lock = threading.Lock()
        self._waiting: threading.Thread | None = None

    def begin(self) -> None:
        """Start compiling, once in a process and only where that saves time."""
        with self._lock:
            if self._waiting is None and is_kept(self._kernel) and not is_at_hand(self._kernel) and _can_run_beside():
                # A daemon, for nobody should wait at the end of a program for what it no longer needs.
                self._waiting = threading.Thread(target=self._compile, daemon=True)
                self._waiting.start()

    def wait(self) -> None:
        """Wait until what was begun has ended, however it did."""
        if self._waiting is not None:
            self._waiting.join()

    def _compile(self) -> None:
        # The other process finds the modules where this one found them.
        program = [sys.executable, "-c", f"import sys; sys.path[:] = sys.argv[1:]; {self._code}", *sys.path]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 - this Python itself, with code from here
                program,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_PATIENCE_SECONDS,
                check=False,
            )


def _can_run_beside() -> bool:
    """Tell whether there is a core to spare, and whether this program is a Python that takes code to run."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores > 1 and Path(sys.executable or "").name.lower().startswith(("python", "pypy"))
