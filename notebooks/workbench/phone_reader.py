"""Phone reader: type or paste numbers and see how each is read, why, and what would repair it (R8-R10)."""

from collections.abc import Mapping
from functools import partial

import ipywidgets as w
import phonenumbers
from markupsafe import Markup

from inbound_core.phones import PhoneReading, read_phone
from workbench import pages
from workbench.card import Card, button, guarded, html, line
from workbench.reading_steps import STATUS_WORDS, line_words, reading_steps

#: More lines than these are not read here; whole columns have a widget of their own.
MOST_LINES = 200
#: How high the box is: as what is typed, within these.
FEWEST_ROWS, MOST_ROWS = 2, 8

#: Label -> (text, region): the documentation's two, and what spreadsheets do to numbers.
EXAMPLES: Mapping[str, tuple[str, str]] = {
    "555-123-4567": ("555-123-4567", "US"),
    "020 7183 8750 in GB": ("020 7183 8750", "GB"),
    "020 7183 8750 in US": ("020 7183 8750", "US"),
    "Decimal tail": ("12025550143.0", "US"),
    "Exponent": ("1.2025550143E+10", "US"),
    "Lost plus": ("442079460018", "US"),
    "Exit code": ("011 44 20 7946 0018", "US"),
    "Two in one cell": ("202-555-0143 / 202-555-0144", "US"),
    "Hidden space": ("\u202a+1 202\u00a0555\u00a00143\u202c", "US"),
}


class PhoneReader(Card):
    """Read what is typed, with a region hint to play with. One line shows each step, several a table."""

    heading = "Phone reader"
    hint = "Type a number, or paste one per line."

    def __init__(self, text: str = "555-123-4567", region: str = "US") -> None:
        self.text = w.Textarea(value=text, layout=w.Layout(width="min(420px, 100%)", margin="2px 2px 8px"))
        self.text.add_class("iw-phone-text")
        regions = sorted(phonenumbers.SUPPORTED_REGIONS)
        names = [(f"{code}  +{phonenumbers.country_code_for_region(code)}", code) for code in regions]
        self.region = w.Dropdown(options=names, value=region, layout=w.Layout(width="120px"))
        self.region.add_class("iw-phone-region")
        self.result = html()
        examples = [button(name, partial(self.example, *pair)) for name, pair in EXAMPLES.items()]
        hint = w.Label("Read as dialled in")
        super().__init__(line(self.text, hint, self.region), line(*examples), self.result)
        self.text.observe(lambda _change: self.read(), "value")
        self.region.observe(lambda _change: self.read(), "value")
        self.read()

    def example(self, text: str, region: str) -> None:
        """Take over an example."""
        self.region.value = region
        self.text.value = text

    def readings(self) -> list[PhoneReading]:
        """Read the lines that are typed, up to `MOST_LINES`."""
        lines = [row for row in self.text.value.splitlines() if row.strip()][:MOST_LINES]
        return [read_phone(row, self.region.value) for row in lines]

    @guarded
    def read(self) -> None:
        """Read and show, in a box as high as what is typed."""
        self.text.rows = min(max(self.text.value.count("\n") + 1, FEWEST_ROWS), MOST_ROWS)
        self.result.show(self.picture())

    def picture(self) -> Markup:
        """Show one reading in its steps, several as a table."""
        readings = self.readings()
        if not readings:
            return pages.paragraph("Nothing is typed.", css="iw-dim")
        if len(readings) == 1:
            return _one(readings[0], self.region.value)
        rows = [_row(reading) for reading in readings]
        more = sum(1 for row in self.text.value.splitlines() if row.strip()) - len(readings)
        rest = f"{pages.count(more, 'more line')} not read here: open a file in notebook 02 instead." if more else ""
        return pages.join(
            (
                pages.table(("typed", "E.164", "status", "why", "repair"), rows),
                pages.paragraph(rest, css="iw-dim"),
            )
        )


def _one(reading: PhoneReading, region: str) -> Markup:
    word, tone, meaning = STATUS_WORDS[reading.status]
    head = pages.element(
        "div",
        pages.element("span", reading.e164 or "no number", css="iw-big"),
        " ",
        pages.badge(word, tone),
        pages.element("div", meaning, css="iw-dim"),
    )
    steps = [(pages.badge(step.title, step.tone), step.found) for step in reading_steps(reading, region)]
    return pages.join((head, pages.table((), steps)))


def _row(reading: PhoneReading) -> tuple[object, ...]:
    word, tone, _ = STATUS_WORDS[reading.status]
    repair = f"{reading.suggested} ({reading.repair})" if reading.suggested else ""
    why = line_words(reading) if reading.valid else str(reading.reason)
    return (pages.code(pages.shown(reading.raw or "", 60)), reading.e164 or "–", pages.badge(word, tone), why, repair)
