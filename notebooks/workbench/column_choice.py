"""Column choice: which columns of a table hold the phone, the country, the id and the age; found, or named here."""

from collections.abc import Callable, Mapping, Sequence

import ipywidgets as w

#: What `audit_phones` calls a column -> what a reader calls it.
ROLES = {"phone": "phone", "region": "country", "id": "id", "created_at": "created"}
_FOUND = ""


def narrow_choice(options: Sequence[str], name: str) -> w.Dropdown:
    """Make a choice of which four fit beside each other at laptop width, however long what can be chosen is."""
    layout = w.Layout(flex="1 1 150px", width="auto", min_width="150px", max_width="210px")
    return w.Dropdown(options=options, description=name, layout=layout, style={"description_width": "initial"})


class ColumnChoice(w.Box):  # type: ignore[misc]
    """Let the columns be named; what is not named is found, and the first choice says what was."""

    def __init__(self, named: Mapping[str, str], on_change: Callable[[], object]) -> None:
        self._wanted = dict(named)
        self._by_hand = False
        self._on_change = on_change
        self.choices = {role: narrow_choice([""], name) for role, name in ROLES.items()}
        super().__init__([w.Label("Columns"), *self.choices.values()])
        self.add_class("iw-line")
        for choice in self.choices.values():
            choice.observe(lambda _change: self._changed(), "value")
        self._listening = True

    def offer(self, columns: Sequence[str]) -> None:
        """Offer the columns of another table; what was chosen here stays chosen where the table has it."""
        if self._by_hand:
            self._wanted = {role: name for role, name in self._wanted.items() if name in columns}
        for role in ROLES:
            self._arrange(role, "as found", columns, self._wanted.get(role, _FOUND))

    def tell(self, found: Mapping[str, str | None]) -> None:
        """Say which columns were used."""
        for role, choice in self.choices.items():
            columns = [value for _, value in choice.options if value != _FOUND]
            # The name first, for where the choice is narrow.
            label = f"{found[role]} (found)" if found.get(role) else "none found"
            self._arrange(role, label, columns, choice.value)

    def named(self) -> dict[str, str]:
        """Give the columns that are named."""
        return dict(self._wanted)

    def _arrange(self, role: str, first: str, columns: Sequence[str], value: str) -> None:
        choice = self.choices[role]
        label = "as found" if value else first
        self._listening = False
        choice.options = [(label, _FOUND), *((name, name) for name in columns)]
        choice.value = value if value in columns else _FOUND
        self._listening = True

    def _changed(self) -> None:
        if self._listening:
            self._wanted = {role: choice.value for role, choice in self.choices.items() if choice.value}
            self._by_hand = True
            self._on_change()
