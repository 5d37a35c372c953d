"""Collecting: a text of any kind -> its digits, as `phonenumbers.parse` extracts and normalises them.

In all helpers `t` is the tuple of tables, `d` the digits of the row, of which there are `m`, and `points` the code
points of its characters, of which there are `n`.
"""

from typing import Any

import numpy as np

from inbound_core.columns.characters import (
    AFTER_SEMICOLON,
    LETTER,
    LETTER_X,
    NO_DIGIT,
    PLUS,
    SEMICOLON,
    SLASH,
    SPACE,
    START,
    UNWANTED_END,
)
from inbound_core.columns.codes import ASK, EMPTY, LONG, LONGEST_TEXT, NOT_A_NUMBER, VALID
from inbound_core.columns.compiling import ZERO, inner, step
from inbound_core.columns.tables import BYTE_DIGIT, BYTE_ELSEWHERE, BYTE_PLUS, BYTE_START, BYTE_WANTED

_ELSEWHERE = 201
_MOST_DIGITS = 40
_LEAST_LETTERS = 3


@inner
def _collect_plain(t: Any, data: Any, i: int, end: int, d: Any) -> tuple[int, int, bool]:
    """Collect the digits of plain ASCII, quickly: why not, how many, and whether a plus sign leads.

    Anything that could be a letter, an extension or another script is `_ELSEWHERE`.
    """
    seen = 0
    while i < end:
        facts = t.byte_facts[data[i]]
        seen |= facts
        if facts & BYTE_START:
            break
        i += 1
    plus = i < end and t.byte_facts[data[i]] & BYTE_PLUS != 0
    state, kept, m = 1, 0, 0
    while i < end:
        byte = data[i]
        facts = t.byte_facts[byte]
        seen |= facts
        state = t.byte_next[state << 7 | byte & 127]
        d[m] = facts & 15
        m += (facts & BYTE_DIGIT) >> 4
        kept = state if facts & BYTE_WANTED else kept
        i += 1
    if seen & BYTE_ELSEWHERE:
        return _ELSEWHERE, 0, False
    return VALID if t.viable_accepts[kept] else NOT_A_NUMBER, m, plus


@inner
def _code_point(data: Any, i: int) -> tuple[Any, int]:
    """Decode one character of UTF-8: its code point and where the next one starts; -1 beyond the basic plane."""
    byte = np.int64(data[i])
    if byte < 0x80:
        return byte, i + 1
    if byte < 0xE0:
        return (byte & 31) << 6 | (data[i + 1] & 63), i + 2
    if byte < 0xF0:
        return (byte & 15) << 12 | (data[i + 1] & 63) << 6 | (data[i + 2] & 63), i + 3
    return -1, i + 4


@step
def _decode(t: Any, data: Any, i: int, end: int, points: Any) -> tuple[int, int]:
    """Decode a text from its first plus sign or digit on: why not, and how many characters."""
    n = total = 0
    semicolon = False
    while i < end:
        point, i = _code_point(data, i)
        if point < 0:
            return ASK, 0
        total += 1
        if total > LONGEST_TEXT:
            return LONG, 0
        asked = t.properties[t.classes[point]]
        if semicolon and asked & AFTER_SEMICOLON:  # perhaps ;phone-context= or ;isub=
            return ASK, 0
        semicolon = asked & SEMICOLON != 0
        if n > 0 or asked & START:
            points[n] = point
            n += 1
    return VALID, n


@inner
def _asked(t: Any, points: Any, k: int) -> Any:
    return t.properties[t.classes[points[k]]]


@step
def _second_number(t: Any, points: Any, n: int) -> int:
    """Give where a second number begins (a slash, blanks, an x), or `n`."""
    for k in range(n):
        if _asked(t, points, k) & SLASH:
            j = k + 1
            while j < n and _asked(t, points, j) & SPACE:
                j += 1
            if j < n and _asked(t, points, j) & LETTER_X:
                return k
    return n


@step
def _viable(t: Any, points: Any, n: int) -> bool:
    """Tell whether the characters are what phonenumbers holds for a viable number."""
    state = 1
    for k in range(n):
        state = t.viable_next[state << 6 | t.classes[points[k]]]
    return n >= 2 and t.viable_accepts[state] != 0


@step
def _before_extension(t: Any, points: Any, n: int) -> int:
    """Give where the extension begins, or `n`: the leftmost place from which one reaches the end."""
    state, found = 1, n
    k = n - 1
    while k >= 0 and state != 0:
        state = t.extension_next[state << 6 | t.classes[points[k]]]
        if t.extension_accepts[state]:
            found = k
        k -= 1
    return found if found < n and _viable(t, points, found) else n


@step
def _collect_any(t: Any, data: Any, i: int, end: int, d: Any, points: Any) -> tuple[int, int, bool]:
    """Collect the digits of any text: why not, how many, and whether a plus sign leads."""
    why, n = _decode(t, data, i, end, points)
    if why != VALID:
        return why, 0, False
    while n > 0 and _asked(t, points, n - 1) & UNWANTED_END:
        n -= 1
    n = _second_number(t, points, n)
    if not _viable(t, points, n):
        return NOT_A_NUMBER, 0, False
    n = _before_extension(t, points, n)
    letters = 0
    for k in range(n):
        letters += _asked(t, points, k) & LETTER != 0
    m = 0
    for k in range(n):
        value = t.dialled[points[k]] if letters >= _LEAST_LETTERS else t.digits[points[k]]
        if value != NO_DIGIT:
            d[m] = value
            m += 1
    return VALID, m, _asked(t, points, ZERO) & PLUS != 0


@inner
def collect(t: Any, data: Any, i: int, end: int, d: Any, points: Any) -> tuple[int, int, bool]:
    """Collect the digits of a text, by the quick way if it is plain."""
    if i >= end:
        return EMPTY, 0, False
    why, m, plus = _ELSEWHERE, 0, False
    if end - i <= LONGEST_TEXT:
        why, m, plus = _collect_plain(t, data, i, end, d)
    if why == _ELSEWHERE:
        why, m, plus = _collect_any(t, data, i, end, d, points)
    if why == VALID and m > _MOST_DIGITS:
        why = ASK
    return why, m, plus
