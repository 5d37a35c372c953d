"""Table guesses: which columns of a stranger's table hold the phone, the id, the time of creation and the region."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import phonenumbers

from inbound_core.region_names import region_named

#: How many rows are looked at.
SAMPLE_ROWS = 500

_PHONE_NAMES = re.compile(
    r"phone|mobile|msisdn|whats\s?app|t[eé]l[eé]f|tel(?![a-z])|(?<![a-z])cell(?![a-z])|handy|(?<![a-z])sms(?![a-z])|gsm",
    re.I,
)
_LESSER_PHONE_NAMES = re.compile(r"fax|type|alt|second|other|2|status|valid|extension|work|emergency", re.I)
_ID_NAMES = ("id", "customer_id", "user_id", "profile_id", "person_id", "contact_id", "uuid", "guid", "key")
_ID_ENDING = re.compile(
    r"(?:^|[\s_.-])(?:id|uuid|guid|key|code|no|number|num|identifiant)$|^identifiant|(?<=[a-z])(?:ID|Id)$"
)
_CREATED_NAMES = re.compile(
    r"created|creation|sign(?:ed)?[\s_-]?up|regist(?:ered|ration)|joined|subscribed|since|date[\s_-]?added|opened", re.I
)
_REGION_NAMES = re.compile(r"countr|region|nation|(?:^|[\s_.-])(?:iso2?|land|pays|pais|país)(?:$|[\s_.-])", re.I)
_PHONE_LIKE = re.compile(r"(?:tel[.:]?\s*)?[+(]?[\d\s().\-/\u00a0\u202f+]{6,24}(?:\s*(?:x|ext)\.?\s*\d+)?", re.I)
_DATE_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*|\d{10}(?:\d{3})?(?:\.\d+)?")

_EXPONENT = re.compile(r"\+?[1-9](?:[.,]\d+)?E\+?(\d{1,2})", re.I)
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"), None) | dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A)], None
)

#: What people write for a region besides its two letters and its name.
REGION_WORDS = {"UK": "GB", "USA": "US", "U.S.": "US", "U.S.A.": "US", "U.K.": "GB"}


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """Hold the guessed columns, None where none seems to be that, and in `notes` why each was chosen."""

    phone: str | None
    id: str | None
    created_at: str | None
    region: str | None
    notes: tuple[str, ...]


def guess_columns(sample: Mapping[str, Sequence[str | None]]) -> ColumnGuess:
    """Guess the columns from names and from a sample of the cells, given as texts by column name."""
    cells = {name: [cell.strip() for cell in column if cell and cell.strip()] for name, column in sample.items()}
    notes: list[str] = []
    phone = _guess_phone(cells, notes)
    rest = {name: column for name, column in cells.items() if name != phone}
    region = _best(rest, _region_score, 0.6)
    created = _best({name: column for name, column in rest.items() if name != region}, _created_score, 0.6)
    found = {"region": region, "time of creation": created, "id": _guess_id(rest, {region, created}, len_of(sample))}
    notes += [f"{what}: {name!r}, by its name and its cells" for what, name in found.items() if name is not None]
    return ColumnGuess(phone, found["id"], created, region, tuple(notes))


def len_of(sample: Mapping[str, Sequence[str | None]]) -> int:
    """Give the number of rows of a sample."""
    return max((len(column) for column in sample.values()), default=0)


def known_region(text: str | None) -> str | None:
    """Give the region code that a cell means (`gb`, `UK`, `USA`, `France`), or None where it means none."""
    code = (text or "").strip().upper()
    code = REGION_WORDS.get(code, code)
    return code if code in phonenumbers.SUPPORTED_REGIONS else region_named(code)


def looks_like_phone(cell: str) -> bool:
    """Tell whether a cell has the look of a phone, or of one that a spreadsheet or an address book has damaged.

    That is seven to fifteen digits and little else.
    """
    cell = cell.translate(_INVISIBLE).strip()
    if _is_exponent(cell):
        return True
    digits = sum(char.isdigit() for char in cell)
    return 7 <= digits <= 15 and _PHONE_LIKE.fullmatch(cell) is not None and not _is_date(cell)


def nearest_names(name: str, names: Sequence[str]) -> list[str]:
    """Give up to three names that are nearest to one that does not exist, whatever their case."""
    by_lower = {known.lower(): known for known in reversed(names)}
    return [by_lower[near] for near in difflib.get_close_matches(name.lower(), list(by_lower), 3, 0.4)]


def _is_exponent(cell: str) -> bool:
    match = _EXPONENT.fullmatch(cell)
    return match is not None and 7 <= int(match.group(1)) + 1 <= 15


def _is_date(cell: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d.*|\d{1,2}/\d{1,2}/\d{4}", cell) is not None


def _share(column: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, column)) / len(column) if column else 0.0


def _guess_phone(cells: Mapping[str, Sequence[str]], notes: list[str]) -> str | None:
    scores = {name: _phone_score(name, column) for name, column in cells.items()}
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is not None and scores[best] < 0.6:
        best = next((name for name, column in cells.items() if _is_named_after_phones(name, column)), None)
    if best is None:
        notes.append("phone: no column has the name or the look of one")
        return None
    share = _share(cells[best], looks_like_phone)
    why = "by its name" if _PHONE_NAMES.search(best) else "by the look of its cells"
    notes.append(f"phone: {best!r}, {why}; {share:.0%} of {len(cells[best])} filled cells look like numbers")
    others = [name for name in scores if name != best and scores[name] >= 0.6 and _PHONE_NAMES.search(name)]
    if others:
        notes.append(f"also phones, it seems: {', '.join(map(repr, others))}")
    return best


def _is_named_after_phones(name: str, column: Sequence[str]) -> bool:
    """Tell whether a column's name is plainly a phone's, and its cells are numbers of some kind."""
    if not _PHONE_NAMES.search(name) or _LESSER_PHONE_NAMES.search(name):
        return False
    numbers = _share(column, lambda cell: sum(map(str.isdigit, cell)) >= 5 and _DATE_LIKE.fullmatch(cell) is None)
    return numbers > 0.3


def _phone_score(name: str, column: Sequence[str]) -> float:
    """Weigh the name and the cells; a name alone is enough only while there are no cells."""
    named = 0.7 if _PHONE_NAMES.search(name) else 0.0
    named -= 0.2 if _LESSER_PHONE_NAMES.search(name) else 0.0
    share = _share(column, looks_like_phone)
    if not column:
        return named - 0.05
    if named <= 0:
        # Bare digits or an exponent may be anything: without a name, something must be written as only phones are.
        return (
            0.7 * share
            if _share(column, lambda cell: not (cell.isdigit() or _is_exponent(cell))) > 0.3
            else 0.5 * share
        )
    return named + 0.5 * share if share >= 0.05 else named - 0.3


def _best(cells: Mapping[str, Sequence[str]], score: Callable[[str, Sequence[str]], float], least: float) -> str | None:
    scores = {name: score(name, column) for name, column in cells.items()}
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best is not None and scores[best] >= least else None


def _region_score(name: str, column: Sequence[str]) -> float:
    if not _REGION_NAMES.search(name):
        return 0.0
    return _share(column, lambda cell: known_region(cell) is not None)


def _created_score(name: str, column: Sequence[str]) -> float:
    if not _CREATED_NAMES.search(name):
        return 0.0
    return _share(column, lambda cell: _DATE_LIKE.fullmatch(cell) is not None)


def _guess_id(cells: Mapping[str, Sequence[str]], taken: set[str | None], rows: int) -> str | None:
    def score(name: str, column: Sequence[str]) -> float:
        lower = name.strip().lower().replace(" ", "_")
        named = 1.0 if lower in _ID_NAMES else 0.8 if _ID_ENDING.search(name) or _ID_ENDING.search(lower) else 0.0
        whole = len(column) >= rows > 0 and len(set(column)) == len(column)
        # A column called just "id" is taken for one also with gaps and repetitions, where no other proves to be one.
        return named if whole else 0.6 if named == 1.0 else 0.0

    free = {name: column for name, column in cells.items() if name not in taken}
    return _best(free, score, 0.6)
