"""Segment builder: conditions by clicks, the same in words, Python and JSON, and who is in it and why."""

import json
import re
from dataclasses import replace
from functools import partial

import ipywidgets as w
from markupsafe import Markup

from inbound_core.condition_json import condition_to_json
from inbound_core.conditions import Condition
from inbound_core.profiles import Profile
from inbound_core.segment_previews import SegmentPreview, WhatIf
from inbound_core.value_tests import Operator
from workbench import pages
from workbench.bench import Bench
from workbench.card import Card, button, guarded, html, line
from workbench.condition_rows import BARE, KINDS, Row, condition_of, python_of
from workbench.row_list import RowList, toned

#: Where in the JSON of a condition something is wrong, as the engine begins its sentences.
_PLACE = re.compile(r"^At [\w.\[\]]+: ")
#: The most people that are listed.
MOST = 50
_VALUE_WORDS = {
    "replied": "keyword, or nothing for any reply",
    "opted_out": "sender, or nothing for any",
    "opted_in": "sender, or nothing for any",
    "shares": "at least so many (2)",
    "attribute": "value",
}


class ConditionLine(w.Box):  # type: ignore[misc]
    """Hold the controls of one condition; only those that its kind needs are shown."""

    def __init__(self, builder: "SegmentBuilder", row: Row) -> None:
        self.negated = w.Checkbox(value=row.negated, description="not", indent=False, layout=w.Layout(width="58px"))
        self.kind = w.Dropdown(options=KINDS, value=row.kind, layout=w.Layout(width="130px"))
        self.name = w.Text(value=row.name, placeholder="name", layout=w.Layout(width="130px"))
        operators = [(str(operator).replace("_", " "), str(operator)) for operator in Operator]
        self.operator = w.Dropdown(options=operators, value=row.operator, layout=w.Layout(width="130px"))
        self.value = w.Text(value=row.value, layout=w.Layout(width="190px"))
        self.days = w.BoundedIntText(value=row.days, min=0, max=36_500, layout=w.Layout(width="64px"))
        self.days_words = w.HBox([w.Label("within"), self.days, w.Label("days (0: ever)")])
        drop = button("✕", partial(builder.drop, self), tip="Take this condition away")
        super().__init__([self.negated, self.kind, self.name, self.operator, self.value, self.days_words, drop])
        self.add_class("iw-line")
        self.arrange()
        self.kind.observe(lambda _change: self.begin_another(), "value")
        for control in (self.negated, self.kind, self.name, self.operator, self.value, self.days):
            control.observe(lambda _change: builder.refresh(), "value")
        self.operator.observe(lambda _change: self.arrange(), "value")

    def begin_another(self) -> None:
        """Empty what was typed for the kind before, for a plan is no keyword and no sender."""
        self.name.value = self.value.value = ""
        self.arrange()

    def arrange(self) -> None:
        """Show the controls that the kind needs."""
        kind = self.kind.value
        bare = kind == "attribute" and Operator(self.operator.value) in BARE
        _show(self.name, kind in ("attribute", "event", "segment"))
        _show(self.operator, kind == "attribute")
        _show(self.value, kind in _VALUE_WORDS and not bare)
        _show(self.days_words, kind in ("replied", "event"))
        self.value.placeholder = _VALUE_WORDS.get(kind, "")

    def row(self) -> Row:
        """Give what is typed and chosen."""
        return Row(
            self.kind.value, self.name.value, self.operator.value, self.value.value, self.days.value, self.negated.value
        )


def _show(control: w.Widget, on: bool) -> None:
    control.layout.display = None if on else "none"


class SegmentBuilder(Card):
    """Click a segment together and see who is in it, who would enter and leave, and why this one and not that."""

    heading = "Segment builder"
    hint = "The clicks, the Python and the JSON are one and the same condition."

    def __init__(self, bench: Bench, *rows: Row, name: str = "") -> None:
        self.bench = bench
        self.every = w.ToggleButtons(options=[("all hold", True), ("any holds", False)], style={"button_width": "auto"})
        self.every.add_class("iw-toggle")
        self.lines = w.VBox([])
        self.forms, self.found, self.why = html(), html(), html()
        self.people = RowList(("profile", "phone", "in it?", "because"), "people and why", height=220)
        self.people.layout.width = "100%"
        self.name = w.Text(value=name, placeholder="name of the segment", layout=w.Layout(width="190px"))
        add = button("Add a condition", lambda: self.add(Row()))
        save = button("Save as a segment", self.save, "iw-main iw-save")
        super().__init__(
            line(w.Label("Where"), self.every),
            self.lines,
            line(add, self.name, save),
            self.found,
            self.people,
            self.why,
            self.forms,
        )
        self.name.observe(lambda _change: self.refresh(), "value")
        self.every.observe(lambda _change: self.refresh(), "value")
        self.people.observe(lambda _change: self.explain(), "selected")
        self.lines.children = tuple(ConditionLine(self, row) for row in rows or (Row(name="plan", value="pro"),))
        self.refresh()
        bench.listen(self.refresh)

    def add(self, row: Row) -> None:
        """Add a condition."""
        self.lines.children = (*self.lines.children, ConditionLine(self, row))
        self.refresh()

    def drop(self, unwanted: ConditionLine) -> None:
        """Take a condition away."""
        self.lines.children = tuple(one for one in self.lines.children if one is not unwanted)
        self.refresh()

    def condition(self) -> Condition:
        """Give the condition; raise `ConditionError` for what cannot be meant."""
        return condition_of([self._by_key(one.row()) for one in self.lines.children], self.every.value)

    def _by_key(self, row: Row) -> Row:
        """Take a messaging service by its name too: its sid is nothing that people know."""
        if row.kind not in ("opted_out", "opted_in"):
            return row
        keys = {self.bench.sender_name(sender.key).lower(): sender.key for sender in self.bench.senders()}
        return replace(row, value=keys.get(row.value.strip().lower(), row.value))

    def complain(self, text: str) -> None:
        """Show what went wrong in the words of the clicks: no place in the JSON, no sids."""
        super().complain(self.bench.readable(_PLACE.sub("", text)))

    @guarded
    def refresh(self) -> None:
        """Ask the engine who is in it now."""
        for area in (self.forms, self.found, self.why):
            area.show()
        self.people.show([])
        condition = self.condition()
        self.forms.show(forms_picture(condition))
        segments = self.bench.workspace.segments
        preview = segments.preview(condition, allow_unknown=True)
        pieces = [preview_picture(preview)]
        name = self.name.value.strip()
        if any(segment.name == name for segment in segments.all()):
            pieces.append(moves_picture(segments.what_if(name, condition, allow_unknown=True)))
        rows = self._rows(condition)
        if len(self.bench.workspace.profiles(limit=MOST + 1)) > MOST:
            said = f"{MOST} profiles are listed, those of this notebook first; the figures are about all."
            pieces.append(pages.paragraph(said, css="iw-dim"))
        self.found.show(pages.join(pieces))
        self.people.show(rows)
        self.explain()

    def _rows(self, condition: Condition) -> list[list[str | dict[str, str]]]:
        rows: list[list[str | dict[str, str]]] = []
        for profile in self._listed():
            verdict = self.bench.workspace.segments.why(profile.id, condition)
            word = toned("yes", "good") if verdict.holds else toned("no", "quiet")
            rows.append([profile.id, profile.phone or "", word, self.bench.readable(verdict.reason)])
        return rows

    def _listed(self) -> list[Profile]:
        """Give the people of this lesson first, then others, at most `MOST`."""
        workspace = self.bench.workspace
        own = [found for found in map(workspace.profile, self.bench.own_people) if found is not None]
        others = (one for one in workspace.profiles(limit=MOST) if one.id not in self.bench.own_people)
        return [*own, *others][:MOST]

    @guarded
    def explain(self) -> None:
        """Show each question for the chosen profile."""
        chosen = self.people.selected
        if not 0 <= chosen < len(self.people.rows):
            self.why.show()
            return
        profile_id = self.people.rows[chosen][0]
        verdict = self.bench.workspace.segments.why(profile_id, self.condition())
        said = "\n".join(self.bench.readable(text) for text in verdict.lines())
        self.why.show(pages.element("pre", said, css="iw-pre"))

    @guarded
    def save(self) -> None:
        """Save the segment under its name and keep it live from then on."""
        if not self.name.value.strip():
            self.complain("Type a name for the segment first.")
            return
        saved = self.bench.workspace.segments.save(self.name.value, self.condition(), allow_unknown=True)
        self.bench.changed()
        self.found.show(pages.element("div", str(saved), css="iw-notice iw-good"))

    def picture(self) -> Markup:
        """Show the condition in its forms and who is in it."""
        return pages.join((self.found.content, self.forms.content))


def forms_picture(condition: Condition) -> Markup:
    """Show a condition in words, as Python and as JSON."""
    plain = json.dumps(condition_to_json(condition), ensure_ascii=False)
    rows = (
        ("In words", str(condition)),
        ("Python", pages.code(python_of(condition))),
        ("JSON", pages.code(plain)),
    )
    return pages.facts(rows)


def moves_picture(moves: WhatIf) -> Markup:
    """Show who would enter and who would leave the segment that is saved under this name."""
    if not moves.entering and not moves.leaving:
        return pages.paragraph(f"“{moves.segment}” is saved already; saving this moves nobody.", css="iw-dim")
    sides = (
        ("would enter", moves.entering, moves.entering_ids, "good"),
        ("would leave", moves.leaving, moves.leaving_ids, "warn"),
    )
    said = [
        pages.join((pages.badge(f"{count:,} {word}", tone), ", ".join(ids)), " ") for word, count, ids, tone in sides
    ]
    sets_off = f". Entering sets off: {', '.join(moves.campaigns)}" if moves.entering and moves.campaigns else ""
    return pages.paragraph(f"Saved again as “{moves.segment}”: ", pages.join(said, " "), sets_off)


def preview_picture(preview: SegmentPreview) -> Markup:
    """Show how many are in it, and what would stand in the way of writing to them."""
    pieces = [pages.badge(pages.count(preview.count, "profile"), "good" if preview.count else "quiet")]
    if preview.opted_out:
        pieces.append(pages.badge(f"{preview.opted_out:,} opted out", "bad"))
    if preview.without_number:
        pieces.append(pages.badge(f"{preview.without_number:,} without a number", "warn"))
    pieces += [pages.badge(f"shared: {shared}", "warn") for shared in preview.shared[:3]]
    return pages.paragraph(pages.join(pieces, " "))
