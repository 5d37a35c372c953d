"""Reading steps: how a phone was read, in sentences. They tell what `read_phone` found and decide nothing."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

from inbound_core.phones import PhoneReading, PhoneStatus, is_e164

#: What a status means for the person who holds the table, and its colour.
STATUS_WORDS = {
    PhoneStatus.READY: ("ready", "good", "E.164 already and a number that is given out."),
    PhoneStatus.REFORMAT: ("reformat", "good", "Written another way; the platform reads it at resolve time."),
    PhoneStatus.UNASSIGNED: ("unassigned", "warn", "It has the form of a number, but nobody is given such numbers."),
    PhoneStatus.REPAIR: ("repair", "warn", "Not usable as it stands; a named repair gives a number."),
    PhoneStatus.UNREADABLE: ("unreadable", "bad", "No number can be read from it; replies become anonymous events."),
    PhoneStatus.MISSING: ("missing", "quiet", "There is nothing to read."),
}


@dataclass(frozen=True, slots=True)
class ReadingStep:
    """Hold one step: what was looked at, what was found, and whether that is fine."""

    title: str
    found: str
    tone: str = "quiet"


def reading_steps(reading: PhoneReading, region: str) -> tuple[ReadingStep, ...]:
    """Tell how a text was read with a region hint, from what stands there to what could repair it."""
    return tuple(_steps(reading, region))


def _steps(reading: PhoneReading, region: str) -> Iterator[ReadingStep]:
    if reading.raw is None:
        yield ReadingStep("What stands there", "Nothing.", "bad")
        return
    yield ReadingStep("What stands there", _visible(reading.raw))
    hidden = _hidden(reading.raw)
    if hidden:
        yield ReadingStep("Hidden in it", hidden, "warn")
    yield _region_step(reading, region)
    if reading.e164:
        yield ReadingStep("E.164 (R8)", _parts(reading.e164), "good" if is_e164(reading.e164) else "bad")
    else:
        yield ReadingStep("E.164 (R8)", f"None: {reading.reason}.", "bad")
    yield ReadingStep(
        "Possible", "The length fits." if reading.possible else "No.", "good" if reading.possible else "bad"
    )
    if reading.possible:
        yield ReadingStep("Valid", *_validity(reading))
    if reading.suggested:
        yield ReadingStep("Repair", f"It {reading.repair}: {reading.suggested}. A proposal; you decide.", "info")


def _region_step(reading: PhoneReading, region: str) -> ReadingStep:
    if reading.raw and reading.raw.lstrip().startswith("+"):
        return ReadingStep("Region", f"The plus sign says the country itself, so the hint {region} is not needed.")
    code = phonenumbers.country_code_for_region(region)
    return ReadingStep("Region", f"No plus sign, so it is read as dialled in {region} (calling code {code}) (R10).")


def _validity(reading: PhoneReading) -> tuple[str, str]:
    if reading.valid:
        return f"Yes: {line_words(reading)}.", "good"
    return "Not given out (as area code 555). It is not refused: the platform resolves it all the same (R9).", "warn"


def line_words(reading: PhoneReading) -> str:
    """Name the kind of line and the country, such as `mobile, GB`."""
    kind = (reading.line_type or "unknown").replace("_", " ").replace("fixed line or mobile", "fixed line or mobile")
    return f"{kind}, {reading.region}" if reading.region else kind


def _parts(e164: str) -> str:
    number = phonenumbers.parse(e164)
    national = str(number.national_number).rjust(1)
    return f"{e164}: calling code {number.country_code}, then {national}; {len(e164) - 1} digits of 15."


def _visible(text: str) -> str:
    shown = text if len(text) <= 80 else f"{text[:77]}…"
    kept = "".join(char if char.isprintable() else "·" for char in shown)
    return f"“{kept}”, {len(text):,} character{'' if len(text) == 1 else 's'}."


def _hidden(text: str) -> str:
    strange = [char for char in text[:250] if not char.isprintable() or (char.isspace() and char != " ")]
    names = dict.fromkeys(unicodedata.name(char, f"control {ord(char):#04x}").lower() for char in strange)
    return ", ".join(names)
