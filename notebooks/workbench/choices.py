"""Choices: a row of check boxes for picking some of a few things."""

from collections.abc import Callable, Sequence

import ipywidgets as w


class Choices(w.Box):  # type: ignore[misc]
    """Let some of a few options be ticked; `values` are those that are."""

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        ticked: Sequence[str],
        on_change: Callable[[], object],
        label: str = "",
    ) -> None:
        self._boxes = {
            value: w.Checkbox(value=value in ticked, description=name, indent=False, layout=w.Layout(width="auto"))
            for name, value in options
        }
        super().__init__([w.Label(label), *self._boxes.values()] if label else list(self._boxes.values()))
        self.add_class("iw-line")
        for box in self._boxes.values():
            box.observe(lambda _change: on_change(), "value")

    @property
    def values(self) -> tuple[str, ...]:
        """Give what is ticked, in the order of the options."""
        return tuple(value for value, box in self._boxes.items() if box.value)

    def tick(self, value: str, on: bool = True) -> None:
        """Tick an option or take the tick away, as a click does."""
        self._boxes[value].value = on
