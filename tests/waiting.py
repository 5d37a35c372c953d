"""Waiting: look for a condition instead of sleeping and hoping."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return as soon as a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"what was waited for did not happen within {seconds:g} seconds"
        time.sleep(0.01)
