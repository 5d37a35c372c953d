"""Handset: a phone that looks like one, on which a reader texts the platform's numbers and sees what comes back."""

from collections.abc import Sequence
from typing import Any

import anywidget
import ipywidgets as w
import traitlets
from markupsafe import Markup

from inbound_core.consent import ConsentState
from inbound_core.errors import InboundError
from simulator.carrier import CarrierError, HandsetMessage
from workbench import pages
from workbench.bench import Bench
from workbench.card import STATIC, look
from workbench.conversation import banner, bubbles, counter
from workbench.still import framed, still

QUICK = ("YES", "STOP", "START", "HELP")


class Handset(anywidget.AnyWidget):
    """Show one person's phone. `number` is the platform's number that the open conversation is with.

    `text(body)` texts as a tap on the button does; what cannot be texted shows as a sentence on the screen.
    """

    _esm = STATIC / "handset.js"
    _css = STATIC / "handset.css"

    owner = traitlets.Unicode().tag(sync=True)
    handset = traitlets.Unicode().tag(sync=True)
    number = traitlets.Unicode().tag(sync=True)
    numbers: Any = traitlets.List().tag(sync=True)
    bubbles: Any = traitlets.List().tag(sync=True)
    quick: Any = traitlets.List().tag(sync=True)
    draft = traitlets.Unicode().tag(sync=True)
    counter = traitlets.Unicode().tag(sync=True)
    banner = traitlets.Unicode().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)
    #: How many texts went out from here; the screen empties its draft when it grows.
    sent = traitlets.Int(0).tag(sync=True)
    follows = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, bench: Bench, handset: str, owner: str = "", quick: Sequence[str] = QUICK, number: str = ""
    ) -> None:
        self.bench = bench
        numbers = [sender.phone for sender in bench.senders()]
        first = number or (numbers[0] if numbers else "")
        super().__init__(handset=handset, owner=owner or handset, number=first, quick=list(quick))
        #: A simulator elsewhere changes by itself, so the screen asks now and then whether something is new.
        self.follows = bench.clock is None
        self.observe(lambda _change: self.refresh(), "number")
        self.observe(lambda _change: self.count(), "draft")
        self.on_msg(self._heard)
        self.count()
        self.refresh()
        bench.listen(self.refresh)

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """Do what the screen asks for: send a text, or look whether something is new."""
        if content.get("type") == "send":
            self.text(str(content.get("body", "")))
        elif content.get("type") == "look":
            self.look()

    def text(self, body: str) -> None:
        """Text the open conversation's number."""
        if not body.strip():
            self.trouble = "Type something first."
            return
        self.trouble = ""
        try:
            self.bench.deliver(self.handset, body, self.number)
        except (InboundError, CarrierError) as error:
            self.trouble = pages.brief(str(error))
        else:
            self.draft = ""
            self.sent += 1

    def look(self) -> None:
        """Look whether somebody else changed something."""
        try:
            self.bench.look_again()
        except (InboundError, CarrierError) as error:
            self.trouble = pages.brief(str(error))

    def count(self) -> None:
        """Count the draft's segments."""
        self.counter = counter(self.draft)

    def refresh(self) -> None:
        """Show the conversation as it stands."""
        bench = self.bench
        names = {sender.phone: bench.sender_name(sender.key) for sender in bench.senders()}
        messages = bench.wire.conversation(self.handset)
        self.numbers = [_thread(phone, name, messages) for phone, name in names.items()]
        self.bubbles = bubbles(message for message in messages if message.number == self.number)
        key = next((s.key for s in bench.senders() if s.phone == self.number), self.number)
        out = bench.workspace.consent(self.handset).state(self.handset, key) is ConsentState.OPTED_OUT
        self.banner = banner(out, bench.wire.opted_out(self.handset, key), names.get(self.number, self.number))

    def preview(self) -> Markup:
        """Give the phone as a picture, for a page where it is not live."""
        title = pages.join((f"{self.owner} ", pages.code(self.handset)))
        notice = pages.element("div", self.banner, css="iw-notice iw-bad") if self.banner else ""
        body = [_still_bubble(bubble) for bubble in self.bubbles] or [pages.paragraph("Nothing was texted yet.")]
        return framed(title, pages.element("div", notice, *body, css="ih-still"))

    def __repr__(self) -> str:
        return f"<Handset of {self.owner}: run this cell to use it>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**(data or {}), "text/html": str(self.preview()), "text/plain": repr(self)}


def _still_bubble(bubble: dict[str, Any]) -> Markup:
    author = pages.element("div", pages.element("b", bubble["author"]), css="ih-foot") if bubble["author"] else ""
    foot = pages.element("div", bubble["time"], " ", bubble["ticks"], css="ih-foot")
    return pages.element("div", author, pages.shown(bubble["text"], 320), foot, css=f"ih-{bubble['side']}")


def _thread(phone: str, name: str, messages: Sequence[HandsetMessage]) -> dict[str, str]:
    """Give one of the platform's numbers as a choice, with how many messages its conversation has."""
    count = sum(message.number == phone for message in messages)
    label = phone if name == phone else f"{name} · {phone}"
    return {"value": phone, "label": f"{label} ({count})" if count else label}


class Handsets(w.HBox):  # type: ignore[misc]
    """Put phones side by side."""

    def __init__(self, *phones: Handset) -> None:
        self.phones = phones
        super().__init__([look(), *phones])
        self.add_class("iw-handsets")

    def __repr__(self) -> str:
        return f"<{len(self.phones)} handsets: run this cell to use them>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        previews = (phone.preview() for phone in self.phones)
        bundle["text/html"] = str(still(pages.element("div", *previews, css="iw-side")))
        return bundle
