"""A real JupyterLab or Voila on a copy of the notebooks, and pages of a headless Chromium that look at it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.lab_session import _PAGE_CONFIG, shipped_notebooks

TOKEN = "e2e-secret"
RUN_ALL = """async (notebook) => {
  await jupyterapp.restored;
  const panel = await jupyterapp.commands.execute('docmanager:open', {path: notebook});
  jupyterapp.shell.activateById(panel.id);
  await panel.context.ready;
  await panel.sessionContext.ready;
  return await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
CLOSE = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.sessionContext.shutdown();
  panel.context.model.dirty = false;
  panel.dispose();
}"""


@dataclass(frozen=True)
class Lab:
    """Hold a running server: its address and the folder of its notebooks."""

    url: str
    folder: Path

    @property
    def url_of_lab(self) -> str:
        return f"{self.url}/lab?token={TOKEN}&reset"

    def page_of(self, notebook: str) -> str:
        return f"{self.url}/lab/tree/{notebook}?token={TOKEN}&reset"


def lab_environment(folder: Path, theme: str = "JupyterLab Light") -> dict[str, str]:
    """Give an environment in which Jupyter keeps everything in a folder of ours and no simulator is running."""
    config = folder / "config" / "labconfig"
    config.mkdir(parents=True, exist_ok=True)
    (config / "page_config.json").write_text(json.dumps(_PAGE_CONFIG), encoding="utf-8")
    themes = {"@jupyterlab/apputils-extension:themes": {"theme": theme}}
    (config / "default_setting_overrides.json").write_text(json.dumps(themes), encoding="utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("INBOUND_", "JUPYTER"))}
    return kept | {
        "JUPYTER_CONFIG_PATH": str(folder / "config"),
        "JUPYTER_CONFIG_DIR": str(folder / "own"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }


@contextmanager
def running_lab(folder: Path, theme: str = "JupyterLab Light") -> Iterator[Lab]:
    """Run JupyterLab on a copy of the notebooks."""
    notebooks = copied(folder)
    command = [
        *(
            sys.executable,
            "-m",
            "simulator.jupyter",
            "lab",
            "--no-browser",
            "--ServerApp.port=0",
            "--ServerApp.ip=127.0.0.1",
        ),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={notebooks}"),
        *("--LabApp.expose_app_in_browser=True", "--allow-root", "--ServerApp.log_level=ERROR"),
    ]
    process = subprocess.Popen(command, env=lab_environment(folder, theme), stderr=subprocess.DEVNULL)
    try:
        yield Lab(_address(folder / "runtime", process), notebooks)
    finally:
        end(process)


def copied(folder: Path) -> Path:
    """Copy the notebooks: Lab saves what it opens."""
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True, exist_ok=True)
    for path in shipped_notebooks().glob("*.ipynb"):
        shutil.copyfile(path, notebooks / path.name)
    return notebooks


def _address(runtime: Path, process: "subprocess.Popen[bytes]") -> str:
    """Wait until the server wrote down where it listens."""
    end_of_patience = time.monotonic() + 60
    while time.monotonic() < end_of_patience:
        assert process.poll() is None, "the server ended at once"
        for note in runtime.glob("jpserver-*.json"):
            try:
                facts = json.loads(note.read_text(encoding="utf-8"))
            except ValueError:
                continue  # it is still being written
            return f"http://127.0.0.1:{facts['port']}"
        time.sleep(0.05)
    raise AssertionError("the server did not start within a minute")


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a server as Ctrl-C would, and insist if it stays."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@contextmanager
def run(page: Any, notebook: str) -> Iterator[None]:
    """Open a notebook on a page that shows Lab and run every cell; close it in the end, and its kernel."""
    assert page.evaluate(RUN_ALL, notebook) is True, "a cell failed"
    try:
        yield
    finally:
        page.evaluate(CLOSE)


def errors_shown(page: Any) -> list[str]:
    """Give the tracebacks and the widgets that could not be drawn."""
    found = page.locator(
        ".jp-OutputArea [data-mime-type='application/vnd.jupyter.stderr'], .jp-RenderedText.jp-mod-error"
    )
    broken = page.get_by_text("Error displaying widget")
    return [*found.all_inner_texts(), *broken.all_inner_texts()]
