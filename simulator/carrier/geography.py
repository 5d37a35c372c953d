"""Geography: where a number seems to be, as the From... and To... parameters of a webhook tell it."""

from dataclasses import dataclass
from functools import lru_cache

from simulator.carrier.area_codes import state_of
from simulator.carrier.phone_numbers import region_of


@dataclass(frozen=True, slots=True)
class Place:
    """Be a place as Twilio looks it up; every part may be empty."""

    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""


@lru_cache(maxsize=65536)
def place_of(phone: str) -> Place:
    """Give the place of a number: its country, and its state by the area code; city and zip stay empty.

    Twilio fills them from a database of exchanges that is not public; empty values are what it sends for
    numbers that are not in it. A short code has no place.
    """
    if not phone.startswith("+"):
        return Place()
    return Place(state=state_of(phone), country=region_of(phone))
