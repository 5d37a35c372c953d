"""Rendering: the templates, how values are shown in them, and the masking that no template can forget."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote

from flask import g, has_app_context
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from inbound_core.condition_checks import spell
from simulator.web.assets import asset
from simulator.web.masking import hidden_key, mask
from simulator.web.rule_texts import RULE_TEXTS


@cache
def environment() -> Environment:
    """Give the templates: everything is escaped, and every text passes the mask while it is on."""
    made = Environment(
        loader=PackageLoader("simulator.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_masked_if_wanted,
    )
    made.filters.update(
        told=told, clock=clock_time, day=day, exact=exact, unmasked=unmasked, millis=millis, count=count, spell=spell
    )
    made.globals.update(asset=asset, link=link, handset_link=handset_link, rule_texts=RULE_TEXTS)
    return made


def _masked_if_wanted(value: Any) -> Any:
    """Mask a text on its way out; markup is ours and was masked where it was made."""
    if isinstance(value, str) and not isinstance(value, Markup) and has_app_context() and g.get("masked", False):
        return mask(value)
    return value


def unmasked(value: Any) -> Markup:
    """Show a value as it is, also while masking: for what a form must send back."""
    return escape(value)


def link(path: str, **parameters: object) -> Markup:
    """Give the address of a page, its parameters encoded; those that are None or empty are left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in given.items())
    return escape(quote(path, safe="/~+:") + (f"?{query}" if query else ""))


def handset_link(phone: str, **parameters: object) -> Markup:
    """Give the address of a handset, its number not to be read while masking."""
    hidden = has_app_context() and g.get("masked", False)
    return link(f"/handsets/{hidden_key(phone) if hidden else phone}", **parameters)


#: A time as the platform's sentences have it. What says no zone may be quoted, and stays as it is.
_TIME = r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\b"
_SPECIAL = re.compile(rf"{_TIME}|" r"MG[0-9a-f]{32}|\bR(?:1\d|2[0-4]|[1-9])\b|\+\d[\d•]{6,14}")
#: Rules in brackets at a sentence's end need no brackets where they have a frame of their own.
_RULES_IN_BRACKETS = re.compile(r"\(((?:R\d+)(?:, R\d+)*)\)")


def told(text: str | None) -> Markup:
    """Show a sentence of the platform: services by their names, rules with what they say, numbers left to right.

    Times become those of the reader's zone, as all others on the page do.
    The names are those that the request's `g.service_names` holds, by sid.
    """
    text = text or ""
    masked = mask(text) if has_app_context() and g.get("masked", False) else text
    masked = _RULES_IN_BRACKETS.sub(lambda found: found.group(1).replace(",", ""), masked)
    parts, end = [], 0
    for found in _SPECIAL.finditer(masked):
        parts += [escape(masked[end : found.start()]), _told_word(found.group())]
        end = found.end()
    return Markup("").join([*parts, escape(masked[end:])])


def _told_word(word: str) -> Markup:
    if word.startswith("+"):
        # Beside a Hebrew or Arabic name it would else be shown with its plus at the wrong end.
        return Markup('<bdi class="number">{}</bdi>').format(word)
    if word.endswith(" UTC"):
        return _told_time(word)
    if word in RULE_TEXTS:
        return Markup('<abbr class="rule" title="{}">{}</abbr>').format(RULE_TEXTS[word], word)
    names = g.get("service_names", {}) if has_app_context() else {}
    return Markup('<abbr title="{}">{}</abbr>').format(word, names.get(word, word))


def _told_time(word: str) -> Markup:
    try:
        return exact(datetime.fromisoformat(word.removesuffix(" UTC")).replace(tzinfo=UTC))
    except ValueError:
        return escape(word)  # somebody wrote a date that there is not


def clock_time(at: datetime) -> Markup:
    """Show a time of day, in UTC until the page's script puts it into the reader's zone."""
    at = at.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S.%f}", f"{at:%H:%M:%S}"
    )


def exact(at: datetime) -> Markup:
    """Show a date and time, in UTC until the page's script puts it into the reader's zone."""
    at = at.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC" data-full>{} UTC</time>').format(
        at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S.%f}", f"{at:%Y-%m-%d %H:%M:%S}"
    )


def day(at: datetime) -> str:
    """Show the date of a time in UTC."""
    return f"{at.astimezone(UTC):%A, %d %B %Y}"


def millis(seconds: float) -> str:
    """Show how long something took."""
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"


def count(number: int, noun: str) -> str:
    """Show a number of things.

    >>> count(1, "message"), count(1200, "message")
    ('1 message', '1,200 messages')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
