"""Set-up card: the prerequisites of inbound messages, each with the engine's verdict (R3-R6)."""

from markupsafe import Markup

from inbound_core.setup import Verdict
from workbench import pages
from workbench.bench import Bench
from workbench.card import Card, html

_TONES = {Verdict.OK: "good", Verdict.WARNING: "warn", Verdict.MISSING: "bad"}
_WORDS = {Verdict.OK: "in order", Verdict.WARNING: "look", Verdict.MISSING: "missing"}


class SetupCard(Card):
    """Show each prerequisite with its verdict, what was found and what to do next; it follows every change."""

    heading = "Is inbound handling set up?"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._table = html()
        super().__init__(self._table)
        self.refresh()
        bench.listen(self.refresh)

    def refresh(self) -> None:
        """Check again."""
        self._table.show(self.picture())

    def picture(self) -> Markup:
        """Show the report, without the address of this machine's receiver."""
        rows = []
        for check in self.bench.workspace.setup_report().checks:
            found = self._without_port(self.bench.readable(check.found))
            next_step = pages.element("div", check.next_step, css="iw-dim") if check.next_step else ""
            about = pages.element("div", pages.element("b", check.title), ": ", found, next_step)
            verdict = pages.badge(_WORDS[check.verdict], _TONES[check.verdict])
            rows.append((verdict, pages.rule(check.rule), about))
        return pages.table((), rows)

    def _without_port(self, text: str) -> str:
        for sender in self.bench.senders():
            if sender.inbound_url:
                text = text.replace(sender.inbound_url, "the simulator's /inbound/sms")
        return text
