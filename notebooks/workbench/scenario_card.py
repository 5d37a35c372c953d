"""Scenario card: a story as text, played in a world of its own, with what happened and whether it went as expected."""

import ipywidgets as w
from markupsafe import Markup

from simulator.scenarios import Verdict, load, load_text, play
from simulator.scenarios.loading import shipped
from workbench import pages
from workbench.card import Card, button, guarded, html, line
from workbench.row_list import RowList, toned

_TONES = {"handset": "info", "carrier": "warn", "platform": "good", "check": "quiet", "fault": "bad", "clock": "quiet"}
_NAME = ".scenario.yaml"
_OWN = "this notebook's own"


class ScenarioCard(Card):
    """Choose a story that ships, or write one; play it and see the transcript and the verdict."""

    heading = "Reply scenario"
    hint = "A story as text. Change a line and play it again: it runs in a world of its own, with a clock of its own."

    def __init__(self, name: str = "two_senders", text: str = "") -> None:
        files = {path.name.removesuffix(_NAME): path for path in shipped()}
        self._files = files
        #: A story that is given is no shipped one, and the choice says so.
        options = ([(_OWN, "")] if text else []) + [(file, file) for file in files]
        self._own = text
        self.choice = w.Dropdown(options=options, value="" if text else name, layout=w.Layout(width="280px"))
        self.text = w.Textarea(
            value=text or files[name].read_text(encoding="utf-8"), rows=16, layout=w.Layout(width="100%")
        )
        self.text.add_class("iw-scenario")
        self.verdict = html()
        self.list = RowList(("time", "side", "what happened"), "transcript", height=320)
        self.list.empty = "Not played yet."
        self.list.layout.width = "100%"
        self.verdicts: tuple[Verdict, ...] = ()
        super().__init__(
            line(self.choice, button("Play", self.play, "iw-main iw-play")), self.text, self.verdict, self.list
        )
        self.choice.observe(lambda _change: self.choose(), "value")
        self.play()

    def choose(self) -> None:
        """Take over a story that ships, or the one that was given."""
        chosen = self.choice.value
        self.text.value = self._files[chosen].read_text(encoding="utf-8") if chosen else self._own
        self.play()

    @guarded
    def play(self) -> None:
        """Play the story as it is written now."""
        self.list.show([], -1)
        self.verdict.show()
        self.verdicts = ()
        self.doings += 1
        self.verdicts = tuple(play(story) for story in load_text(self.text.value, "your story"))
        self.verdict.show(self.verdict_picture())
        self.list.show([_row(text) for verdict in self.verdicts for text in verdict.transcript], -1)
        self.doings += 1

    @property
    def passed(self) -> bool:
        """Tell whether every story went as expected."""
        return bool(self.verdicts) and all(verdict.passed for verdict in self.verdicts)

    def verdict_picture(self) -> Markup:
        """Show the verdict, and what failed."""
        pieces = []
        for verdict in self.verdicts:
            word = pages.badge("passed", "good") if verdict.passed else pages.badge("failed", "bad")
            rules = pages.join((pages.rule(number) for number in verdict.scenario.rules), " ")
            about = f" {verdict.scenario.name}: {pages.count(verdict.checks, 'check')} "
            why = pages.element("pre", str(verdict.failure), css="iw-pre") if verdict.failure else ""
            tone = "good" if verdict.passed else "bad"
            pieces.append(pages.element("div", word, about, rules, why, css=f"iw-notice iw-{tone}"))
        return pages.join(pieces)

    def picture(self) -> Markup:
        """Show the verdict and the transcript."""
        rows = [text.split(maxsplit=2) for verdict in self.verdicts for text in verdict.transcript[:12]]
        return pages.join((self.verdict.content, pages.table((), rows)))


def _row(text: str) -> list[str | dict[str, str]]:
    time, side, told = (*text.split(maxsplit=2), "", "")[:3]
    if time.startswith("+"):
        day, time, side, told = (*text.split(maxsplit=3), "", "")[:4]
        time = f"{day} {time}"
    return [time, toned(side, _TONES.get(side, "quiet")), told]


def play_shipped() -> list[tuple[str, bool]]:
    """Play every story that ships, and give each one's name and whether it went as expected."""
    return [(verdict.scenario.name, verdict.passed) for path in shipped() for verdict in map(play, load(path))]
