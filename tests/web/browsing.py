"""Browsing: a browser on the page of a simulator, for tests."""

from typing import Any

from playwright.sync_api import Browser, Page

from simulator import Simulator


def opened(browser: Browser, simulator: Simulator, path: str = "/", **context: Any) -> Page:
    """Open the page as `inbound serve` does, with the token, and fail on any script error."""
    page = browser.new_context(**context).new_page()
    page.on("pageerror", _fail)
    page.goto(f"{simulator.url}/open?token={simulator.token}")
    page.goto(simulator.url + path)
    return page


def _fail(error: object) -> None:
    raise AssertionError(f"the page's script failed: {error}")
