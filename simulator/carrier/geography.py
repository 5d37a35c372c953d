"""Geography: where a number seems to be, as the From... and To... parameters of a webhook tell it."""

from dataclasses import dataclass

from simulator.carrier.phone_numbers import region_of


@dataclass(frozen=True, slots=True)
class Place:
    """Be a place as Twilio looks it up; every part may be empty."""

    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""


def place_of(phone: str) -> Place:
    """Give the place of a number: its country always, the rest empty."""
    return Place(country=region_of(phone))
