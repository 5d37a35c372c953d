"""Scenarios: replies written down in a file that is a demo, a walkthrough, a test and a notebook cell at once."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.scenarios.errors import ScenarioError
    from simulator.scenarios.loading import load, load_text
    from simulator.scenarios.playing import Verdict, play
    from simulator.scenarios.records import Scenario

__all__ = ["Scenario", "ScenarioError", "Verdict", "load", "load_text", "play"]

_HOMES = {
    "Scenario": "simulator.scenarios.records",
    "ScenarioError": "simulator.scenarios.errors",
    "Verdict": "simulator.scenarios.playing",
    "load": "simulator.scenarios.loading",
    "load_text": "simulator.scenarios.loading",
    "play": "simulator.scenarios.playing",
}


def __getattr__(name: str) -> Any:
    """Load a part at its first use."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'simulator.scenarios' has no attribute {name!r}")
