"""Checklist: the steps of a walkthrough, each ticked only when the engine's own state shows that it happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from workbench import pages
from workbench.bench import Bench
from workbench.card import Card, button, html, line


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one step: what to do, how the state shows that it is done, and a hint for who is stuck."""

    title: str
    done: Callable[[Bench], bool]
    hint: str = ""
    #: A card whose own doings count, beside what happens on the bench.
    watched: Card | None = None


class Checklist(Card):
    """Show the steps of a task and tick those that the state shows; it looks again after every change."""

    heading = "Your turn"
    hint = "Steps tick themselves when the platform's own state shows that they happened."

    def __init__(self, bench: Bench, *steps: Step) -> None:
        self.bench = bench
        self.steps: Sequence[Step] = steps
        self._list = html()
        super().__init__(self._list, line(button("Look again", self.refresh)))
        self.refresh()
        bench.listen(self.refresh)
        for card in {id(step.watched): step.watched for step in steps}.values():
            if card is not None:
                card.observe(lambda _change: self.refresh(), "doings")

    def results(self) -> list[bool]:
        """Tell of each step whether it is done."""
        return [step.done(self.bench) for step in self.steps]

    @property
    def complete(self) -> bool:
        """Tell whether every step is done."""
        return all(self.results())

    def refresh(self) -> None:
        """Look at the state again."""
        self._list.show(self.picture())

    def picture(self) -> Markup:
        """Show the steps with their ticks."""
        results = self.results()
        items = [self._item(step, done) for step, done in zip(self.steps, results, strict=True)]
        done = f"{sum(results)} of {len(results)} done" + (
            " — well done, go on to the next notebook." if all(results) else ""
        )
        return pages.join((pages.element("ul", *items, css="iw-steps"), pages.paragraph(done, css="iw-quiet")))

    @staticmethod
    def _item(step: Step, done: bool) -> Markup:
        words = [pages.element("span", step.title)]
        if step.hint and not done:
            words.append(pages.element("div", step.hint, css="iw-dim"))
        tick = pages.element("span", "✓" if done else "○", css="iw-tick", title="done" if done else "to do")
        return pages.element("li", tick, pages.element("div", *words), css="iw-step iw-done" if done else "iw-step")
