"""Printing: what commands show in a terminal, made so that nobody who wrote a part of it can steer the terminal.

Texts of handsets, cells of a customer's table and answers of an application may hold escape sequences: those clear
the screen, name the window, or print what looks like an answer of ours.
"""

import json
import re
from typing import Any

import click

#: What a terminal acts upon or reorders a line by; halves of character pairs, which no output can carry, too.
_STEERING = r"\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_IN_TEXT = re.compile(rf"[\x00-\x08\x0b-\x1f{_STEERING}]")
_IN_LINE = re.compile(rf"[\x00-\x1f{_STEERING}]")
_IN_JSON = re.compile(rf"[{_STEERING}]")


def visible(text: str) -> str:
    r"""Show what would steer the terminal as an escape; lines and tabs stay.

    >>> print(visible("red: \x1b[31m"))
    red: \x1b[31m
    """
    return _IN_TEXT.sub(_escaped, text.replace("\r\n", "\n"))


def in_line(text: str) -> str:
    r"""Show as `visible` does what has to stay within its line.

    >>> print(in_line("ana\nben"))
    ana\nben
    """
    return _IN_LINE.sub(_escaped, text)


def tell(text: object = "", err: bool = False, **style: Any) -> None:
    """Print a text visibly, on standard error if wanted; `style` is click's."""
    click.secho(visible(str(text)), err=err, **style)


def print_json(values: object) -> None:
    """Print one line of JSON."""
    line = json.dumps(values, ensure_ascii=False, default=str)
    click.echo(_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", line))


def _escaped(found: re.Match[str]) -> str:
    return ascii(found.group())[1:-1]
