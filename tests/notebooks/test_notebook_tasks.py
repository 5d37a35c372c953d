"""Tasks: a reader who does what each notebook asks sees every step of its checklist tick, and none before."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench import Checklist, Handset

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


class Reader:
    """Run a notebook's cells one after the other, and hold what they named and showed."""

    def __init__(self, name: str) -> None:
        self.names: dict[str, Any] = {"display": self.shown_by_display}
        self.shown: list[Any] = []
        cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                self.run("".join(cell["source"]))

    def shown_by_display(self, *things: Any) -> None:
        self.shown.extend(things)

    def run(self, source: str) -> None:
        tree = ast.parse(source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), self.names)
        if last is not None:
            self.shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), self.names))

    @property
    def bench(self) -> Any:
        return self.names["bench"]

    @property
    def checklist(self) -> Checklist:
        return next(thing for thing in self.shown if isinstance(thing, Checklist))

    def phone(self, owner: str) -> Handset:
        phones = [phone for thing in self.shown for phone in getattr(thing, "phones", (thing,))]
        return next(phone for phone in phones if isinstance(phone, Handset) and phone.owner == owner)

    def store(self, profile_id: str, phone: str = "", country: str = "") -> None:
        card = self.widget("PeopleCard")
        card.id.value, card.phone.value, card.country.value = profile_id, phone, country
        card.save()

    def widget(self, kind: str) -> Any:
        return next(thing for thing in self.shown if type(thing).__name__ == kind)


def start_here(reader: Reader) -> None:
    reader.phone("You").text("hello")
    reader.store("me", "+14155550100")
    reader.phone("You").text("hello again")


def phone_numbers(reader: Reader) -> None:
    reader.store("tom", country="GB")
    reader.phone("Tom").text("And it's Tom")
    reader.store("me", "(415) 555 0110")


def your_customers(reader: Reader) -> None:
    explorer = reader.names["explorer"]
    explorer.filters["status"].value = "repair"
    explorer.list.selected = 0
    explorer.accept_kind()
    explorer.out.value = str(reader.names["tmp_path"] / "clean.csv")
    explorer.export()


def shared_numbers(reader: Reader) -> None:
    reader.store("twin", "(415) 555-0122")
    reader.phone("Front desk").text("STOP")
    reader.phone("Front desk").text("START")


def unknown_numbers(reader: Reader) -> None:
    reader.phone("A stranger").text("psst")
    reader.store("rosa", "+14155550131")
    reader.phone("Rosa").text("Now you know me")


def keywords(reader: Reader) -> None:
    reader.phone("Kim").text("START")
    reader.phone("Kim again").text("STOP")


def segments_and_campaigns(reader: Reader) -> None:
    reader.phone("Zoë").text("JOIN")
    reader.phone("Max").text("BOOK")
    builder = reader.widget("SegmentBuilder")
    builder.lines.children[1].negated.value = True
    builder.name.value = "pro, not joined"
    builder.save()


def reply_scenarios(reader: Reader) -> None:
    mine = reader.names["mine"]
    mine.text.value = mine.text.value.replace("state: opted_out", "state: unset")
    mine.play()


TASKS: dict[str, Callable[[Reader], None]] = {
    "00_start_here": start_here,
    "01_phone_numbers": phone_numbers,
    "02_your_customers": your_customers,
    "03_shared_numbers": shared_numbers,
    "04_unknown_numbers": unknown_numbers,
    "05_keywords": keywords,
    "06_segments_and_campaigns": segments_and_campaigns,
    "07_reply_scenarios": reply_scenarios,
}


@pytest.fixture
def no_simulator_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("INBOUND_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("no_simulator_elsewhere")
@pytest.mark.parametrize("name", TASKS)
def test_doing_the_task_ticks_every_step_and_nothing_ticks_before(name: str, tmp_path: Path) -> None:
    reader = Reader(name)
    reader.names["tmp_path"] = tmp_path
    before = reader.checklist.results()
    TASKS[name](reader)
    after = reader.checklist.results()
    reader.bench.close()

    assert not all(before)
    assert all(after), [step.title for step, done in zip(reader.checklist.steps, after, strict=True) if not done]


def test_every_notebook_has_its_task_done_here() -> None:
    assert [f"{name}.ipynb" for name in TASKS] == [path.name for path in sorted(NOTEBOOKS.glob("0*.ipynb"))]
