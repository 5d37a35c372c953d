"""Jupyter's servers, started without what makes their start slow: `python -m simulator.jupyter lab|voila ...`."""

import importlib
import sys
import webbrowser
from typing import Any
from urllib.parse import urlsplit

from simulator.lab_session import FIRST_NOTEBOOK
from simulator.quick_jsonschema import import_jsonschema


def main() -> None:
    """Start the server that the first argument names, with the arguments behind it."""
    import_jsonschema()
    if _can_encrypt():
        sys.argv.append("--KernelManager.transport_encryption=auto")
    if sys.argv.pop(1) == "voila":
        _voila().launch_instance()
    else:
        importlib.import_module("jupyterlab.labapp").main()


def _can_encrypt() -> bool:
    """Tell whether server and kernels can speak encrypted. Newer kernels warn at each start where they do not."""
    manager: Any = importlib.import_module("jupyter_client.manager").KernelManager
    return bool(importlib.import_module("zmq").has("curve")) and hasattr(manager, "transport_encryption")


def _voila() -> Any:
    """Give Voila's application, made to tell and open the first notebook instead of a list of files."""
    voila: Any = importlib.import_module("voila.app").Voila

    class VoilaAtFirstNotebook(voila):  # type: ignore[misc]
        name = "Voila"

        @property
        def display_url(self) -> str:
            parts = urlsplit(super().display_url)
            return parts._replace(path=f"{parts.path.rstrip('/')}/voila/render/{FIRST_NOTEBOOK}").geturl()

        def launch_browser(self) -> None:
            webbrowser.open(self.display_url)

    return VoilaAtFirstNotebook


if __name__ == "__main__":
    main()
