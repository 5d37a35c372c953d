"""Browsing: a headless Chromium on the page of a simulator, for tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from simulator import Simulator


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; skip where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, simulator: Simulator, path: str = "/", **context: Any) -> Page:
    """Open the page as `inbound serve` does, with the token, and fail on any script error."""
    page = browser.new_context(**context).new_page()
    page.on("pageerror", _fail)
    page.goto(f"{simulator.url}/open?token={simulator.token}")
    page.goto(simulator.url + path)
    return page


def _fail(error: object) -> None:
    raise AssertionError(f"the page's script failed: {error}")
