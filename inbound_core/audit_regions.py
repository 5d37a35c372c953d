"""Audit regions: where the numbers of a column seem to be from, when nobody says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers
import pyarrow as pa
from phonenumbers.phonemetadata import PhoneMetadata

from inbound_core.phone_columns import read_phone_array

#: How many numbers are looked at, at most and at least.
MOST_NUMBERS = 1000
LEAST_NUMBERS = 20

#: A default region that reads more than this is not questioned.
_ENOUGH_BY_DEFAULT = 0.5
#: What another region must read at least.
_ENOUGH_ELSEWHERE = 0.7
#: What each further length that a region's numbers may have takes off: a rule that allows all proves little.
_LOOSENESS = 0.02


@dataclass(frozen=True, slots=True)
class LikelyRegion:
    """Say which region most numbers seem to be from, with the shares that it and the default region read."""

    region: str
    share: float
    default_region: str
    default_share: float

    def __str__(self) -> str:
        return (
            f"Most numbers look as if written in {self.region}: {self.share:.0%} are valid there, and "
            f"{self.default_share:.0%} in {self.default_region}, by which the platform reads. They are proposed as "
            f"repairs; to read by {self.region} from the start, make it the default region."
        )


def likely_region(texts: Sequence[str | None], default_region: str = "US") -> LikelyRegion | None:
    """Tell which region reads numbers without a country much better than the default one; None where none does.

    Numbers that name their country say nothing here and are left out.
    """
    national = [text for text in texts if text and text.strip() and not text.lstrip().startswith(("+", "00"))]
    if len(national) < LEAST_NUMBERS:
        return None
    column = pa.array(national[:MOST_NUMBERS])
    by_default = _share_valid(column, default_region)
    if by_default > _ENOUGH_BY_DEFAULT:
        return None
    shares = {region: _share_valid(column, region) for region in _main_regions()}
    best = max(shares, key=lambda region: shares[region] - _LOOSENESS * _lengths(region))
    if shares[best] < _ENOUGH_ELSEWHERE:
        return None
    return LikelyRegion(best, shares[best], default_region, by_default)


def _share_valid(column: Any, region: str) -> float:
    valid: int = read_phone_array(column, region).field("phone_valid").true_count
    return valid / len(column)


def _main_regions() -> list[str]:
    return [regions[0] for regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values() if regions[0] != "001"]


def _lengths(region: str) -> int:
    meta: Any = PhoneMetadata.metadata_for_region(region)
    return len(meta.general_desc.possible_length)
