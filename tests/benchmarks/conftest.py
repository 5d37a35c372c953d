"""What the benchmarks share: how many rows, and a mixed column as a large export would hold it.

By default the columns are small and the bars low, so that a busy machine passes. `INBOUND_BENCHMARK=full` takes a
million rows and the bars that the README quotes.
"""

import os
import random
from collections.abc import Callable
from typing import Any

import phonenumbers
import pyarrow as pa
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

FULL = os.environ.get("INBOUND_BENCHMARK") == "full"
ROWS = 1_000_000 if FULL else 100_000

AMERICAN = (
    "{a}-{b}-{c}", "({a}) {b}-{c}", "{a}.{b}.{c}", "{a}{b}{c}", "+1{a}{b}{c}", "+1 ({a}) {b}-{c}", "1-{a}-{b}-{c}",
    "{a}-{b}-{c} x{e}",
)  # fmt: skip
REGIONS = (
    "GB", "DE", "FR", "IN", "MX", "BR", "AR", "IT", "ES", "AU", "NZ", "JP", "CN", "KR", "RU", "KZ", "UA", "PL", "NL",
    "BE", "CH", "AT", "SE", "NO", "DK", "FI", "IE", "PT", "GR", "TR", "IL", "AE", "SA", "ZA", "NG", "KE", "EG", "PH",
    "SG", "HK",
)  # fmt: skip
JUNK = (
    "", None, "n/a", "unknown", "{b}", "{b}-{c}", "{a}{b}{c}{a}{b}", "user{c}@example.com", "{a}-{b}-{c} / {a}-{b}-{e}",
    "{a}{b}{c}.0", "{a}-{b}-{c} (home)", "{a}\u00a0{b}\u2011{c}", "2.{b}E+09", "1/2/19{e}", "+999{a}{b}{c}",
)  # fmt: skip


def area_codes() -> list[str]:
    """Give the area codes of the United States and Canada, as the metadata knows them."""
    ordinary = PhoneNumberType.FIXED_LINE_OR_MOBILE
    codes = []
    for code in range(200, 1000):
        number = phonenumbers.PhoneNumber(1, int(f"{code}2345678"))
        if phonenumbers.number_type(number) == ordinary and phonenumbers.region_code_for_number(number) in ("US", "CA"):
            codes.append(str(code))
    return codes


def foreign_spellings() -> list[str]:
    """Give an example number of each region in several spellings, its last four digits left open."""
    spellings = []
    for region in REGIONS:
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            for form in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL):
                spellings.append(open_ended(phonenumbers.format_number(number, form)))
    return spellings


def open_ended(text: str) -> str:
    """Put a place for a digit in the stead of the last four digits."""
    places = [place for place, character in enumerate(text) if character.isdigit()][-4:]
    return "".join("{}" if place in places else character for place, character in enumerate(text))


@pytest.fixture(scope="session")
def mixed_column() -> Any:
    """Give a column: seventy in a hundred American in eight spellings, twenty from forty regions, ten junk."""
    source = random.Random(20)
    codes, foreign = area_codes(), foreign_spellings()

    def american(spelling: str | None) -> str | None:
        if spelling is None:
            return None
        exchange = str(source.randrange(200, 1000))
        line, extension = f"{source.randrange(10_000):04}", source.randrange(1, 1000)
        return spelling.format(a=source.choice(codes), b=exchange, c=line, e=extension)

    def row() -> str | None:
        share = source.random()
        if share < 0.7:
            return american(source.choice(AMERICAN))
        if share < 0.9:
            return source.choice(foreign).format(*source.choices("0123456789", k=4))
        return american(source.choice(JUNK))

    return pa.array([row() for _ in range(ROWS)], pa.large_string())


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Give a function that prints a line to the terminal, captured or not."""

    def say(line: str) -> None:
        with capsys.disabled():
            print(f"\n    {line}", end="")

    return say
