"""What the tests in a browser share."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browsers import chromium, loopback_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give the system's Chromium, headless."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Give a page that may ask this machine only."""
    with loopback_page(browser) as made:
        yield made
