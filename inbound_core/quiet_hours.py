"""Quiet hours: the time of day in which a person is not written to, where that person is, and when it ends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

from inbound_core.errors import PlacedError

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

#: Names that a machine's files know and that mean no place, or another one on the next machine.
_NO_PLACES = ("posix/", "right/", "localtime", "posixrules", "Factory")


class QuietHoursError(PlacedError):
    """Report quiet hours that cannot be meant, and the place in them, such as `zone`."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hold quiet hours: from `start` up to, not including, `end`, both local times such as `21:00`.

    They may cross midnight. `zone` is a time zone of the IANA list, such as `Europe/London`; `zone_attribute` names
    the attribute of profiles that holds a person's own, for which `zone` stands in where it is missing or unreadable.
    """

    start: str
    end: str
    zone: str
    zone_attribute: str | None = None

    def __post_init__(self) -> None:
        """Refuse times and zones that are none, and hours that would be none or all; raise `QuietHoursError`."""
        for name in ("start", "end"):
            value = getattr(self, name)
            if not isinstance(value, str) or not _TIME.fullmatch(value):
                text = f"{_short(value)} is no time of day. Write hours and minutes as text, such as '08:00'."
                raise QuietHoursError(text, name)
        if self.start == self.end:
            text = f"From {self.start} to {self.end} is no time, or the whole day: let them end at another time."
            raise QuietHoursError(text, "end")
        zone, attribute = read_zone(self.zone), cast(object, self.zone_attribute)
        if zone is None:
            raise QuietHoursError(f"{_short(self.zone)} is no time zone of the IANA list{_perhaps(self.zone)}", "zone")
        object.__setattr__(self, "zone", zone)
        if attribute is not None and (not isinstance(attribute, str) or not attribute.strip()):
            text = f"{_short(attribute)} is no attribute. Name the one that holds a person's time zone, or none."
            raise QuietHoursError(text, "zone_attribute")

    def zone_of(self, attributes: Mapping[str, object]) -> str:
        """Name the time zone that holds for somebody with these attributes."""
        own = None if self.zone_attribute is None else read_zone(attributes.get(self.zone_attribute))
        return own or self.zone

    def are_at(self, local: datetime) -> bool:
        """Tell whether a local time lies in them."""
        now, start, end = local.hour * 60 + local.minute, _minutes(self.start), _minutes(self.end)
        return start <= now < end if start < end else now >= start or now < end

    def __str__(self) -> str:
        if self.zone_attribute is None:
            return f"quiet hours {self.start}-{self.end} {self.zone}"
        return f"quiet hours {self.start}-{self.end} in each person's {self.zone_attribute}, else {self.zone}"


@dataclass(frozen=True, slots=True)
class PutOff:
    """Say until when something waits, in UTC, and why."""

    until: datetime
    why: str


def put_off(at: datetime, hours: QuietHours | None, attributes: Mapping[str, object]) -> PutOff | None:
    """Say until when what is due at a time waits for somebody with these attributes, or None when it may go out."""
    if hours is None:
        return None
    zone = hours.zone_of(attributes)
    until = next_allowed(at, hours, zone)
    if until == at:
        return None
    why = f"put off to {until.astimezone(ZoneInfo(zone)):%H:%M} {zone}: quiet hours {hours.start}-{hours.end}"
    given = attributes.get(hours.zone_attribute) if hours.zone_attribute else None
    if given is not None and read_zone(given) is None:
        why += f" ({hours.zone_attribute} is {_short(given)}, which is no time zone)"
    return PutOff(until, f"{why}.")


def next_allowed(at: datetime, hours: QuietHours, zone: str) -> datetime:
    """Give the first time from `at` on that is outside the quiet hours in a zone: `at` itself, or a later one in UTC.

    What counts is the time that clocks there show. Where they are put forward over the end of the quiet hours these
    end with the jump; where they are put back into them these begin anew.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone. Give an aware time, such as datetime.now(UTC).")
    place = ZoneInfo(zone)
    found = at
    while hours.are_at(local := found.astimezone(place)):
        passed = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        moment = found.astimezone(UTC)
        end = moment + (timedelta(minutes=_minutes(hours.end)) - passed) % _DAY
        found = _first_shift(moment, end, place) or end
    return found


def _first_shift(moment: datetime, end: datetime, place: ZoneInfo) -> datetime | None:
    """Give the second at which clocks are put forward or back after one time and until another, or None."""
    before = moment.astimezone(place).utcoffset()
    if end.astimezone(place).utcoffset() == before:
        return None
    # Clocks are changed at whole seconds.
    low, high = moment.replace(microsecond=0), end.replace(microsecond=0)
    while high - low > _SECOND:
        middle = low + ((high - low) // 2 // _SECOND) * _SECOND
        if middle.astimezone(place).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def read_zone(name: object) -> str | None:
    """Give the name of a time zone, blanks around it taken off, or None for what is none."""
    return _known_zone(name.strip()) if isinstance(name, str) else None


@lru_cache(maxsize=4096)
def _known_zone(name: str) -> str | None:
    if name.startswith(_NO_PLACES):
        return None
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        # Beside names that are not there: paths, folders, and other files that stand among the zones.
        return None
    return name


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _short(value: object) -> str:
    return repr(value[:40]) if isinstance(value, str) else repr(value)[:40]


def _perhaps(zone: object) -> str:
    """Name the time zone that was probably meant, also where only its town was named."""
    known = available_timezones()
    names = {name.casefold(): name for name in known} | {name.rpartition("/")[2].casefold(): name for name in known}
    close = get_close_matches(zone.strip().casefold().replace(" ", "_"), names, n=1) if isinstance(zone, str) else []
    return f"; did you mean {names[close[0]]}?" if close else ". Take one such as Europe/London."
