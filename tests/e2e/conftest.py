"""What the tests in a browser share."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.lab import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give the system's Chromium, headless; skip where there is none."""
    if chromium() is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium())
        yield made
        made.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Give a page at laptop width that may ask this machine only."""
    made = browser.new_page(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(30_000)
    foreign: list[str] = []
    local = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:")
    made.on("request", lambda request: None if request.url.startswith(local) else foreign.append(request.url))
    yield made
    made.close()
    assert foreign == [], "a notebook needs nothing of the internet"
