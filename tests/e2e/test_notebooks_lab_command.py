"""`inbound lab`: simulator and notebooks start together, find each other, and one Ctrl-C ends both."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.lab import errors_shown, lab_environment

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


def wait_for(what: str, found: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until something is there, and give it."""
    patience = time.monotonic() + seconds
    while time.monotonic() < patience:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {seconds:.0f} seconds")


@dataclass
class Session:
    """Hold one running `inbound lab`."""

    process: "subprocess.Popen[str]"
    folder: Path

    @property
    def notebooks(self) -> Path:
        return self.folder / "notebooks"

    def note(self, pattern: str, where: str) -> dict[str, Any] | None:
        for path in (self.folder / where).glob(pattern):
            try:
                facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                continue  # it is still being written
            return facts
        return None

    def server(self) -> dict[str, Any]:
        found: dict[str, Any] = wait_for("Jupyter", lambda: self.note("jpserver-*.json", "runtime"))
        return found

    def simulator(self) -> dict[str, Any]:
        found: dict[str, Any] = wait_for("the simulator", lambda: self.note("serving.json", "workspace"))
        return found

    def end(self) -> int:
        """Press Ctrl-C in the terminal: every process of the group gets it."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def lab_command(folder: Path, *options: str, browser: Path | None = None) -> Iterator[Session]:
    """Run the command; `browser` is a program that is called as one is, else none is opened."""
    command = [sys.executable, "-m", "simulator.cli", "lab", *options, *([] if browser else ["--no-browser"])]
    environment = lab_environment(folder) | {"BROWSER": f"{browser} %s"}
    del environment["JUPYTER_CONFIG_PATH"]
    places = ("--folder", str(folder / "notebooks"), "--workspace", str(folder / "workspace"))
    process = subprocess.Popen(
        [*command, *places],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield Session(process, folder)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)


def test_both_start_find_each_other_and_end_with_one_ctrl_c(tmp_path: Path, page: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with lab_command(tmp_path, "--port", str(port)) as session:
            begun = time.monotonic()
            server, simulator = session.server(), session.simulator()
            address = f"http://127.0.0.1:{server['port']}"
            page.goto(f"{address}/?token={server['token']}")
            page.wait_for_selector(".jp-Notebook .jp-Cell")
            usable = time.monotonic() - begun

            assert server["port"] != port, "a port that is taken is left to its owner"
            assert server["token"], "a stranger on this machine needs the token"
            assert page.url.endswith("/lab/tree/00_start_here.ipynb")
            assert page.locator(".jp-Dialog, .jp-toast-button, .Toastify__toast").count() == 0, "no question about news"
            assert requests.get(f"{simulator['url']}/simulator/health", timeout=5).ok
            servers = requests.get(f"{address}/lsp/status", params={"token": server["token"]}, timeout=5)
            assert servers.status_code == 404, "nobody waits for language servers"
            assert usable < 60

            page.close()
            assert session.end() == 0
        assert session.note("serving.json", "workspace") is None
        with pytest.raises(requests.ConnectionError):
            requests.get(simulator["url"], timeout=5)
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=5)


def test_a_notebook_of_the_session_works_on_the_running_simulator_again_and_again(tmp_path: Path, page: Any) -> None:
    with lab_command(tmp_path, "--port", "8899") as session:
        server, simulator = session.server(), session.simulator()
        for name in ("03_shared_numbers", "03_shared_numbers"):
            path = f"lab/tree/{name}.ipynb?token={server['token']}&reset"
            page.goto(f"http://127.0.0.1:{server['port']}/{path}")
            page.set_viewport_size({"width": 1280, "height": 5000})
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            page.locator(".iw-card", has_text="Your turn").get_by_text(" done").first.wait_for(state="attached")
            assert errors_shown(page) == []
        log = requests.get(f"{simulator['url']}/simulator/log", timeout=5).json()["activities"]
        page.close()
        assert session.end() == 0

    assert any("Who am I?" in entry["text"] for entry in log), "the notebooks used the simulator that runs"


def test_what_a_person_changed_in_their_copy_stays(tmp_path: Path) -> None:
    mine = tmp_path / "notebooks" / "00_start_here.ipynb"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    with lab_command(tmp_path) as session:
        session.server()
        assert session.end() == 0

    assert mine.read_text(encoding="utf-8") == "mine"
    assert len(list(mine.parent.glob("0*.ipynb"))) == 8


def test_voila_shows_the_notebook_without_its_code(tmp_path: Path, browser: Any) -> None:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    opened = tmp_path / "opened"
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\necho "$1" > {opened}\n', encoding="utf-8")
    opener.chmod(0o700)
    with lab_command(tmp_path, "--voila", "--port", str(port), browser=opener) as session:
        address = f"http://127.0.0.1:{port}"
        wait_for("Voila", lambda: _answers(address))
        # Voila's own page asks for a font of icons; without it nothing is missing here.
        page.route("https://**", lambda route: route.abort())
        page.goto(f"{address}/voila/render/05_keywords.ipynb")
        page.locator(".iw-keyword-body input").fill("unsubscribe")
        page.get_by_text("opts out", exact=True).first.wait_for()

        assert page.locator(".iw-card").count() >= 3
        assert "bench.send(" not in page.inner_text("body")
        page.close()
        assert session.end() == 0
        printed = session.process.communicate(timeout=10)[0]
    assert opened.read_text().strip() == f"{address}/voila/render/00_start_here.ipynb", "people begin at the beginning"
    assert opened.read_text().strip() in printed
    assert "without encryption" not in printed


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).status_code < 500
    except requests.RequestException:
        return False


def test_in_place_opens_the_notebooks_where_they_are(tmp_path: Path) -> None:
    with lab_command(tmp_path, "--in-place") as session:
        server = session.server()
        assert session.end() == 0

    assert not session.notebooks.exists()
    assert (Path(server["root_dir"]) / "00_start_here.ipynb").is_file()
