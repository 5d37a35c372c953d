"""Made-up customers: a made-up table with the damage that real ones have. Every number in it is fictional."""

import random

import pandas as pd

_NAMES = ("Ana", "Ben", "Chloé", "Dmitri", "Elif", "Femi", "Gita", "Hugo", "Ines", "Jun", "Kofi", "Lea")

#: How a line 0 to 99 of an area code is written by people and spreadsheets, with how often.
_WAYS: tuple[tuple[int, str], ...] = (
    (34, "+1{area}55501{line:02d}"),
    (18, "({area}) 555-01{line:02d}"),
    (10, "{area}.555.01{line:02d}"),
    (6, "1 {area} 555 01{line:02d}"),
    (7, "1{area}55501{line:02d}.0"),
    (3, "011 1 {area} 555 01{line:02d}"),
    (4, "+44 20 7946 00{line:02d}"),
    (5, "4420794600{line:02d}"),
    (4, "{area}-555-01{line:02d} / {area}-555-0199"),
    (3, "5550{line:02d}"),
    (3, "n/a"),
    (3, ""),
)
_AREAS = ("202", "415", "312", "646")


def example_customers(rows: int = 600, seed: int = 7) -> pd.DataFrame:
    """Make a table with id, name, created_at and phone; the same one for the same seed."""
    # Chance of a picture book, not of a secret.
    chance = random.Random(seed)  # noqa: S311
    weights, ways = zip(*_WAYS, strict=True)
    phones = [
        chance.choices(ways, weights)[0].format(area=chance.choice(_AREAS), line=chance.randrange(100)) or None
        for _ in range(rows)
    ]
    return pd.DataFrame(
        {
            "id": [f"c{number:04d}" for number in range(1, rows + 1)],
            "name": [chance.choice(_NAMES) for _ in range(rows)],
            "created_at": [f"20{chance.randrange(19, 26)}-{chance.randrange(1, 13):02d}-15" for _ in range(rows)],
            "phone": phones,
        }
    )
