"""Bench card: where both sides run and which numbers the platform has, as the first thing that a reader sees."""

from markupsafe import Markup

from workbench import pages
from workbench.bench import Bench
from workbench.card import Card, html


class BenchCard(Card):
    """Show the bench itself."""

    heading = "Your workbench"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        super().__init__(html(self.picture()))

    def picture(self) -> Markup:
        """Show where it runs and the platform's numbers."""
        names = self.bench.names()
        rows = [
            (pages.code(sender.phone), _belongs(names.get(sender.messaging_service_sid or "")))
            for sender in self.bench.senders()
        ]
        where = pages.paragraph(pages.badge("ready", "good"), " ", self.bench.where())
        return pages.join((where, pages.table(("The platform's numbers", "belongs to"), rows)))


def _belongs(service: str | None) -> str:
    return f"the messaging service {service}" if service else "no service: it is on its own"
