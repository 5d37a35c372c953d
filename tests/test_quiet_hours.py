"""Quiet hours: when they end, on whichever clock a person lives by, and what is refused as none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from inbound_core.quiet_hours import QuietHours, QuietHoursError, next_allowed, put_off

LONDON, NEW_YORK = "Europe/London", "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "hours", "zone", "until"),
    [
        pytest.param("2026-01-10 22:30", "21:00-08:00", LONDON, "2026-01-11 08:00", id="over midnight, before it"),
        pytest.param("2026-01-11 03:00", "21:00-08:00", LONDON, "2026-01-11 08:00", id="over midnight, after it"),
        pytest.param("2026-01-10 13:15", "13:00-14:30", LONDON, "2026-01-10 14:30", id="at noon"),
        pytest.param("2026-01-10 21:00", "21:00-08:00", LONDON, "2026-01-11 08:00", id="the first minute is quiet"),
        pytest.param("2026-01-10 08:00", "21:00-08:00", LONDON, "2026-01-10 08:00", id="the last one is not"),
        pytest.param("2026-01-10 12:00", "21:00-08:00", LONDON, "2026-01-10 12:00", id="in the day"),
        pytest.param("2026-01-10 22:30", "21:00-00:00", LONDON, "2026-01-11 00:00", id="until midnight"),
        pytest.param("2026-01-10 22:30", "21:00-08:00", "Asia/Kathmandu", "2026-01-11 08:00", id="45 minutes off"),
        pytest.param("2026-03-07 22:30", "21:00-08:00", NEW_YORK, "2026-03-08 08:00", id="a night an hour shorter"),
        pytest.param("2026-10-31 22:30", "21:00-08:00", NEW_YORK, "2026-11-01 08:00", id="a night an hour longer"),
        pytest.param("2026-03-07 22:30", "21:00-02:30", NEW_YORK, "2026-03-08 03:00", id="the end is jumped over"),
        pytest.param("2026-10-31 22:30", "21:00-01:30", NEW_YORK, "2026-11-01 01:30", id="the end comes twice"),
        pytest.param("2026-03-08 01:59", "01:00-03:00", NEW_YORK, "2026-03-08 03:00", id="the jump is the end"),
        pytest.param("2011-12-29 23:30", "21:00-08:00", "Pacific/Apia", "2011-12-31 08:00", id="no 30th there"),
    ],
)
def test_what_is_due_in_quiet_hours_waits_until_clocks_there_show_their_end(
    at: str, hours: str, zone: str, until: str
) -> None:
    start, _, end = hours.partition("-")

    assert next_allowed(local(at, zone), QuietHours(start, end, zone), zone) == local(until, zone)


def test_clocks_that_are_put_back_into_quiet_hours_make_them_begin_anew() -> None:
    hours = QuietHours("21:00", "01:30", NEW_YORK)
    again = local("2026-11-01 01:10", NEW_YORK, fold=1)

    assert next_allowed(again, hours, NEW_YORK) == local("2026-11-01 01:30", NEW_YORK, fold=1)
    assert next_allowed(local("2026-11-01 01:45", NEW_YORK), QuietHours("01:30", "06:00", NEW_YORK), NEW_YORK) == local(
        "2026-11-01 01:00", NEW_YORK, fold=1
    )


ZONES = st.sampled_from(
    [LONDON, NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "America/Havana"]
)
MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
TIMES = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(TIMES, MINUTES, MINUTES, ZONES, st.floats(0, 1, exclude_max=True))
@example(utc("2026-03-29T00:30"), "21:00", "01:30", LONDON, 0.9)
@example(utc("2026-10-25T00:45"), "01:30", "06:00", LONDON, 0.9)
@example(utc("2026-04-04T14:50"), "01:35", "02:10", "Australia/Lord_Howe", 0.5)
def test_the_result_is_the_first_time_that_is_not_quiet(
    at: datetime, start: str, end: str, zone: str, part: float
) -> None:
    assume(start != end)
    hours, place = QuietHours(start, end, zone), ZoneInfo(zone)

    found = next_allowed(at, hours, zone)

    def quiet(moment: datetime) -> bool:
        shown = moment.astimezone(place).strftime("%H:%M")
        return start <= shown < end if start < end else shown >= start or shown < end

    assert found >= at
    assert not quiet(found)
    assert (found == at) == (not quiet(at))
    if found > at:
        last = found - timedelta(microseconds=1)
        assert quiet(last)
        # A part that is almost the whole would be rounded up to it.
        assert quiet(min(at + (found - at) * part, last))


def test_a_persons_own_zone_counts_and_the_campaigns_where_there_is_none_to_read() -> None:
    hours = QuietHours("21:00", "08:00", LONDON, "timezone")
    told = {
        str(own): off.why if (off := put_off(utc("2026-01-10T22:30"), hours, attributes)) else None
        for own, attributes in (
            (own, {} if own is None else {"timezone": own}) for own in (None, NEW_YORK, " Asia/Tokyo ", "Mars", 7, "")
        )
    }

    assert told == {
        "None": f"put off to 08:00 {LONDON}: quiet hours 21:00-08:00.",
        NEW_YORK: None,
        " Asia/Tokyo ": "put off to 08:00 Asia/Tokyo: quiet hours 21:00-08:00.",
        "Mars": f"put off to 08:00 {LONDON}: quiet hours 21:00-08:00 (timezone is 'Mars', which is no time zone).",
        "7": f"put off to 08:00 {LONDON}: quiet hours 21:00-08:00 (timezone is 7, which is no time zone).",
        "": f"put off to 08:00 {LONDON}: quiet hours 21:00-08:00 (timezone is '', which is no time zone).",
    }
    assert put_off(utc("2026-01-10T22:30"), None, {}) is None


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        pytest.param({"start": "9pm"}, "start", "'9pm' is no time of day.*such as '08:00'", id="words"),
        pytest.param({"start": 21}, "start", "21 is no time of day", id="a number"),
        pytest.param({"end": "24:00"}, "end", "'24:00' is no time of day", id="an hour too many"),
        pytest.param({"end": "8:00"}, "end", "'8:00' is no time of day", id="one digit"),
        pytest.param({"end": "21:00"}, "end", "no time, or the whole day", id="none or all"),
        pytest.param({"zone": "london"}, "zone", "did you mean Europe/London", id="the town alone"),
        pytest.param({"zone": "america/new york"}, "zone", "did you mean America/New_York", id="as people write"),
        pytest.param({"zone": "../../etc/passwd"}, "zone", "no time zone of the IANA list", id="a path"),
        pytest.param({"zone": "right/Europe/London"}, "zone", "no time zone of the IANA list", id="other seconds"),
        pytest.param({"zone": None}, "zone", "None is no time zone.*such as Europe/London", id="no zone"),
        pytest.param({"zone_attribute": " "}, "zone_attribute", "no attribute", id="no attribute"),
    ],
)
def test_what_is_no_quiet_hours_is_refused_at_its_place(change: dict[str, object], place: str, says: str) -> None:
    with pytest.raises(QuietHoursError, match=says) as refused:
        QuietHours(**{"start": "21:00", "end": "08:00", "zone": LONDON, **change})  # type: ignore[arg-type]

    assert refused.value.place == place


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        next_allowed(datetime(2026, 1, 1), QuietHours("21:00", "08:00", LONDON), LONDON)  # noqa: DTZ001
