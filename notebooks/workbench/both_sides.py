"""Both sides: one timeline of handset, Twilio and platform; an entry that is chosen is explained."""

from markupsafe import Markup

from inbound_core.workspace import UnknownMessage
from simulator.carrier import HandsetMessage, WebhookAttempt
from workbench import pages
from workbench.bench import Bench
from workbench.card import Card, guarded, html
from workbench.choices import Choices
from workbench.row_list import RowList, toned
from workbench.timeline import TONES, Entry, Side, request_picture, timeline
from workbench.told import explanation_html

#: The newest of each log that are shown.
MOST = 200


class BothSides(Card):
    """Show what both sides logged since the lesson began; choose a row to see the request or the explanation."""

    heading = "Both sides"
    hint = "Twilio's side and the platform's, in one timeline. Choose a row to see what is behind it."

    def __init__(self, bench: Bench, handset: str = "") -> None:
        self.bench = bench
        self.handset = handset
        sides = [str(side) for side in Side]
        self.sides = Choices([(side, side) for side in sides], sides, self.refresh, "Show")
        self.list = RowList(("time", "side", "what happened"), "timeline of both sides", follow=True)
        self.list.layout.width = "100%"
        self.detail = html()
        self._entries: list[Entry] = []
        super().__init__(self.list, self.detail, self.sides)
        self.list.observe(lambda _change: self.explain(), "selected")
        self.refresh()
        bench.listen(self.refresh)

    @guarded
    def refresh(self) -> None:
        """Read both logs again."""
        wire, workspace = self.bench.wire, self.bench.workspace
        handsets = [self.handset] if self.handset else wire.handsets()
        messages = [m for handset in handsets for m in wire.conversation(handset) if self.bench.is_new(m.sid)]
        messages = sorted(messages, key=lambda message: message.at)[-MOST:]
        sids = {message.sid for message in messages}
        attempts = [attempt for attempt in wire.attempts(limit=MOST) if self.bench.is_new(attempt.message_sid)]
        attempts = [attempt for attempt in attempts if not self.handset or attempt.message_sid in sids]
        narrowed = {"phone": self.handset} if self.handset else {}
        activities = workspace.activity(MOST, self.bench.began, **narrowed)
        found = timeline(messages, attempts, activities, self.bench.names())
        self._entries = [entry for entry in found if str(entry.side) in self.sides.values]
        rows = [
            (f"{entry.at:%H:%M:%S}", toned(str(entry.side), TONES[entry.side]), entry.text) for entry in self._entries
        ]
        self.list.show(rows)
        self.explain()

    @guarded
    def explain(self) -> None:
        """Show what is behind the chosen row."""
        chosen = self.list.selected
        if 0 <= chosen < len(self._entries):
            self.detail.show(pages.element("div", self._about(self._entries[chosen]), css="iw-lane"))
        else:
            self.detail.show()

    def _about(self, entry: Entry) -> Markup:
        if isinstance(entry.subject, WebhookAttempt):
            return request_picture(entry.subject)
        if entry.message_sid is None:
            return pages.paragraph(entry.text)
        try:
            explanation = self.bench.workspace.explain(entry.message_sid)
        except UnknownMessage:
            return pages.paragraph(entry.text, " ", _why_unknown(entry))
        return explanation_html(explanation, self.bench.names())

    def picture(self) -> Markup:
        """Show the timeline as a table."""
        rows = [
            (f"{entry.at:%H:%M}", pages.badge(entry.side, TONES[entry.side]), entry.text)
            for entry in self._entries[-20:]
        ]
        return pages.table(("time", "side", "what happened"), rows)


def _why_unknown(entry: Entry) -> str:
    if isinstance(entry.subject, HandsetMessage) and entry.subject.by in ("twilio", "network"):
        return "Twilio's own answer does not pass through the platform, so the platform's log has nothing of it (R22)."
    return "This is no message that came in, so there is nothing to attribute."
