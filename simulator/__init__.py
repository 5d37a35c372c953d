"""The simulator: a fake Twilio on one side, the receiving platform on the other, real HTTP between them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.app import AppConfig, create_app
    from simulator.outcomes import TextOutcome
    from simulator.running import Simulator, SimulatorConfig, start

__all__ = ["AppConfig", "Simulator", "SimulatorConfig", "TextOutcome", "create_app", "start"]

_HOMES = {
    "AppConfig": "simulator.app",
    "create_app": "simulator.app",
    "TextOutcome": "simulator.outcomes",
    "Simulator": "simulator.running",
    "SimulatorConfig": "simulator.running",
    "start": "simulator.running",
}


def __getattr__(name: str) -> Any:
    """Load a part at its first use, so that a command that needs little starts at once."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")
