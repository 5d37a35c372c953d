"""Consent ledger: the state of each (phone, sender) over time, why, and whom it binds (R14, R20, R21)."""

from markupsafe import Markup

from inbound_core.consent import ConsentChange, ConsentLedger, ConsentState
from workbench import pages
from workbench.bench import Bench
from workbench.card import Card, guarded, html
from workbench.row_list import Cell, RowList, toned

_STATES = {
    ConsentState.OPTED_OUT: ("opted out", "bad"),
    ConsentState.OPTED_IN: ("opted in", "good"),
    ConsentState.UNSET: ("never said", "quiet"),
}
#: The newest pairs that are listed.
MOST = 300


def pairs(ledger: ConsentLedger) -> list[tuple[str, str]]:
    """Give the pairs of phone and sender that the ledger speaks of, the one that changed last first."""
    return list(dict.fromkeys((change.phone, change.sender) for change in reversed(ledger.changes)))


class ConsentCard(Card):
    """List the pairs with their state; choose one to see how it came to be and which profiles it binds."""

    heading = "Consent ledger"
    hint = "An opt-out is about a number and a sender, never about a profile. Entries are only ever added."

    def __init__(self, bench: Bench, phone: str | None = None) -> None:
        self.bench = bench
        self.phone = phone
        self.list = RowList(
            ("phone", "sender", "now", "since", "because of"), "consent by phone and sender", height=200
        )
        self.list.empty = "Nobody has opted out of anything yet."
        self.list.layout.width = "100%"
        self.detail = html()
        self._ledger = ConsentLedger()
        self._pairs: list[tuple[str, str]] = []
        super().__init__(self.list, self.detail)
        self.list.observe(lambda _change: self.explain(), "selected")
        self.refresh()
        bench.listen(self.refresh)

    @guarded
    def refresh(self) -> None:
        """Read the ledger again."""
        self._ledger = self.bench.workspace.consent(self.phone)
        self._pairs = pairs(self._ledger)[:MOST]
        self.list.show([self._row(*pair) for pair in self._pairs], max(self.list.selected, 0))
        self.explain()

    def _row(self, phone: str, sender: str) -> tuple[Cell, ...]:
        last = self._ledger.last(phone, sender)
        assert last is not None
        return (
            phone,
            self.bench.sender_name(sender),
            toned(*_STATES[last.state]),
            f"{last.at:%Y-%m-%d %H:%M}",
            last.cause,
        )

    @guarded
    def explain(self) -> None:
        """Show the chosen pair's history and whom it binds."""
        chosen = self.list.selected
        self.detail.show(self._history(*self._pairs[chosen]) if 0 <= chosen < len(self._pairs) else "")

    def _history(self, phone: str, sender: str) -> Markup:
        changes = [c for c in self._ledger.changes if (c.phone, c.sender) == (phone, sender)]
        track = [_entry(change) for change in changes]
        bound = [profile.id for profile in self.bench.workspace.profiles() if profile.phone_e164 == phone]
        who = ", ".join(bound[:20]) + (", …" if len(bound) > 20 else "") if bound else "nobody has the number now"
        later = "; whoever gets the number later is bound too (R14)"
        others = [s.key for s in self.bench.senders() if s.key != sender]
        free = [self.bench.sender_name(key) for key in dict.fromkeys(others) if self._may(phone, key)]
        ends = [change.at for change in changes[1:]] + [self.bench.workspace.now()]
        spans = [
            ((end - change.at).total_seconds(), _STATES[change.state][1])
            for change, end in zip(changes, ends, strict=True)
        ]
        rows = [
            ("Over time", pages.track(spans)),
            ("Its history", pages.join(track, " → ")),
            ("Binds", f"{who}{later}."),
            ("May still write (R20)", ", ".join(free) or "no other sender"),
        ]
        return pages.facts(rows)

    def _may(self, phone: str, sender: str) -> bool:
        return self._ledger.state(phone, sender) is not ConsentState.OPTED_OUT

    def picture(self) -> Markup:
        """Show the pairs as a table."""
        rows = []
        for phone, sender in self._pairs[:10]:
            last = self._ledger.last(phone, sender)
            assert last is not None
            word, tone = _STATES[last.state]
            rows.append((pages.code(phone), self.bench.sender_name(sender), pages.badge(word, tone), last.cause))
        table = pages.table(("phone", "sender", "now", "because of"), rows)
        return table if rows else pages.paragraph(self.list.empty)


def _entry(change: ConsentChange) -> Markup:
    word, tone = _STATES[change.state]
    return pages.join((pages.badge(word, tone), f" {change.at:%Y-%m-%d %H:%M} ({change.cause})"))
