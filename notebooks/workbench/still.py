"""Still: a picture that keeps its look where no style sheet is, as in a notebook that nobody has run.

JupyterLab shows the outputs of a notebook that is not trusted without scripts and style sheets, but keeps the styles
of the elements themselves. So the classes of `pages` become such styles here. Tints are see-through and inks are the
page's own, so that they can be read in light and dark themes.
"""

import re
from collections.abc import Mapping

from markupsafe import Markup

from workbench import pages

_TINTS: Mapping[str, str] = {
    "good": "46, 160, 67",
    "warn": "212, 167, 44",
    "bad": "218, 54, 51",
    "info": "31, 111, 235",
    "quiet": "139, 148, 158",
}
_LINE = "1px solid rgba(139, 148, 158, 0.4)"
_CELL = "text-align: left; vertical-align: top; padding: 4px 14px 4px 0; border: 0; font-size: 13px; line-height: 20px"
_MONO = "font-family: monospace; font-size: 12px; overflow-wrap: anywhere"

#: Class or name of an element -> its look.
_LOOKS: Mapping[str, str] = {
    "td": f"{_CELL}; white-space: normal; overflow-wrap: anywhere",
    "th": f"{_CELL}; font-weight: 600; opacity: 0.75",
    "tr": "background: none",
    "iw-table": "border-collapse: collapse; margin: 6px 0; border: 0",
    "iw-p": "margin: 4px 0",
    "iw-hint": "opacity: 0.75",
    "iw-dim": "opacity: 0.75",
    "iw-quiet": "opacity: 0.75",
    "iw-big": "font-size: 26px; font-weight: 600",
    "iw-badge": "display: inline-block; padding: 0 8px; border-radius: 10px; font-size: 12px; font-weight: 600; "
    "line-height: 20px; white-space: nowrap",
    "iw-rule": f"display: inline-block; padding: 0 5px; border: {_LINE}; border-radius: 5px; font-size: 11px; "
    "font-weight: 600; white-space: nowrap",
    "iw-code": f"{_MONO}; background-color: rgba(139, 148, 158, 0.15); padding: 1px 4px; border-radius: 4px",
    "iw-pre": f"{_MONO}; white-space: pre-wrap; border: {_LINE}; border-radius: 6px; padding: 6px 10px; margin: 4px 0",
    "iw-notice": "border-radius: 4px; padding: 6px 12px; margin: 6px 0",
    "iw-steps": "list-style: none; padding: 0; margin: 8px 0",
    "iw-step": "display: flex; gap: 10px; padding: 4px 0",
    "iw-tick": "width: 20px; font-weight: 700; text-align: center",
    "iw-lanes": "display: flex; flex-wrap: wrap; gap: 10px",
    "iw-wide": "flex-grow: 3",
    "iw-lane": "flex: 1 1 220px; border-radius: 8px; background-color: rgba(139, 148, 158, 0.12); padding: 8px 12px",
    "iw-side": "display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-start",
    "iw-bars": "display: grid; grid-template-columns: 110px 300px 90px; gap: 3px 10px; align-items: center; "
    "font-size: 12px",
    "iw-fill": "height: 12px; border-radius: 3px",
    "iw-number": "text-align: right; opacity: 0.75",
    "iw-said": "margin: 8px 0; padding-left: 20px",
    "iw-view": "max-width: 1080px; font-size: 13px; line-height: 1.5",
    "iw-still": f"max-width: 1080px; font-size: 13px; line-height: 1.5; border: {_LINE}; border-radius: 10px; "
    "padding: 10px 16px; margin: 4px 2px",
    "iw-heading": "font-size: 15px; font-weight: 600",
    "ih-still": f"width: 300px; font-size: 13px; line-height: 1.4; border: {_LINE}; border-width: 6px; "
    "border-radius: 26px; padding: 12px 14px; margin: 6px 4px",
    "ih-own": "margin: 6px 0 6px 48px; padding: 6px 11px; border-radius: 14px; "
    "background-color: rgba(31, 111, 235, 0.25); overflow-wrap: anywhere",
    "ih-theirs": "margin: 6px 48px 6px 0; padding: 6px 11px; border-radius: 14px; "
    "background-color: rgba(139, 148, 158, 0.2); overflow-wrap: anywhere",
    "ih-foot": "font-size: 11px; opacity: 0.75",
}
_LEVEL_LOOK = "display: block; height: 12px; border-radius: 3px; background-color:"
_TINTED = {"iw-badge": 0.25, "iw-notice": 0.14, "iw-fill": 0.2}

# What `pages` makes: a text of people has no bracket and no quotation mark left, so only our own elements match.
_OPENING = re.compile(r'<([a-z]+)(?: class="([^"]*)")?( title="[^"]*")?>')
_LEVEL = re.compile(r'(iw-fill iw-([a-z]+)"><span style="width: [\d.]+%)')


def still(page: Markup) -> Markup:
    """Give the same page with the look of each element in the element itself."""
    filled = _LEVEL.sub(lambda found: f"{found[1]}; {_LEVEL_LOOK} rgb({_TINTS[found[2]]})", str(page))
    return Markup(_OPENING.sub(_with_look, filled))  # noqa: S704 - it was escaped before, and only gets styles of ours


def _with_look(found: re.Match[str]) -> str:
    name, title = found[1], found[3] or ""
    names = [name, *(found[2] or "").split()]
    looks = [_LOOKS[each] for each in names if each in _LOOKS]
    tone = next((each[3:] for each in names if each[3:] in _TINTS), "quiet")
    looks += [f"background-color: rgba({_TINTS[tone]}, {_TINTED[each]})" for each in names if each in _TINTED]
    if "iw-notice" in names:
        looks.append(f"border-left: 3px solid rgb({_TINTS[tone]})")
    return f'<{name}{title} style="{"; ".join(looks)}">' if looks else f"<{name}{title}>"


def framed(title: object, *pieces: object) -> Markup:
    """Frame the picture of a widget under its title, and say how to make it live."""
    head = pages.element("div", pages.element("b", title, css="iw-heading"))
    how = pages.paragraph(pages.element("i", "A picture of the widget. Run the cell to use it."), css="iw-dim")
    return still(pages.element("div", head, *pieces, how, css="iw-still"))
