"""The browser of the tests: the system's Chromium, headless."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

#: The first that is there is used; Debian's shell draws no window at all, and takes two thirds of the time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; skip where there is none."""
    found = next((path for program in PROGRAMS if (path := shutil.which(program))), None)
    if found is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def loopback_page(browser: Browser) -> Iterator[Page]:
    """Open a page at laptop width, and fail in the end if it asked any machine but this one."""
    made = browser.new_page(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(30_000)
    foreign: list[str] = []
    local = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:")
    made.on("request", lambda request: None if request.url.startswith(local) else foreign.append(request.url))
    yield made
    made.close()
    assert foreign == [], "it needs nothing of the internet"
