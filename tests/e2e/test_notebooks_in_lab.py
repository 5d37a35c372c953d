"""Notebooks in a real JupyterLab: each runs to its end, and a reader's click or typing is answered on the page."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.lab_session import shipped_notebooks
from tests.browsers import loopback_page
from tests.e2e.lab import Lab, errors_shown, run, running_lab
from workbench.notebook_files import notebook_paths

pytestmark = [
    pytest.mark.e2e,
    # Playwright's own loop leaves its transport to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

MARKUP = '<img src=x onerror="window.pwn=1">'


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def lab_page(lab: Lab, browser: Any) -> Iterator[Any]:
    """Give one page for all notebooks, each opened after the one before was closed: loading Lab takes longest."""
    with loopback_page(browser) as page:
        page.goto(lab.url_of_lab)
        page.wait_for_function("() => globalThis.jupyterapp !== undefined", timeout=60_000)
        yield page


def expect_text(page: Any, text: str, within: str = ".jp-Notebook") -> None:
    from playwright.sync_api import expect

    expect(page.locator(within).get_by_text(text).first).to_be_visible()


def text_from_handset(page: Any) -> None:
    draft = page.get_by_label("Text message").first
    draft.fill(f"hello {MARKUP}")
    draft.press("Enter")
    expect_text(page, "hello <img", ".ih-screen")
    page.locator(".iw-rows tbody tr").filter(has_text="answered").last.click()
    expect_text(page, "Signature base string")
    expect_text(page, "3 of 4 done")


def read_another_number(page: Any) -> None:
    page.get_by_role("button", name="020 7183 8750 in GB").first.click()
    expect_text(page, "+442071838750")
    page.locator(".iw-phone-text textarea").first.fill(f"{MARKUP} 4155550101")
    expect_text(page, "<img src=x")


def accept_repairs(page: Any) -> None:
    page.locator(".iw-card").get_by_label("status", exact=True).select_option("repair (97)")
    expect_text(page, "of 97 rows")
    page.locator(".iw-rows tbody tr").first.click()
    page.get_by_role("button", name="Accept all of this repair").click()
    expect_text(page, "39 repairs taken over")
    page.get_by_role("button", name="Undo").click()
    expect_text(page, "0 repairs taken over")


def ask_what_a_merge_would_leave(page: Any) -> None:
    page.get_by_role("button", name="They are merged (dry run)").click()
    expect_text(page, "Only a dry run: nothing is changed.")
    page.locator(".ih-word", has_text="STOP").last.click()
    expect_text(page, "Opted out of Workbench", ".ih-banner")


def text_as_a_stranger(page: Any) -> None:
    page.locator(".ih-word", has_text="YES").first.click()
    expect_text(page, "3 of 4 done")


def try_a_keyword(page: Any) -> None:
    page.locator(".iw-keyword-body input").fill("unsubscribe")
    expect_text(page, "opts out")
    page.get_by_role("button", name="Try 5,000 replies").click()
    expect_text(page, "Opted out against their will")


def build_a_segment(page: Any) -> None:
    page.locator(".iw-card input[type=checkbox]").nth(1).check()
    page.get_by_placeholder("name of the segment").fill("pro, not joined")
    page.keyboard.press("Tab")
    page.locator(".iw-save").click()
    expect_text(page, "2 of 4 done")


def repair_a_story(page: Any) -> None:
    story = page.locator(".iw-scenario textarea").last
    story.fill(story.input_value().replace("state: opted_out", "state: unset"))
    page.locator(".iw-play").last.click()
    expect_text(page, "1 of 1 done")


#: Notebook -> what a reader does in it.
DOINGS: dict[str, Callable[[Any], None]] = {
    "00_start_here": text_from_handset,
    "01_phone_numbers": read_another_number,
    "02_your_customers": accept_repairs,
    "03_shared_numbers": ask_what_a_merge_would_leave,
    "04_unknown_numbers": text_as_a_stranger,
    "05_keywords": try_a_keyword,
    "06_segments_and_campaigns": build_a_segment,
    "07_reply_scenarios": repair_a_story,
}


@pytest.mark.parametrize("name", DOINGS)
def test_a_reader_can_use_the_notebook(lab_page: Any, name: str) -> None:
    with run(lab_page, f"{name}.ipynb"):
        DOINGS[name](lab_page)

        assert errors_shown(lab_page) == []
        assert lab_page.evaluate("window.pwn") is None
        overflow = lab_page.evaluate(
            "[...document.querySelectorAll('.iw-card')].filter(e => e.scrollWidth > e.clientWidth + 2).length"
        )
        assert overflow == 0


def test_every_notebook_is_used_here() -> None:
    assert [f"{name}.ipynb" for name in DOINGS] == [path.name for path in notebook_paths(shipped_notebooks())]


def test_a_reader_who_has_not_run_anything_sees_pictures_and_no_code_runs(lab: Lab, page: Any, tmp_path: Path) -> None:
    page.goto(lab.page_of("05_keywords.ipynb"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")

    expect_text(page, "A picture of the widget. Run the cell to use it.")
    assert page.locator(".iw-card.widget-vbox").count() == 0
