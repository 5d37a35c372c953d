"""Patience: how many rows are asked of phonenumbers itself before anybody waits for a kernel."""

from collections.abc import Callable
from typing import Any

from inbound_core.columns.compiling import is_at_hand, is_loaded

#: So many rows are asked of phonenumbers, in the whole process, sooner than a kernel is loaded from disk,
FEW = 200
#: and so many, which takes about a second, sooner than one is compiled.
SOME = 2_500


class Patience:
    """Count the rows that were asked: who reads a few does not wait for kernels that read millions."""

    def __init__(self, few: int = FEW, some: int = SOME) -> None:
        self._few, self._some = few, some
        self._asked = 0

    def lasts(self, rows: int, kernel: Callable[..., Any]) -> bool:
        """Tell whether so many rows may be asked instead of waiting for a kernel, and count them."""
        if is_loaded(kernel):
            return False
        asked = self._asked + rows
        lasting = asked <= self._few or (asked <= self._some and not is_at_hand(kernel))
        self._asked += rows if lasting else 0
        return lasting
