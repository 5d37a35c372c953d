"""Preferences: what a reader chose for the page. Cookies hold them, so that the page needs no script for it."""

from dataclasses import dataclass

from flask import Response, request

THEMES = ("auto", "light", "dark")
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """Hold one reader's choices: the theme, and whether phone numbers are masked."""

    theme: str = "auto"
    masked: bool = False


def preferences() -> Preferences:
    """Read the choices of whoever asks; what is no choice counts as none."""
    theme = request.cookies.get("inbound_theme", "auto")
    return Preferences(theme if theme in THEMES else "auto", request.cookies.get("inbound_mask") == "1")


def keep_preference(response: Response, name: str, value: str) -> None:
    """Let the reader's browser keep a choice."""
    response.set_cookie(f"inbound_{name}", value, max_age=_A_YEAR, samesite="Strict", httponly=True)


def local_path(wanted: str | None) -> str:
    """Give the path of this site to go back to; anything that could lead elsewhere becomes the first page.

    >>> local_path("/people?after=3"), local_path("//evil.example"), local_path("https://evil.example")
    ('/people?after=3', '/', '/')
    """
    path = wanted or "/"
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
