"""Accessibility: axe-core finds nothing on any page, in either theme and on any width."""

import shutil
import subprocess
import tarfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from simulator import Simulator, start
from simulator.fault_plans import FaultPlan
from tests.browsers import chromium
from tests.web.browsing import opened

pytestmark = pytest.mark.e2e

#: The release that the pages are held to; npm's registry has it.
AXE = "axe-core@4.10.3"
ANA, BOB = "+12025550101", "+12025550102"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Fetch axe-core; skip where there is no npm or no registry."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm on this machine")
    folder = tmp_path_factory.mktemp("axe")
    fetched = subprocess.run([npm, "pack", AXE, "--silent"], cwd=folder, capture_output=True, text=True, timeout=120)
    packed = list(folder.glob("*.tgz"))
    if fetched.returncode or not packed:
        pytest.skip(f"npm could not fetch {AXE}: {fetched.stderr[-200:]}")
    with tarfile.open(packed[0]) as archive:
        archive.extract("package/axe.min.js", folder, filter="data")
    return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with start() as simulator:
        simulator.workspace.identify("ana", {"phone": ANA, "plan": "pro"})
        simulator.workspace.identify("annie", {"phone": "(202) 555-0101"})
        simulator.text(ANA, "hello 👍")
        simulator.text(ANA, "STOP")
        simulator.text(BOB, "who am I?")
        simulator.faults.arm(FaultPlan("webhook", "status", nth=1))
        simulator.text(BOB, "this fails")
        yield simulator


def paths(sim: Simulator) -> list[str]:
    sid = next(message.sid for message in sim.search("STOP") if message.direction == "inbound")
    return [
        f"/handsets/{ANA}",
        "/handsets/+12025550109",
        "/everything",
        "/everything?q=is:wrong",
        "/everything?q=stop",
        "/nowhere",
        f"/messages/{sid}",
        "/wire/webhook-1",
        "/people",
        "/people/ana",
        "/anonymous",
        "/consent",
        "/activity",
        "/segments",
        "/campaigns",
        "/setup",
        "/control",
        "/help",
        "/open",
    ]


@pytest.mark.parametrize(
    ("theme", "width", "every"),
    [
        pytest.param("light", 1440, 1, id="light and wide, every page"),
        pytest.param("dark", 768, 2, id="dark on a tablet, every other page"),
        pytest.param("light", 320, 4, id="on a small phone, some pages"),
    ],
)
def test_axe_finds_nothing_on_any_page(
    browser: Browser, sim: Simulator, axe: str, theme: str, width: int, every: int
) -> None:
    page = opened(browser, sim, "/", color_scheme=theme, viewport={"width": width, "height": 800})
    found = {}
    for path in paths(sim)[::every]:
        page.goto(sim.url + path)
        page.evaluate(axe)
        result = page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        assert result["passes"], path
        for violation in result["violations"]:
            found[f"{path} {violation['id']}"] = [node["html"][:200] for node in violation["nodes"][:3]]

    page.context.clear_cookies()  # whoever has no token is told so on top of each page
    page.goto(f"{sim.url}/handsets/{ANA}")
    page.evaluate(axe)
    for violation in page.evaluate("axe.run()")["violations"]:
        found[f"without token {violation['id']}"] = [node["html"][:200] for node in violation["nodes"][:3]]
    assert found == {}
