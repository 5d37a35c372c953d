"""The page in a real browser: the documentation's story by clicks and typing, live, by keys, without script."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from simulator import Simulator, start
from simulator.fault_plans import FaultPlan
from tests.browsers import chromium
from tests.web.browsing import opened

pytestmark = pytest.mark.e2e

ANA, BOB = "+12025550101", "+12025550102"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with start() as simulator:
        yield simulator


def type_text(page: Page, body: str) -> None:
    page.get_by_label(re.compile("^Text from")).fill(body)
    page.keyboard.press("Enter")


def long_conversation_that_ends_with_stop(sim: Simulator) -> None:
    sim.workspace.identify("ana", {"phone": ANA})
    for number in range(6):
        sim.text(ANA, f"message {number}")
    sim.text(ANA, "STOP")


@pytest.mark.rule("R2")
@pytest.mark.rule("R21")
@pytest.mark.rule("R22")
@pytest.mark.rule("R23")
def test_a_newcomer_texts_stop_and_sees_what_twilio_did_and_what_the_platform_did(
    browser: Browser, sim: Simulator
) -> None:
    page = opened(browser, sim)
    page.get_by_label("Nobody has it").fill("ana")
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("heading", name="ana", exact=True)).to_be_visible()

    page.get_by_role("button", name="STOP", exact=True).click()

    moments = page.locator("article.moment")
    stop, answer = moments.filter(has=page.locator(".bubble.mine")), moments.filter(has=page.locator(".bubble.twilio"))
    expect(stop.locator(".wire")).to_contain_text("/inbound/sms")
    expect(stop.locator(".badge")).to_have_text("200")
    expect(stop.locator(".platform")).to_contain_text("opted out")
    expect(answer.locator(".screen")).to_contain_text("You have successfully been unsubscribed")
    expect(answer.locator(".platform")).to_contain_text("never sees Twilio's own answer")
    expect(page.locator(".optout").first).to_contain_text("nothing is sent from there")

    expect(page.get_by_label("from", exact=True).locator("option").first).to_contain_text("(opted out)")
    page.get_by_label("The platform writes to ana").fill("Our news")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The platform does not send it")
    expect(page.locator(".bubble.theirs")).to_have_count(0)
    assert sim.workspace.activity(kind="send_refused")


@pytest.mark.rule("R21")
@pytest.mark.parametrize("width", [400, 1280])
def test_a_refused_send_is_told_beside_what_was_typed_and_the_newest_stays_in_sight(
    browser: Browser, sim: Simulator, width: int
) -> None:
    long_conversation_that_ends_with_stop(sim)
    page = opened(browser, sim, f"/handsets/{ANA}", viewport={"width": width, "height": 800})

    page.get_by_label("The platform writes to ana").fill("Our news")
    page.keyboard.press("Enter")

    expect(page.locator(".platform-send").get_by_role("alert")).to_contain_text("The platform does not send it")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    expect(page.locator(".entry.send_refused").last).to_be_in_viewport(ratio=0.5)
    expect(page.get_by_label("The platform writes to ana")).to_have_value("Our news")


@pytest.mark.parametrize("width", [400, 1280])
def test_a_refused_send_is_told_beside_what_was_typed_also_without_script(
    browser: Browser, sim: Simulator, width: int
) -> None:
    long_conversation_that_ends_with_stop(sim)
    size = {"width": width, "height": 800}
    page = opened(browser, sim, f"/handsets/{ANA}", viewport=size, java_script_enabled=False)

    page.get_by_label("The platform writes to ana").fill("Our news")
    page.get_by_role("button", name="Send as the platform").click()

    expect(page.locator(".platform-send").get_by_role("alert")).to_be_in_viewport(ratio=1)


def test_what_was_refused_is_told_also_while_a_fault_is_armed(browser: Browser, sim: Simulator) -> None:
    sim.workspace.identify("ana", {"phone": ANA})
    sim.text(ANA, "STOP")
    sim.faults.arm(FaultPlan("webhook", "status"))
    page = opened(browser, sim, f"/handsets/{ANA}")

    page.get_by_label("The platform writes to ana").fill("Our news")
    page.keyboard.press("Enter")

    expect(page.locator("#error")).to_contain_text("The platform does not send it")


@pytest.mark.rule("R12")
def test_why_is_open_at_the_newest_message_and_unfolds_at_others(browser: Browser, sim: Simulator) -> None:
    sim.workspace.identify("ana", {"phone": ANA})
    sim.workspace.identify("annie", {"phone": "(202) 555-0101"})
    page = opened(browser, sim)
    type_text(page, "hello")
    expect(page.locator(".reasons")).to_contain_text("ana was created first")
    type_text(page, "and again")

    expect(page.locator(".bubble.mine")).to_have_count(2)
    expect(page.locator(".reasons").first).to_be_hidden()
    expect(page.locator(".reasons").last).to_be_visible()
    page.get_by_text("Why").first.click()
    expect(page.locator(".reasons").first).to_contain_text("ana was created first")
    page.locator(".bubble.mine").first.click()
    expect(page.get_by_role("heading", name="Who has the number")).to_be_visible()
    page.get_by_text("POST /inbound/sms").click()
    expect(page.locator("pre").first).to_contain_text("X-Twilio-Signature")
    page.get_by_text("What was signed").click()
    expect(page.locator("details pre")).to_contain_text("Bodyhello")


def test_what_happens_elsewhere_is_on_screen_at_once_on_two_pages(browser: Browser, sim: Simulator) -> None:
    first, second = opened(browser, sim, f"/handsets/{ANA}"), opened(browser, sim, "/everything")
    asked: list[str] = []
    for page in (first, second):
        page.on("request", lambda request: asked.append(request.url))
    first.wait_for_timeout(1500)
    # Whoever waits to be told asks once and is answered when there is something; how soon is measured apart.
    assert len([url for url in asked if "/simulator/changes" in url]) <= 2, asked

    sim.carrier.text(ANA, sim.carrier.numbers()[0].phone_number, "seen from afar")
    for page in (first, second):
        expect(page.locator(".bubble.mine")).to_have_text("seen from afar")
    sim.workspace.identify("ana", {"phone": ANA})
    expect(first.get_by_role("heading", name="ana", exact=True)).to_be_visible()


def test_a_page_that_was_cut_off_misses_nothing(browser: Browser, sim: Simulator) -> None:
    page = opened(browser, sim, f"/handsets/{ANA}")
    page.context.set_offline(True)
    sim.text(ANA, "while away")
    expect(page.locator(".bubble.mine")).to_have_count(0)

    page.context.set_offline(False)

    expect(page.locator(".bubble.mine")).to_have_text("while away", timeout=15_000)
    expect(page.locator("#connection")).to_be_hidden()


def test_typing_survives_what_arrives_meanwhile(browser: Browser, sim: Simulator) -> None:
    page = opened(browser, sim, f"/handsets/{ANA}")
    field = page.get_by_label(re.compile("^Text from"))
    field.press_sequentially("half a sen")
    sim.text(ANA, "from elsewhere")
    expect(page.locator(".bubble.mine")).to_have_count(1)
    field.press_sequentially("tence")

    expect(field).to_have_value("half a sentence")
    expect(field).to_be_focused()


def test_keys_move_open_search_and_leave(browser: Browser, sim: Simulator) -> None:
    sim.text(ANA, "first")
    sim.text(ANA, "second")
    page = opened(browser, sim, f"/handsets/{ANA}")

    page.keyboard.press("j")
    expect(page.locator(".marked .bubble")).to_have_text("first")
    page.keyboard.press("j")
    expect(page.locator(".marked .bubble")).to_have_text("second")
    page.keyboard.press("k")
    page.keyboard.press("w")
    expect(page.locator(".marked .reasons")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("blockquote")).to_have_text("first")
    page.keyboard.press("Escape")
    expect(page.locator(".bubble")).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("second")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".bubble")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Search words")).to_be_visible()


def test_all_can_be_read_and_done_without_script(browser: Browser, sim: Simulator) -> None:
    page = opened(browser, sim, f"/handsets/{ANA}", java_script_enabled=False)
    page.get_by_label(re.compile("^Text from")).fill("no script here")
    page.get_by_role("button", name="Send", exact=True).click()

    expect(page.locator(".bubble.mine")).to_have_text("no script here")
    expect(page.locator(".platform").last).to_contain_text("anonymous event")
    page.get_by_role("button", name="Theme", exact=False).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("Nobody is here yet.")).to_be_visible()


def test_the_mask_hides_every_number_and_keeps_everything_working(browser: Browser, sim: Simulator) -> None:
    sim.workspace.identify("ana", {"phone": "(202) 555-0101"})
    sim.text(ANA, "call me at 202-555-0155")
    sim.workspace.send("ana", "We call 2025550155", sim.carrier.services()[0].sid)
    page = opened(browser, sim, f"/handsets/{ANA}")
    page.get_by_role("button", name="Hide phone numbers").click()

    for path in (
        page.url.removeprefix(sim.url),
        "/everything",
        "/people",
        "/people/ana",
        "/activity",
        "/wire/webhook-1",
        "/wire/call-1",
    ):
        page.goto(sim.url + path)
        assert "5550101" not in page.url
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        shown = page.inner_text("body")
        assert not re.search(r"555[ -]?01[0-9]{2}", shown), (path, shown)
    page.goto(sim.url)
    type_text(page, "still works")
    expect(page.locator(".bubble.mine").last).to_have_text("still works")
    assert sim.search("still works")[0].from_phone == ANA


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_page_fits_the_screen(browser: Browser, sim: Simulator, width: int) -> None:
    sim.workspace.identify("ana-" + "x" * 140, {"phone": ANA})
    sim.text(ANA, "a-very-long-word-" * 20)
    sim.text(ANA, "A" * 500)
    page = opened(browser, sim, "/", viewport={"width": width, "height": 700})
    for path in (f"/handsets/{ANA}", "/everything", "/people", "/wire/webhook-1", "/activity", "/control", "/setup"):
        page.goto(sim.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        expect(page.locator("main")).to_contain_text(re.compile("ana-|Parameters|Faults|Profiles"))
    page.context.close()


def test_a_table_is_a_card_per_row_on_a_phone_and_names_each_cell(browser: Browser, sim: Simulator) -> None:
    sim.workspace.identify("ana", {"phone": "(202) 555-0101"})
    sim.workspace.identify("annie", {"phone": ANA})
    sim.text(ANA, "STOP")
    page = opened(browser, sim, "/consent", viewport={"width": 400, "height": 800})
    cells = {"/consent": ("State", "Because of"), "/people": ("Reads as", "How it reads", "Created")}

    for path, names in cells.items():
        page.goto(sim.url + path)
        assert page.evaluate(
            "Array.from(document.querySelectorAll('.scroll'), e => e.scrollWidth - e.clientWidth)"
        ) == [0]
        for name in names:
            cell = page.locator(f"td[data-label='{name}']").first
            expect(cell).to_be_in_viewport(ratio=1)
            assert name in cell.evaluate("cell => getComputedStyle(cell, '::before').content")
        number = page.locator("td .number").first
        assert number.evaluate("link => link.getClientRects().length") == 1, "the number is broken into two lines"


def test_a_fault_that_is_armed_elsewhere_shows_on_every_open_page(browser: Browser, sim: Simulator) -> None:
    page, other = opened(browser, sim, f"/handsets/{ANA}"), opened(browser, sim, "/control")
    other.get_by_role("button", name="Arm it").click()

    expect(page.locator("#fault-banner")).to_contain_text("A fault is armed")
    type_text(page, "hello")
    expect(page.locator(".badge").first).to_have_text("500")
    expect(page.get_by_text("Nothing arrived here: the webhook failed")).to_be_visible()
    other.get_by_role("button", name="Disarm all").click()
    expect(page.locator("#fault-banner")).to_have_count(0)


@pytest.mark.parametrize("width", [400, 800, 1280])
def test_armed_faults_stay_in_sight_at_the_end_of_a_long_conversation(
    browser: Browser, sim: Simulator, width: int
) -> None:
    long_conversation_that_ends_with_stop(sim)
    sim.faults.arm(FaultPlan("webhook", "status"))
    sim.faults.arm(FaultPlan("api", "hang"))
    page = opened(browser, sim, f"/handsets/{ANA}", viewport={"width": width, "height": 800})

    expect(page.locator(".composers")).to_be_in_viewport()
    expect(page.locator("#fault-banner")).to_be_in_viewport(ratio=1)
    expect(page.locator("#fault-banner")).to_contain_text("2 faults are armed: the application answers")
    page.get_by_role("link", name="Disarm them").click()
    expect(page.get_by_role("heading", name="Faults")).to_be_visible()


@pytest.mark.parametrize(("path", "cut"), [("/people", "right"), ("/activity", "left"), ("/control", "left")])
def test_the_current_tab_is_in_sight_on_a_phone_and_a_cut_edge_fades(
    browser: Browser, sim: Simulator, path: str, cut: str
) -> None:
    page = opened(browser, sim, path, viewport={"width": 400, "height": 800})

    expect(page.locator(".nav [aria-current]")).to_be_in_viewport(ratio=0.95)
    expect(page.locator(".nav")).to_have_class(re.compile(f"cut-{cut}"))
    expect(page.locator(".nav")).to_have_css("mask-image", re.compile("gradient"))
    assert page.evaluate("scrollY") == 0


def test_a_theme_is_the_systems_until_one_is_chosen(browser: Browser, sim: Simulator) -> None:
    def ground(page: Page) -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = ground(opened(browser, sim, "/people", color_scheme="light"))
    page = opened(browser, sim, "/people", color_scheme="dark")
    dark = ground(page)
    page.get_by_role("button", name="Theme: auto").click()

    assert dark != light
    expect(page.locator("body")).to_have_css("background-color", light)
    page.get_by_role("button", name="Theme: light").click()
    expect(page.locator("body")).to_have_css("background-color", dark)


def test_times_are_in_the_readers_zone_with_the_exact_one_beside(browser: Browser, sim: Simulator) -> None:
    sim.text(ANA, "hello")
    at = sim.search("hello")[0].created_at
    page = opened(browser, sim, f"/handsets/{ANA}", timezone_id="Asia/Kolkata", locale="en-GB")
    time = page.locator(".meta time").first

    assert time.inner_text() == f"{at + timedelta(hours=5, minutes=30):%H:%M:%S}"
    assert time.get_attribute("title") == f"{at:%Y-%m-%d %H:%M:%S.%f} UTC"


@pytest.mark.rule("R21")
def test_times_in_sentences_are_in_the_readers_zone_too(browser: Browser, sim: Simulator) -> None:
    sim.workspace.identify("ana", {"phone": ANA})
    sim.text(ANA, "STOP")
    at = sim.search("STOP")[0].created_at
    page = opened(browser, sim, "/setup", timezone_id="Asia/Kolkata", locale="en-GB")
    there = f"{at + timedelta(hours=5, minutes=30):%H:%M:%S}"
    expect(page.locator("#checks")).to_contain_text(there)
    expect(page.locator("#checks")).not_to_contain_text("UTC")

    page.goto(f"{sim.url}/handsets/{ANA}")
    page.get_by_label("The platform writes to ana").fill("Our news")
    page.keyboard.press("Enter")
    for place in (page.locator("#error"), page.locator(".entry.send_refused")):
        expect(place).to_contain_text(there)
        expect(place.locator("time")).to_have_attribute("title", f"{at:%Y-%m-%d %H:%M:%S}.000000 UTC")


def test_a_newcomer_without_the_token_can_look_and_is_told_how_to_do_more(browser: Browser, sim: Simulator) -> None:
    page = browser.new_page()
    page.goto(f"{sim.url}/handsets/{ANA}")

    expect(page.get_by_role("button", name="STOP", exact=True)).to_be_disabled()
    page.get_by_role("link", name="paste the token").click()
    page.get_by_label("Token").fill(sim.token)
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="STOP", exact=True).click()
    expect(page.locator(".bubble.mine")).to_have_text("STOP")


def test_a_search_that_cannot_be_read_says_so_and_shows_nothing_else(browser: Browser, sim: Simulator) -> None:
    for number in range(12):
        sim.text(ANA, f"message {number}")
    page = opened(browser, sim, "/everything?q=form:1")

    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.get_by_role("alert")).to_contain_text("Did you mean from:")
    expect(page.locator(".bubble")).to_have_count(0)
    page.get_by_label("Search messages").fill("message 3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 message found")).to_be_in_viewport()


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize(("path", "words"), [("/everything", "from:+1202"), ("/people", "ana")])
def test_the_search_hint_fits_its_field_and_the_title_tells_the_words(
    browser: Browser, sim: Simulator, path: str, words: str, width: int
) -> None:
    page = opened(browser, sim, path, viewport={"width": width, "height": 800})
    field = page.get_by_role("searchbox")
    hint = field.get_attribute("placeholder")
    space = field.evaluate("field => field.clientWidth - 2 * parseFloat(getComputedStyle(field).paddingLeft)")

    field.fill(hint or "")
    field.evaluate("field => { field.style.width = 0; }")
    assert field.evaluate("field => field.scrollWidth") <= space, hint
    assert words in (field.get_attribute("title") or "")


def test_a_number_keeps_its_plus_beside_a_name_that_runs_from_right_to_left(browser: Browser, sim: Simulator) -> None:
    sim.workspace.identify("\u05de\u05e9\u05d4", {"phone": ANA})
    sim.text(ANA, "\u05e9\u05dc\u05d5\u05dd")
    page = opened(browser, sim, f"/handsets/{ANA}")

    expect(page.locator(".entry bdi", has_text=ANA).first).to_be_visible()
    expect(page.locator(".bubble.mine")).to_have_css("direction", "rtl")


def test_a_page_in_the_background_marks_its_title_when_something_happens(browser: Browser, sim: Simulator) -> None:
    page = opened(browser, sim, f"/handsets/{ANA}")
    hidden = "Object.defineProperty(document, 'visibilityState', {configurable: true, value: '%s'})"
    page.evaluate(hidden % "hidden")
    sim.text(ANA, "unseen")
    expect(page).to_have_title(re.compile("^\u2022 "))

    page.evaluate(hidden % "visible" + ", document.dispatchEvent(new Event('visibilitychange'))")

    expect(page).to_have_title(re.compile(r"^\+"))
    expect(page.locator(".bubble.mine")).to_have_text("unseen")
