"""Uploads: the one request that may be large, a workspace that comes back, beside a strict limit for all others.

The server refuses a request by its length before it reads the body, so that nobody without the run's token can fill
the disk; the application's own limits come after that.
"""

import copy
from typing import Any

from waitress.parser import HTTPRequestParser

#: The address that takes a workspace file.
IMPORT_PATH = "/control/import"

#: A workspace file may be as large as this; one of a million messages has about a third of it.
LARGEST_IMPORT = 256 * 1024 * 1024


def allow_large_imports(server: Any, token: str) -> None:
    """Let a waitress server take `LARGEST_IMPORT` bytes at `IMPORT_PATH` with the token; all else keeps its limit."""
    roomy = copy.copy(server.adj)
    roomy.max_request_body_size = LARGEST_IMPORT

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            shown = f"{self.headers.get('X_INBOUND_TOKEN', '')} {self.headers.get('COOKIE', '')}"
            # It gives room and nothing else: the guard compares the token itself, in constant time.
            if self.path == IMPORT_PATH and token in shown:
                self.adj = roomy

    class Channel(server.channel_class):  # type: ignore[misc]
        parser_class = Parser

    server.channel_class = Channel
