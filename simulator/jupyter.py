"""Jupyter's servers, started without what makes their start slow: `python -m simulator.jupyter lab|voila ...`."""

import importlib
import sys

from simulator.quick_jsonschema import import_jsonschema

#: The application behind each word.
_MAINS = {"lab": "jupyterlab.labapp", "voila": "voila.app"}


def main() -> None:
    """Start the server that the first argument names, with the arguments behind it."""
    import_jsonschema()
    name = sys.argv.pop(1)
    importlib.import_module(_MAINS[name]).main()


if __name__ == "__main__":
    main()
