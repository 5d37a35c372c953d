"""Widgets for the notebooks: they show what the engine decides and decide nothing themselves.

`connect()` gives the bench that every widget is made on. Each name is loaded at its first use, so that the first
notebook does not wait for the tables of the second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.bench import Bench, connect
    from workbench.checklist import Checklist
    from workbench.setup_card import SetupCard

_HOMES = {
    "Bench": "bench",
    "connect": "bench",
    "Checklist": "checklist",
    "SetupCard": "setup_card",
}

__all__ = ["Bench", "Checklist", "SetupCard", "connect"]


def __getattr__(name: str) -> Any:
    """Load a widget at its first use."""
    if name in _HOMES:
        return getattr(import_module(f"workbench.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
