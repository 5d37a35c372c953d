"""Assets: the page's style, script and icon under addresses that change with what is in them.

A browser may then keep them for good, and a new page waits for one answer instead of four.
"""

import hashlib
from functools import cache
from importlib import resources

from flask import Response, request

FOR_GOOD = "public, max-age=31536000, immutable"


@cache
def asset(name: str) -> str:
    """Give the address of a file in `static`."""
    content = resources.files("simulator.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def keep_assets(response: Response) -> Response:
    """Let the browser keep a file that was asked for by its own address, and no other one."""
    if request.endpoint == "page.static" and response.status_code == 200 and request.full_path == asset(_name()):
        response.headers["Cache-Control"] = FOR_GOOD
    return response


def _name() -> str:
    return str((request.view_args or {})["filename"])
