"""Audit regions: where the numbers of a column seem to be from, when nobody says so.

That a number is valid in a region proves little: most ten digits are valid in a dozen. How it is written tells more:
with that region's trunk prefix, and grouped as people group their numbers there. Where several regions stay equally
likely, all of them are named and none is taken.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers
import pyarrow as pa
from phonenumbers import NumberParseException, PhoneNumberFormat

from inbound_core.phone_columns import read_phone_array

#: How many numbers are read, at most and at least, and at how many of them a closer look is taken.
MOST_NUMBERS = 1000
LEAST_NUMBERS = 20
_LOOKED_AT = 60

#: A default region that reads more than this is not questioned.
_ENOUGH_BY_DEFAULT = 0.5
#: What another region must read at least.
_ENOUGH_ELSEWHERE = 0.7
#: A region that is behind the best by no more than this may be meant as well.
_AS_LIKELY = 0.1
_MOST_NAMED = 8
_GROUPS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class LikelyRegion:
    """Say which regions most numbers may be from, with the shares that the first and the default region read."""

    regions: tuple[str, ...]
    share: float
    default_region: str
    default_share: float

    @property
    def region(self) -> str | None:
        """Give the region where it is clear, None where several are as likely."""
        return self.regions[0] if len(self.regions) == 1 else None

    def __str__(self) -> str:
        shares = f"{self.share:.0%} are valid there, and {self.default_share:.0%} in {self.default_region}"
        by = "by which the platform reads"
        if self.region:
            return (
                f"Most numbers look as if written in {self.region}: {shares}, {by}. They are proposed as repairs; to "
                f"read by {self.region} from the start, give it as the default region (--default-region {self.region})."
            )
        named = [*self.regions[:_MOST_NAMED], *(["others"] if len(self.regions) > _MOST_NAMED else [])]
        return (
            f"Most numbers look as if written elsewhere than in {self.default_region}: {self.default_share:.0%} are "
            f"valid there, {by}. They may as well be from {', '.join(named[:-1])} or {named[-1]}, so nothing is "
            f"proposed before you say where: give it as the default region (--default-region CODE)."
        )


def likely_region(texts: Sequence[str | None], default_region: str = "US") -> LikelyRegion | None:
    """Tell which regions read numbers without a country much better than the default one; None where none does.

    Numbers that name their country say nothing here and are left out.
    """
    national = [text for text in texts if text and text.strip() and not text.lstrip().startswith(("+", "00"))]
    if len(national) < LEAST_NUMBERS:
        return None
    column = pa.array(national[:MOST_NUMBERS])
    by_default = _share_valid(column, default_region)
    if by_default > _ENOUGH_BY_DEFAULT:
        return None
    shares = {region: _share_valid(column, region) for region in _main_regions() if region != default_region}
    looked_at = national[:: max(len(national) // _LOOKED_AT, 1)][:_LOOKED_AT]
    scores = {region: _at_home(looked_at, region) for region, share in shares.items() if share >= _ENOUGH_ELSEWHERE}
    if not scores:
        return None
    best = max(scores.values())
    regions = sorted(
        (region for region, score in scores.items() if score >= best - _AS_LIKELY),
        key=lambda region: (-scores[region], -shares[region], region),
    )
    return LikelyRegion(tuple(regions), shares[regions[0]], default_region, by_default)


def _share_valid(column: object, region: str) -> float:
    valid = read_phone_array(column, region).field("phone_valid")
    return float(valid.true_count / len(valid))


def _at_home(texts: Sequence[str], region: str) -> float:
    """Weigh how many texts hold the digits that people dial in a region, and hold them in groups as people do there."""
    score = 0
    for text in texts:
        national = _national_form(text, region)
        groups = _GROUPS.findall(text)
        if national and "".join(_GROUPS.findall(national)) == "".join(groups):
            score += 1 + (len(groups) > 1 and _GROUPS.findall(national) == groups)
    return score / len(texts)


def _national_form(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    written: str = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return written


def _main_regions() -> list[str]:
    return [regions[0] for regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values() if regions[0] != "001"]
