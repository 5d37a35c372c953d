"""Safety: markup in names, attributes, bodies, cells and stories is shown by every widget and runs in none."""

import re
from collections.abc import Callable

import ipywidgets as w
import pandas as pd
import pytest

from tests.workbench.hostile import MARKUP
from workbench import (
    BothSides,
    Checklist,
    ColumnExplorer,
    ConsentCard,
    Handset,
    KeywordTester,
    PeopleCard,
    PhoneReader,
    Row,
    ScenarioCard,
    SegmentBuilder,
    SetupCard,
    SharedNumbers,
)
from workbench.bench import Bench
from workbench.bench_card import BenchCard
from workbench.checklist import Step
from workbench.row_list import RowList

HOSTILE_TABLE = pd.DataFrame({"id": [MARKUP, "b"], "phone": [f"{MARKUP} 4155550101", "+14155550101"]})
HOSTILE_STORY = f"""version: 1
name: '{MARKUP}'
about: '{MARKUP}'
rules: [R19]
senders:
  news: {{service: News, numbers: ["+12025550142"]}}
people:
  ana: {{number: "+12025550101"}}
steps:
  - ana.says: '{MARKUP}'
  - expect: {{to: ana, match: '{MARKUP}', within: 1s}}
"""

WIDGETS: dict[str, Callable[[Bench], w.Widget]] = {
    "bench": BenchCard,
    "set-up": SetupCard,
    "people": PeopleCard,
    "phone reader": lambda _bench: PhoneReader(f"{MARKUP}\n+14155550101 {MARKUP}"),
    "phone reader, one line": lambda _bench: PhoneReader(MARKUP),
    "keyword tester": lambda _bench: KeywordTester(MARKUP, MARKUP),
    "handset": lambda bench: Handset(bench, "+14155550101", MARKUP, quick=(MARKUP,)),
    "both sides": BothSides,
    "shared numbers": SharedNumbers,
    "consent ledger": ConsentCard,
    "segment builder": lambda bench: SegmentBuilder(bench, Row("attribute", "plan", "equals", MARKUP), name=MARKUP),
    "column explorer": lambda _bench: ColumnExplorer(HOSTILE_TABLE),
    "scenario": lambda _bench: ScenarioCard(text=HOSTILE_STORY),
    "checklist": lambda bench: Checklist(bench, Step(MARKUP, lambda _bench: False, MARKUP)),
}


def html_values(widget: w.Widget) -> list[str]:
    """Give what every HTML area within a widget holds."""
    found = [widget.value] if isinstance(widget, w.HTML | w.HTMLMath) else []
    for child in getattr(widget, "children", ()):
        found += html_values(child)
    return found


def choose_each_row(widget: w.Widget) -> list[str]:
    """Choose every row of the lists within a widget, and gather what is shown then."""
    seen = html_values(widget)
    for child in getattr(widget, "children", ()):
        if isinstance(child, RowList):
            for index in range(len(child.rows)):
                child.selected = index
                seen += html_values(widget)
    return seen


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
def test_markup_that_people_wrote_is_escaped_wherever_it_shows(
    hostile_bench: Bench, make: Callable[[Bench], w.Widget]
) -> None:
    widget = make(hostile_bench)
    preview = widget._repr_mimebundle_()["text/html"]

    assert "<img" not in preview
    assert not [value for value in choose_each_row(widget) if "<img" in value]


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
def test_every_widget_has_a_picture_for_readers_who_have_not_run_it(
    bench: Bench, make: Callable[[Bench], w.Widget]
) -> None:
    bundle = make(bench)._repr_mimebundle_()

    assert "Run the cell to use it" in bundle["text/html"]
    assert "run this cell" in bundle["text/plain"]


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
def test_a_picture_needs_no_style_sheet(bench: Bench, make: Callable[[Bench], w.Widget]) -> None:
    bench.identify("ana", phone="+14155550101")
    preview = make(bench)._repr_mimebundle_()["text/html"]

    assert " class=" not in preview
    assert "border-radius" in preview
    assert not re.search(r"<t[dh]\b(?! style=\"text-align: left)", preview), "a notebook aligns cells to the right"


def test_what_the_bench_tells_is_escaped(hostile_bench: Bench) -> None:
    told = hostile_bench.text("+14155550101", MARKUP)
    refused = hostile_bench.send(MARKUP, MARKUP)

    assert "&lt;img" in told._repr_html_()
    for shown in (told, refused):
        assert "<img" not in shown._repr_html_()


@pytest.mark.parametrize("script", ["handset.js", "row_list.js", "look.js"])
def test_the_scripts_set_text_and_never_markup_and_fetch_nothing(script: str) -> None:
    from workbench.card import STATIC

    source = (STATIC / script).read_text(encoding="utf-8")

    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "http", "import ", "eval("):
        assert forbidden not in source
