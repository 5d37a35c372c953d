"""Widgets for the notebooks: they show what the engine decides and decide nothing themselves.

`connect()` gives the bench that every widget is made on. Each name is loaded at its first use, so that the first
notebook does not wait for the tables of the second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.bench import Bench, connect
    from workbench.both_sides import BothSides
    from workbench.checklist import Checklist
    from workbench.column_explorer import ColumnExplorer
    from workbench.condition_rows import Row
    from workbench.consent_card import ConsentCard
    from workbench.handset import Handset, Handsets
    from workbench.keyword_tester import KeywordTester
    from workbench.made_up_customers import example_customers
    from workbench.people_card import PeopleCard
    from workbench.phone_reader import PhoneReader
    from workbench.scenario_card import ScenarioCard, play_shipped
    from workbench.segment_builder import SegmentBuilder
    from workbench.setup_card import SetupCard
    from workbench.shared_numbers import SharedNumbers

_HOMES = {
    "Bench": "bench",
    "connect": "bench",
    "example_customers": "made_up_customers",
    "play_shipped": "scenario_card",
    "BothSides": "both_sides",
    "Checklist": "checklist",
    "ColumnExplorer": "column_explorer",
    "ConsentCard": "consent_card",
    "Handset": "handset",
    "Handsets": "handset",
    "KeywordTester": "keyword_tester",
    "PeopleCard": "people_card",
    "PhoneReader": "phone_reader",
    "Row": "condition_rows",
    "ScenarioCard": "scenario_card",
    "SegmentBuilder": "segment_builder",
    "SetupCard": "setup_card",
    "SharedNumbers": "shared_numbers",
}

__all__ = [
    "Bench",
    "BothSides",
    "Checklist",
    "ColumnExplorer",
    "ConsentCard",
    "Handset",
    "Handsets",
    "KeywordTester",
    "PeopleCard",
    "PhoneReader",
    "Row",
    "ScenarioCard",
    "SegmentBuilder",
    "SetupCard",
    "SharedNumbers",
    "connect",
    "example_customers",
    "play_shipped",
]


def __getattr__(name: str) -> Any:
    """Load a widget at its first use."""
    if name in _HOMES:
        return getattr(import_module(f"workbench.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
