"""Naming: sids as people say them. A service is called by its name where a sentence would show its sid."""

import re
from collections.abc import Mapping

_SID = re.compile(r"\bMG[0-9a-f]{32}\b")


def readable(text: str, names: Mapping[str, str]) -> str:
    """Put the names of services in the place of their sids.

    >>> readable("opted out of MG" + "0" * 32, {"MG" + "0" * 32: "Workbench"})
    'opted out of Workbench'
    """
    return _SID.sub(lambda found: names.get(found.group(), found.group()), text)
