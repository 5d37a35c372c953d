"""Routes: how a part of the page says which addresses it answers."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response


@dataclass(frozen=True, slots=True)
class Route:
    """Lead an address to a view, a function of the `Site` and the address's variables.

    A view that `changes` the simulator's state runs only with the run's token.
    """

    path: str
    view: Callable[..., Response]
    methods: tuple[str, ...] = ("GET",)
    changes: bool = False
