"""Pages: small pieces of HTML whose texts are always escaped, with the classes that `static/workbench.css` styles.

Everything that comes from people (names, bodies, cells of a table) goes through here, so markup in it is shown
and never runs.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

#: What a badge may say by its colour; a closed set that the style sheet knows.
TONES = ("good", "warn", "bad", "info", "quiet")


def element(name: str, *children: object, css: str = "", title: str = "") -> Markup:
    """Make one element; children that are no `Markup` are escaped.

    >>> element("b", "<img>")
    Markup('<b>&lt;img&gt;</b>')
    """
    given = "".join(f' {key}="{escape(value)}"' for key, value in (("class", css), ("title", title)) if value)
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{name}{given}>{inner}</{name}>")  # noqa: S704 - the name is ours, all else is escaped


def join(pieces: Iterable[object], between: str = "") -> Markup:
    """Put pieces one behind the other."""
    return escape(between).join(escape(piece) for piece in pieces)


def badge(text: object, tone: str = "quiet") -> Markup:
    """Make a small coloured label; the word itself carries the meaning, the colour only repeats it."""
    return element("span", text, css=f"iw-badge iw-{tone if tone in TONES else 'quiet'}")


def code(text: object) -> Markup:
    """Show a text as it stands, such as a number."""
    return element("code", text, css="iw-code")


def rule(number: str) -> Markup:
    """Name a rule by its number."""
    return element("span", number, css="iw-rule")


def table(head: Sequence[str], rows: Iterable[Sequence[object]], css: str = "") -> Markup:
    """Make a table; cells that are no `Markup` are escaped."""
    header = element("thead", element("tr", *(element("th", name) for name in head))) if head else ""
    body = element("tbody", *(element("tr", *(element("td", cell) for cell in row)) for row in rows))
    return element("table", header, body, css=f"iw-table {css}".strip())


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Make a list of names and values."""
    rows = (element("tr", element("th", name), element("td", value)) for name, value in pairs)
    return element("table", element("tbody", *rows), css="iw-table iw-facts")


def paragraph(*children: object, css: str = "") -> Markup:
    """Make a paragraph."""
    return element("p", *children, css=f"iw-p {css}".strip())


def shown(text: str, longest: int = 160) -> str:
    """Shorten a text for one line: controls become visible and a long one ends in an ellipsis."""
    line = "".join(char if char.isprintable() else "\N{SYMBOL FOR NEWLINE}" if char == "\n" else "·" for char in text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def brief(text: str, longest: int = 600) -> str:
    """Cut the middle out of a long sentence: what was typed may be long, what is said about it stands at the end."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]} … {text[-half:]}"


def count(number: int, noun: str, plural: str = "") -> str:
    """Say how many, with the noun in the right number."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def bar(share: float, tone: str = "info") -> Markup:
    """Draw a share between 0 and 1 as a bar; what is there at all can be seen."""
    width = 0.0 if share <= 0 else max(1.0, min(100.0, share * 100))
    inner = Markup('<span style="width: {}%"></span>').format(f"{width:.1f}")
    return element("div", inner, css=f"iw-fill iw-{tone}")


def track(spans: Sequence[tuple[float, str]]) -> Markup:
    """Draw spans of time as one strip, each as wide as it is long and in its tone; the shortest can still be seen."""
    whole = sum(length for length, _ in spans) or 1.0
    least = [(max(length / whole, 0.02), tone if tone in TONES else "quiet") for length, tone in spans]
    parts = (
        Markup('<span class="iw-part iw-{}" style="flex-grow: {}"></span>').format(tone, f"{share:.3f}")
        for share, tone in least
    )
    return element("div", *parts, css="iw-track")
