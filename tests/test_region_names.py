"""Region names: countries are known by their English names, however these are spelled."""

import pandas as pd
import phonenumbers
import pytest

from inbound_core.audit import audit_phones
from inbound_core.region_names import _CODES, region_named
from inbound_core.table_guesses import known_region


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("France", "FR"),
        ("  germany ", "DE"),
        ("THE NETHERLANDS", "NL"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("Cote d'Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("Bosnia and Herzegovina", "BA"),
        ("St. Lucia", "LC"),
        ("United States of America", "US"),
        ("United Kingdom", "GB"),
        ("Scotland", "GB"),
        ("Viet Nam", "VN"),
        ("U.K.", "GB"),
        ("Narnia", None),
        ("the", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_its_name(name: str, code: str | None) -> None:
    assert known_region(name) == code


def test_every_region_has_a_name_and_no_name_is_of_another_kind() -> None:
    nameless = phonenumbers.SUPPORTED_REGIONS - set(_CODES.values())

    assert nameless == set()
    assert set(_CODES.values()) <= phonenumbers.SUPPORTED_REGIONS
    assert region_named("Guinea") != region_named("Equatorial Guinea")


def test_numbers_are_read_by_the_names_of_countries() -> None:
    table = pd.DataFrame({"phone": ["020 7946 0123", "202-555-0123"], "country": ["United Kingdom", "Scotland"]})
    table.loc[1, "country"] = "united states of america"

    audit = audit_phones(table, region="country")

    assert audit.to_frame()["phone_e164"].tolist() == ["+442079460123", "+12025550123"]
    assert not any("no region" in note for note in audit.notes)
