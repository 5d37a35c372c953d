"""jsonschema, imported without the grammar of international addresses.

jsonschema registers a check of IRIs where a package for it is installed, as JupyterLab makes it be; importing that
package compiles a grammar, which takes seconds. Nothing here checks IRIs, and jsonschema itself does without.
"""

import importlib
import sys
from typing import Any

_GRAMMAR = "rfc3987_syntax"


def import_jsonschema() -> Any:
    """Give the module `jsonschema`; whoever wants the grammar itself can still import it afterwards."""
    absent = _GRAMMAR not in sys.modules
    if absent:
        # What Python takes for a package that is not there.
        sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("jsonschema")
    finally:
        if absent:
            del sys.modules[_GRAMMAR]
