"""Ids: the sids that name resources, from chance or from a seed."""

import hashlib
import secrets
import threading
import uuid
from collections import Counter
from typing import Protocol


class Ids(Protocol):
    """Make new sids and tokens."""

    def sid(self, prefix: str) -> str:
        """Give a new sid: two letters and 32 lower-case hex digits."""

    def token(self) -> str:
        """Give a new UUID as text."""


class RandomIds:
    """Make ids that nobody can guess."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._digits = ""
        self._used = 0

    def sid(self, prefix: str) -> str:
        """Give a new sid: two letters and 32 lower-case hex digits."""
        return prefix + self._take()

    def token(self) -> str:
        """Give a new UUID as text."""
        return str(uuid.UUID(hex=self._take(), version=4))

    def _take(self) -> str:
        # Asking the system for every sid alone would cost more than all else about it.
        with self._lock:
            if self._used == len(self._digits):
                self._digits, self._used = secrets.token_hex(16 * 256), 0
            start = self._used
            self._used += 32
            return self._digits[start : start + 32]


class SeededIds:
    """Make the same ids again from the same seed; each prefix counts alone, so one kind never shifts another.

    >>> SeededIds("demo").sid("SM") == SeededIds("demo").sid("SM")
    True
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._made: Counter[str] = Counter()
        self._lock = threading.Lock()

    def sid(self, prefix: str) -> str:
        """Give the next sid of a prefix."""
        return prefix + self._digest(prefix)

    def token(self) -> str:
        """Give the next UUID as text."""
        digits = self._digest("token")
        # As UUID(hex=digits, version=4) writes it, in a fraction of the time.
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def _digest(self, kind: str) -> str:
        with self._lock:
            self._made[kind] += 1
            number = self._made[kind]
        return hashlib.sha256(f"{self._seed}/{kind}/{number}".encode()).hexdigest()[:32]
