"""Segments: how a body is cut into SMS, and which character forces the shorter UCS-2 segments."""

import unicodedata
from dataclasses import dataclass

#: GSM 03.38, the basic table. Backtick, tab and the no-break space are not in it; C with cedilla is, small c not.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: The extension table: an escape and a character, two septets that are never cut apart.
EXTENSION = frozenset("^{}\\[]~|€\f")
_GSM = BASIC | EXTENSION

GSM_ALONE, GSM_JOINED = 160, 153
UCS_ALONE, UCS_JOINED = 70, 67


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Say how a body travels: its encoding, its segments, and what forced UCS-2 (empty for GSM-7).

    `units` counts septets in GSM-7 and UTF-16 units in UCS-2.
    """

    encoding: str
    count: int
    units: int
    parts: tuple[str, ...]
    forced_by: tuple[str, ...] = ()


def count_segments(body: str) -> int:
    """Give the number of segments; an empty body takes one.

    >>> count_segments("a" * 160), count_segments("a" * 161), count_segments("👍" * 36)
    (1, 2, 2)
    """
    if len(body) <= GSM_ALONE and BASIC.issuperset(body):
        return 1
    return segment(body).count


def segment(body: str) -> Segmentation:
    """Cut a body into segments as a handset receives them; escape pairs and graphemes stay whole."""
    if _GSM.issuperset(body):
        sizes = [(char, 2 if char in EXTENSION else 1) for char in body]
        return _cut("GSM-7", sizes, GSM_ALONE, GSM_JOINED, ())
    forced = tuple(dict.fromkeys(char for char in body if char not in _GSM))
    sizes = [(part, utf16_units(part)) for part in graphemes(body)]
    return _cut("UCS-2", sizes, UCS_ALONE, UCS_JOINED, forced)


def utf16_units(text: str) -> int:
    """Count UTF-16 units: a character outside the basic plane takes two."""
    return len(text) + sum(char > "\uffff" for char in text)


def _cut(encoding: str, sizes: list[tuple[str, int]], alone: int, joined: int, forced: tuple[str, ...]) -> Segmentation:
    units = sum(size for _, size in sizes)
    if units <= alone:
        return Segmentation(encoding, 1, units, ("".join(part for part, _ in sizes),), forced)
    parts: list[list[str]] = [[]]
    room = joined
    for part, size in _fitting(sizes, joined):
        if size > room:
            parts.append([])
            room = joined
        parts[-1].append(part)
        room -= size
    return Segmentation(encoding, len(parts), units, tuple("".join(part) for part in parts), forced)


def _fitting(sizes: list[tuple[str, int]], joined: int) -> list[tuple[str, int]]:
    """Break up a grapheme that is larger than a whole segment (a letter under a pile of marks)."""
    if all(size <= joined for _, size in sizes):
        return sizes
    return [(char, utf16_units(char)) for part, _ in sizes for char in part]


def graphemes(text: str) -> list[str]:
    """Split into what a reader takes for one character: marks, joiners and flags stay with their base."""
    found: list[str] = []
    for char in text:
        if found and _joins(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _joins(before: str, char: str) -> bool:
    if before == "\r":
        return char == "\n"
    if char == "\u200d" or "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return True
    if before[-1] == "\u200d" and len(before) > 1:
        return char > "\u2000"
    return _regional(char) and _regional(before[-1]) and len(before) % 2 == 1


def _regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
