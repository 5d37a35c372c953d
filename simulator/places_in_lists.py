"""Places in lists: read where a page of a list begins out of an address, without trusting it."""

from flask import request

#: The last place that every database can count to.
LAST_PLACE = 2**63 - 1


def asked_place(name: str) -> int | None:
    """Give the place that a parameter names, or None where it names none that a list could have."""
    place = request.args.get(name, type=int)
    return place if place is not None and 0 <= place <= LAST_PLACE else None
