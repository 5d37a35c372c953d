"""Chance: random draws that are the same each time, each from a stream of its own."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Chance:
    """Draw by key: (seed, what for, who, which event, which attempt). No draw shifts another.

    One generator for all would give everybody other values as soon as one person drew once more.

    >>> Chance("demo").number("late", "ana", 1) == Chance("demo").number("late", "ana", 1)
    True
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()

    def number(self, *key: object) -> float:
        """Draw a number from 0 up to but not including 1."""
        digest = hashlib.blake2b(repr(key).encode(), key=self._key(), digest_size=8).digest()
        return (int.from_bytes(digest) >> 11) / 2**53

    def choice(self, options: Sequence[Choice], *key: object) -> Choice:
        """Draw one of some options, each as likely as the others."""
        return options[int(self.number(*key) * len(options))]

    def weighted(self, weights: Sequence[tuple[Choice, float]], *key: object) -> Choice:
        """Draw one of some options by their weights; raise ValueError when there are none."""
        left = self.number(*key) * sum(weight for _, weight in weights)
        for option, weight in weights:
            left -= weight
            if left < 0:
                return option
        return weights[-1][0]

    def _key(self) -> bytes:
        return self._seed if len(self._seed) <= 64 else hashlib.blake2b(self._seed).digest()
