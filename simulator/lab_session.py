"""Lab session: the notebooks in a work folder, and JupyterLab as a child that ends with us."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from inbound_core.errors import SetupError

FIRST_NOTEBOOK = "00_start_here.ipynb"

#: How a kernel finds the simulator that was started along with it.
PLACE_VARIABLE = "INBOUND_WORKSPACE"

#: Seconds that JupyterLab may take to end after Ctrl-C.
PATIENCE = 4.0

#: Bytes of a file that is chosen in a widget: one message to the kernel, of which Jupyter takes 10 MB by itself.
LARGEST_UPLOAD = 512 * 1024 * 1024

#: Lab greets every new user with a question about news; ours come here for something else.
_PAGE_CONFIG = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}

#: Lab looks for language servers at its start, by npm too, which takes seconds that a lesson has no use for.
_SERVER_CONFIG = {"ServerApp": {"jpserver_extensions": {"jupyter_lsp": False}}}


class LabError(SetupError, RuntimeError):
    """Report that JupyterLab cannot be started, with the remedy."""


def shipped_notebooks() -> Path:
    """Give the folder of the notebooks that came with the program."""
    spec = find_spec("workbench")
    if spec is None or spec.origin is None:
        raise LabError("The notebooks are not installed. Install anew: pip install inbound-workbench")
    package = Path(spec.origin).parent
    for folder in (package / "notebooks", package.parent):
        if (folder / FIRST_NOTEBOOK).is_file():
            return folder
    raise LabError(f"{FIRST_NOTEBOOK} is not beside the package in {package.parent}. Install anew.")


def copy_notebooks(folder: Path) -> Path:
    """Copy the notebooks to a work folder; those that are there already are the person's own and stay."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(shipped_notebooks().glob("[0-9][0-9]_*.ipynb")):
            if not (folder / notebook.name).exists():
                shutil.copyfile(notebook, folder / notebook.name)
    except OSError as error:
        raise LabError(
            f"The notebooks cannot be copied to {folder}: {error.strerror}. Name another --folder."
        ) from error
    return folder


def jupyter_command(folder: Path, port: int, browser: bool) -> list[str]:
    """Give the command line that starts JupyterLab on a folder, opened at the first notebook."""
    command = [
        sys.executable,
        "-m",
        "simulator.jupyter",
        "lab",
        "-y",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.tornado_settings={{'websocket_max_message_size': {LARGEST_UPLOAD}}}",
    ]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def voila_command(folder: Path, port: int, browser: bool) -> list[str]:
    """Give the command line that shows the notebooks without code, for people who do not program."""
    if find_spec("voila") is None:
        raise LabError("Showing notebooks without code needs Voila: pip install 'inbound-workbench[voila]'")
    command = [
        sys.executable,
        "-m",
        "simulator.jupyter",
        "voila",
        str(folder),
        f"--port={port}",
        "--Voila.ip=127.0.0.1",
    ]
    return command if browser else [*command, "--no-browser"]


@contextmanager
def begun(command: list[str], place: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Begin JupyterLab or Voila, and end it with the block. It takes seconds to start, in which others can as well."""
    with tempfile.TemporaryDirectory(prefix="inbound-lab-") as config:
        settings = Path(config) / "labconfig"
        settings.mkdir()
        (settings / "page_config.json").write_text(json.dumps(_PAGE_CONFIG), encoding="utf-8")
        (Path(config) / "jupyter_server_config.json").write_text(json.dumps(_SERVER_CONFIG), encoding="utf-8")
        paths = [config, *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_PATH": os.pathsep.join(paths),
            PLACE_VARIABLE: str(place),
        }
        # A list of our own making, handed over without a shell.
        child = subprocess.Popen(command, env=environment)  # noqa: S603
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


def wait(child: "subprocess.Popen[bytes]") -> int:
    """Wait for the child until it ends or Ctrl-C ends both, and give its exit code.

    Ctrl-C reaches it by itself; a termination of ours is handed on. A child that was asked to end and is still there
    after some seconds (a kernel was just starting) is ended; its kernels end by themselves when it is gone. What ended
    because it was asked to, ended well: 0.
    """
    asked: list[float] = []

    def hand_on(*_: object) -> None:
        asked.append(time.monotonic())
        child.terminate()

    before_int = signal.signal(signal.SIGINT, lambda *_: asked.append(time.monotonic()))
    before_term = signal.signal(signal.SIGTERM, hand_on)
    try:
        while True:
            try:
                code = child.wait(0.5)
                return 0 if asked else code
            except subprocess.TimeoutExpired:
                _insist(child, asked)
    finally:
        signal.signal(signal.SIGINT, before_int)
        signal.signal(signal.SIGTERM, before_term)


def _insist(child: "subprocess.Popen[bytes]", asked: list[float]) -> None:
    waited = time.monotonic() - asked[0] if asked else 0.0
    if waited > 2 * PATIENCE:
        child.kill()
    elif waited > PATIENCE:
        child.terminate()
