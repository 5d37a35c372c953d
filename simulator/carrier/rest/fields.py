"""Fields: which parameter of a form sets which field of a resource, and how it is read."""

from collections.abc import Callable, Mapping
from typing import Any

from simulator.carrier import codes
from simulator.carrier.fetching import is_well_formed
from simulator.carrier.rest import parameters

Reader = Callable[[str], Any]
Fields = Mapping[str, tuple[str, Reader]]


def url(name: str) -> str | None:
    """Read a URL of the 2010 API, `""` for one that is taken away; raise `ApiError` for what cannot be requested."""
    found = parameters.text(name)
    if found and not is_well_formed(found):
        raise codes.not_valid(name, 21402)
    return found


def method(name: str) -> str | None:
    """Read an HTTP method of the 2010 API; raise `ApiError` for another than GET and POST."""
    found = parameters.text(name)
    if found and found.upper() not in ("GET", "POST"):
        raise codes.not_valid(name, 21403)
    return found.upper() if found else None


def url_of_service(name: str) -> str | None:
    """Read a URL of the v1 API, `""` for one that is taken away; raise `ApiError` for what cannot be requested."""
    found = parameters.text(name)
    if found and not is_well_formed(found):
        raise codes.out_of_range(name, found[:200], "It is an absolute http or https URL.")
    return found


def name_of_service(name: str) -> str | None:
    """Read the name of a service, which may be left out but not be empty; raise `ApiError`."""
    found = parameters.text(name)
    if found is not None and not found.strip():
        raise codes.out_of_range(name, found[:40], "It is a name of at least one character.")
    return found


def one_of(*allowed: str) -> Reader:
    """Make a reader for a parameter that takes a few words only."""

    def read(name: str) -> str | None:
        found = parameters.text(name)
        if found and found not in allowed:
            raise codes.out_of_range(name, found, f"It is one of {', '.join(allowed)}.")
        return found or None

    return read


def seconds(name: str) -> int | None:
    """Read a validity period."""
    return parameters.whole(name, 1, 36000)


def changes(fields: Fields) -> dict[str, Any]:
    """Give the fields that a form sets, leaving out what was not sent."""
    read = {field: reader(name) for name, (field, reader) in fields.items()}
    return {field: value for field, value in read.items() if value is not None}
