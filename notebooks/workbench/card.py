"""Card: what every widget of the workbench stands on: its look, its heading, its one place for trouble, its preview."""

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import anywidget
import ipywidgets as w
import traitlets
from markupsafe import Markup, escape

from inbound_core.errors import InboundError
from simulator.carrier import CarrierError
from workbench import pages
from workbench.still import framed

STATIC = Path(__file__).parent / "static"

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound="Card")


class Look(anywidget.AnyWidget):
    """Bring the style sheet into the page; shows nothing itself."""

    _esm = STATIC / "look.js"
    _css = STATIC / "workbench.css"


@lru_cache(maxsize=1)
def look() -> Look:
    """Give the one style sheet of this kernel."""
    return Look()


class Card(w.VBox):  # type: ignore[misc]
    """Stand above the widgets. A card shows a static preview wherever it is not live.

    Handlers that a click or a keystroke calls are marked `@guarded`: what the engine refuses becomes a sentence
    in the card. Anything else is a fault of ours and is not caught.
    """

    heading = ""
    hint = ""
    #: Grows with what was done in a card that no bench knows of; checklists watch it.
    doings = traitlets.Int(0)

    def __init__(self, *children: w.Widget) -> None:
        self.trouble = html()
        self.trouble.add_class("iw-trouble")
        title = html(self._title())
        super().__init__([look(), title, *children, self.trouble])
        self.add_class("iw-card")

    def _title(self) -> Markup:
        hint = pages.element("span", self.hint, css="iw-hint") if self.hint else ""
        return pages.element("div", pages.element("b", self.heading, css="iw-heading"), hint, css="iw-title")

    def complain(self, text: str) -> None:
        """Show a sentence about what went wrong, or take it away."""
        self.trouble.show(pages.element("div", pages.brief(text), css="iw-notice iw-bad") if text else "")

    def tell(self, text: str) -> None:
        """Show at the same place what takes a while now."""
        self.trouble.show(pages.element("div", text, css="iw-notice iw-info"))

    def picture(self) -> Markup:
        """Give what a reader sees of this card without running it; a widget says what that is."""
        return Markup("")

    def preview(self) -> Markup:
        """Give the static form of the card: its heading, a picture of its state, and how to make it live."""
        return framed(self.heading, self.picture())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: run this cell to use it>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        bundle["text/html"] = str(self.preview())
        return bundle


def guarded(method: Callable[Concatenate[C, P], R]) -> Callable[Concatenate[C, P], R | None]:
    """Turn what the engine or the carrier refuses into a sentence in the card."""

    @wraps(method)
    def safe(self: C, *args: P.args, **kwargs: P.kwargs) -> R | None:
        self.complain("")
        try:
            return method(self, *args, **kwargs)
        except (InboundError, CarrierError) as error:
            self.complain(str(error))
        except OSError as error:
            self.complain(f"{error.strerror or error}. Look at the name, or at the file's rights.")
        return None

    return safe  # type: ignore[return-value]  # wraps() hides that self goes by position


class Area(w.HTML):  # type: ignore[misc]
    """Show escaped pieces of HTML, and nothing that did not go through `pages`."""

    def __init__(self, content: object = "") -> None:
        super().__init__()
        self.show(content)

    def show(self, content: object = "") -> None:
        """Show something else; a text that is no `Markup` is escaped."""
        self.content = escape(content)
        self.value = str(self.content)


def html(content: object = "") -> Area:
    """Make an area for escaped pieces of HTML."""
    return Area(content)


def button(text: str, on_click: Callable[[], object], css: str = "", tip: str = "") -> w.Button:
    """Make a button that calls something without arguments."""
    made = w.Button(description=text, tooltip=tip or text)
    made.add_class("iw-button")
    for name in css.split():
        made.add_class(name)
    made.on_click(lambda _button: on_click())
    return made


def line(*children: w.Widget) -> w.Box:
    """Put widgets beside each other, wrapping where the page is narrow."""
    box = w.Box(list(children))
    box.add_class("iw-line")
    return box
