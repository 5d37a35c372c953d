"""Doing several things at the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable


def together(*works: Callable[[], object], seconds: float = 120) -> None:
    """Do all of it at once; fail when one of it fails or does not end in time."""
    failures: list[BaseException] = []
    begin = threading.Barrier(len(works))

    def guarded(work: Callable[[], object]) -> None:
        try:
            begin.wait(timeout=30)
            work()
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)
