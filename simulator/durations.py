"""Durations and times as scenario files and the clock API write them."""

import re
from datetime import UTC, datetime

#: `90s`, `1h30m`, `3d`, `250ms`.
PATTERN = r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$"
#: Seconds that a clock is moved at once at most: more is a mistake, and calendars end.
LONGEST = 36_525 * 86_400.0
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def seconds_of(text: str) -> float:
    """Give the seconds of a duration; raise ValueError for what is none.

    >>> seconds_of("1h30m")
    5400.0
    """
    if not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is no duration. Write it as 90s, 5m, 24h or 3d.")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def words_of(seconds: float) -> str:
    """Write seconds as a duration, as short as it is exact.

    >>> words_of(5400)
    '1h30m'
    """
    left, parts = round(seconds * 1000), []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def time_of(text: str) -> datetime:
    """Read a time in ISO 8601, UTC unless it says otherwise; raise ValueError."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time. Write it as 2026-03-02T09:00:00Z.") from error
    if not 1900 <= time.year <= 2200:
        raise ValueError(f"{text!r} is too far away. Write a time between 1900 and 2200.")
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
