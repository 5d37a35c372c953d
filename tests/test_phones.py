"""Phones: any text to E.164 as libphonenumber reads it, and what would repair it (R8-R10)."""

import math

import pandas as pd
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound_core import PhoneStatus, read_phone
from inbound_core.phone_repairs import PhoneRepair
from inbound_core.phones import LINE_TYPES, InvalidRegion, PhoneReason, digits_tail, is_e164, read_e164


@pytest.mark.rule("R9")
def test_the_documentations_american_example_resolves_although_it_is_unassigned() -> None:
    reading = read_phone("555-123-4567")

    assert reading.e164 == "+15551234567"
    assert (reading.possible, reading.valid) == (True, False)
    assert (reading.status, reading.reason) == (PhoneStatus.UNASSIGNED, PhoneReason.NOT_IN_USE)


@pytest.mark.rule("R9")
def test_the_documentations_british_example_needs_its_region() -> None:
    with_hint = read_phone("020 7183 8750", region="GB")
    without = read_phone("020 7183 8750")

    assert (with_hint.e164, with_hint.status, with_hint.region) == ("+442071838750", PhoneStatus.REFORMAT, "GB")
    assert without.e164 is None
    assert without.status is PhoneStatus.UNREADABLE


@pytest.mark.rule("R8")
@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+12025550123", True),
        ("+442079460123", True),
        ("12025550123", False),
        ("+1 202 555 0123", False),
        ("+0123456789", False),
        ("+1234567890123456", False),
        ("0112025550123", False),
    ],
)
def test_e164_is_a_plus_and_at_most_fifteen_digits_without_a_leading_zero(text: str, form: bool) -> None:
    assert is_e164(text) is form


@pytest.mark.rule("R10")
@pytest.mark.parametrize(
    "spelling",
    ["+12025550123", "(202) 555-0123", "202.555.0123", "1-202-555-0123", "2025550123", "tel:+1-202-555-0123"],
)
def test_a_spelling_without_calling_code_is_read_as_american(spelling: str) -> None:
    reading = read_phone(spelling)

    assert reading.e164 == "+12025550123"
    assert reading.raw == spelling
    assert reading.status is (PhoneStatus.READY if spelling == "+12025550123" else PhoneStatus.REFORMAT)


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        pytest.param(None, PhoneStatus.MISSING, PhoneReason.EMPTY, id="None"),
        pytest.param(math.nan, PhoneStatus.MISSING, PhoneReason.EMPTY, id="NaN"),
        pytest.param(pd.NA, PhoneStatus.MISSING, PhoneReason.EMPTY, id="pandas NA"),
        pytest.param("   ", PhoneStatus.MISSING, PhoneReason.EMPTY, id="blank"),
        pytest.param("n/a", PhoneStatus.UNREADABLE, PhoneReason.NOT_A_NUMBER, id="words"),
        pytest.param("555", PhoneStatus.UNREADABLE, PhoneReason.SHORT_CODE, id="short"),
        pytest.param("20255501234567890", PhoneStatus.UNREADABLE, PhoneReason.TOO_LONG, id="long"),
        pytest.param("+999 202 555 0123", PhoneStatus.UNREADABLE, PhoneReason.UNKNOWN_CALLING_CODE, id="no country"),
        pytest.param("\U0001f4de", PhoneStatus.UNREADABLE, PhoneReason.NOT_A_NUMBER, id="emoji"),
        pytest.param("x" * 10_000, PhoneStatus.UNREADABLE, PhoneReason.TOO_LONG, id="10 kB of junk"),
        pytest.param(b"\xff\xfe+1", PhoneStatus.UNREADABLE, PhoneReason.NOT_A_NUMBER, id="bytes decoded badly"),
        pytest.param(2025550123, PhoneStatus.REFORMAT, PhoneReason.OK, id="a whole number"),
        pytest.param("2.03E+09", PhoneStatus.UNREADABLE, PhoneReason.EXPONENT_LOST_DIGITS, id="digits lost for good"),
    ],
)
def test_whatever_stands_in_a_cell_has_a_status_and_a_reason(
    raw: object, status: PhoneStatus, reason: PhoneReason
) -> None:
    reading = read_phone(raw)

    assert (reading.status, reading.reason) == (status, reason)


@pytest.mark.parametrize(
    ("raw", "region", "suggested", "repair"),
    [
        pytest.param("442079460123", "US", "+442079460123", PhoneRepair.LOST_PLUS, id="lost plus"),
        pytest.param("2025550123.0", "US", "+12025550123", PhoneRepair.DECIMAL_TAIL, id="decimal tail"),
        pytest.param("2.025550123E9", "US", "+12025550123", PhoneRepair.WHOLE_EXPONENT, id="whole exponent"),
        pytest.param("00442079460123", "US", "+442079460123", PhoneRepair.EXIT_CODE, id="foreign exit code"),
        pytest.param("+44 (0)20 7946 0123", "GB", None, None, id="trunk zero, which libphonenumber reads itself"),
        pytest.param("020 7946 0123", "US", None, None, id="a zero in North America, where it is no trunk zero"),
        pytest.param("2.0255501239E4", "US", None, None, id="an exponent that cuts digits off"),
        pytest.param(
            "+1\u202f202\u202f555\u202f0123", "US", "+12025550123", PhoneRepair.INVISIBLE_CHARACTERS, id="thin"
        ),
        pytest.param("202-555-0123 or 202-555-0124", "US", "+12025550123", PhoneRepair.FIRST_OF_SEVERAL, id="two"),
        pytest.param("202-555-0123 (home)", "US", "+12025550123", PhoneRepair.TRAILING_TEXT, id="text behind"),
        pytest.param("202-555-0123-4 (home)", "US", None, None, id="text behind too many digits"),
    ],
)
def test_a_repair_is_proposed_and_never_applied(
    raw: str, region: str, suggested: str | None, repair: PhoneRepair | None
) -> None:
    reading = read_phone(raw, region)

    assert (reading.suggested, reading.repair) == (suggested, repair)
    assert reading.e164 != suggested or suggested is None
    assert (reading.status is PhoneStatus.REPAIR) == (suggested is not None)


def test_a_region_named_nearby_is_proposed_and_never_read() -> None:
    reading = read_phone("020 7946 0123", neighbour="GB")

    assert reading.e164 is None
    assert (reading.suggested, reading.repair) == ("+442079460123", PhoneRepair.NEIGHBOUR_REGION)
    assert read_phone("(202) 555-0123", neighbour="GB").e164 == "+12025550123"
    with pytest.raises(InvalidRegion, match="GB"):
        read_phone("020 7946 0123", neighbour="UK")


def test_the_kinds_of_lines_are_those_of_libphonenumber_and_nothing_else() -> None:
    assert sorted(LINE_TYPES.values()) == [
        *("fixed_line", "fixed_line_or_mobile", "mobile", "pager", "personal_number", "premium_rate"),
        *("shared_cost", "toll_free", "uan", "unknown", "voicemail", "voip"),
    ]


def test_half_a_character_is_read_as_a_replacement() -> None:
    assert read_phone("+1 202 555 0123\ud800").raw == "+1 202 555 0123?"


@pytest.mark.parametrize(("region", "near"), [("UK", "GB"), ("usa", "US"), ("", None), ("XX", "two|Two")])
def test_an_unknown_region_names_the_nearest_one(region: str, near: str | None) -> None:
    if near is None:
        assert read_phone("2025550123", region).e164 == "+12025550123"
        return
    with pytest.raises(InvalidRegion, match=near):
        read_phone("2025550123", region)


@pytest.mark.parametrize(
    ("raw", "tail"), [("+1 202 555 0123", "5550123"), ("x123", ""), (None, ""), ("٢٠٢٥٥٥٠١٢٣", "5550123")]
)
def test_the_tail_is_what_near_misses_are_found_by(raw: object, tail: str) -> None:
    assert digits_tail(raw) == tail


@given(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="+0123456789 ()-.eE/x\u200e\uff10\u0660", max_size=30),
        st.binary(max_size=30),
        st.integers(),
        st.floats(),
        st.none(),
    ),
    st.sampled_from(["US", "GB", "FR", "BR", "IT", "MX"]),
)
def test_any_input_reads_as_libphonenumber_reads_it(raw: object, region: str) -> None:
    reading = read_phone(raw, region)

    assert read_e164(raw, region) == reading.e164
    if reading.raw is None:
        assert reading.status is PhoneStatus.MISSING
        return
    try:
        number = phonenumbers.parse(reading.raw, region)
    except phonenumbers.NumberParseException:
        number = None
    possible = number is not None and phonenumbers.is_possible_number(number)
    expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else None
    assert reading.e164 == expected
    assert reading.valid == (number is not None and phonenumbers.is_valid_number(number))
    if reading.suggested is not None:
        assert phonenumbers.is_valid_number(phonenumbers.parse(reading.suggested, None))
