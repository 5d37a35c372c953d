"""People card: the people of a lesson as the platform reads them, and a form that creates or changes one (R7, R10)."""

import ipywidgets as w
from markupsafe import Markup

from inbound_core.errors import InboundError
from inbound_core.phones import PhoneStatus
from inbound_core.profiles import Profile
from workbench import pages
from workbench.bench import Bench
from workbench.card import Card, button, guarded, html, line
from workbench.reading_steps import STATUS_WORDS
from workbench.row_list import RowList, toned


class PeopleCard(Card):
    """Show the people of this lesson; choose one to change it, or type a new id. The same as `bench.identify`."""

    heading = "People"
    hint = "Choose one to change it, or type a new id. In code it is bench.identify(id, phone=…)."

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.list = RowList(("profile", "phone as stored", "country", "reads as", "status"), "people", height=170)
        self.list.empty = "Nobody yet."
        self.list.layout.width = "100%"
        self.id = _field("me", "profile id")
        self.phone = _field("", "phone, as people write it")
        self.country = _field("", "country, such as GB", "150px")
        self.said = html()
        self._people: list[Profile] = []
        save = button("Save", self.save, "iw-main iw-save-person")
        super().__init__(self.list, line(self.id, self.phone, self.country, save), self.said)
        self.list.observe(lambda _change: self.choose(), "selected")
        self.id.observe(lambda _change: self.begin_another(), "value")
        self.refresh()
        bench.listen(self.refresh)

    @guarded
    def refresh(self) -> None:
        """Read the people again."""
        found = map(self.bench.workspace.profile, self.bench.own_people)
        self._people = [profile for profile in found if profile is not None]
        self.list.show([_row(profile) for profile in self._people])

    def choose(self) -> None:
        """Take the chosen person into the form."""
        if 0 <= self.list.selected < len(self._people):
            chosen = self._people[self.list.selected]
            self.id.value, self.phone.value = chosen.id, chosen.phone or ""
            self.country.value = str(chosen.attributes.get("country") or "")

    def begin_another(self) -> None:
        """Empty the form when the id becomes another than the chosen one: it was the chosen person's."""
        chosen = self.list.selected
        if 0 <= chosen < len(self._people) and self.id.value != self._people[chosen].id:
            self.list.selected = -1
            self.phone.value = self.country.value = ""

    @guarded
    def save(self) -> None:
        """Create or change the person that is typed; an empty field leaves that attribute as it is."""
        self.said.show()
        typed = {"phone": self.phone.value.strip(), "country": self.country.value.strip()}
        if not self.id.value.strip():
            raise PersonError("Type an id first: it is how your own systems call the person.")
        profile = self.bench.identify(self.id.value.strip(), **{name: value for name, value in typed.items() if value})
        word, tone, meaning = STATUS_WORDS[_status(profile)]
        reads = f" reads as {profile.phone_e164}" if profile.phone_e164 else ""
        inner = (pages.element("b", profile.id), reads, " ", pages.badge(word, tone), " ", meaning)
        self.said.show(pages.element("div", *inner, css=f"iw-notice iw-{tone}"))

    def picture(self) -> Markup:
        """Show the people as a table."""
        rows = []
        for profile in self._people:
            word, tone, _ = STATUS_WORDS[_status(profile)]
            rows.append((profile.id, profile.phone or "", profile.phone_e164 or "–", pages.badge(word, tone)))
        table = pages.table(("profile", "phone as stored", "reads as", "status"), rows)
        return table if rows else pages.paragraph(self.list.empty)


class PersonError(InboundError, ValueError):
    """Report a person that cannot be stored as typed."""


def _status(profile: Profile) -> PhoneStatus:
    return PhoneStatus(profile.phone_status or PhoneStatus.MISSING)


def _field(value: str, placeholder: str, width: str = "210px") -> w.Text:
    return w.Text(value=value, placeholder=placeholder, tooltip=placeholder, layout=w.Layout(width=width))


def _row(profile: Profile) -> list[str | dict[str, str]]:
    word, tone, _ = STATUS_WORDS[_status(profile)]
    country = str(profile.attributes.get("country") or "")
    return [profile.id, pages.shown(profile.phone or "", 40), country, profile.phone_e164 or "–", toned(word, tone)]
