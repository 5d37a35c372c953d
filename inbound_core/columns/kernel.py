"""Kernel: `phonenumbers.parse` and what follows from it, as one pass over the rows of an Arrow buffer.

The order of questions is that of `phonenumbers.parse`; what it asks of regular expressions, the automata of `tables`
answer. Where an answer would need more than they know (a transform rule of a national prefix, a `;phone-context=`,
more than forty digits, characters beyond the basic plane), the row gets `ASK` and is read by phonenumbers itself.

In all helpers `t` is the tuple of tables, `d` the digits of the row, of which there are `m`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

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
from inbound_core.columns.compiling import entry, inner, pointer, pointers, step
from inbound_core.columns.prefixes import TRANSFORM
from inbound_core.columns.tables import BYTE_DIGIT, BYTE_ELSEWHERE, BYTE_PLUS, BYTE_START, BYTE_WANTED, Table

# Why a row has no valid number; 0 means that it has one.
VALID = 0
UNKNOWN_CODE = 1 + NumberParseException.INVALID_COUNTRY_CODE
NOT_A_NUMBER = 1 + NumberParseException.NOT_A_NUMBER
SHORT_AFTER_EXIT = 1 + NumberParseException.TOO_SHORT_AFTER_IDD
SHORT = 1 + NumberParseException.TOO_SHORT_NSN
LONG = 1 + NumberParseException.TOO_LONG
#: Beyond this, parsed but not valid: the rest is libphonenumber's `ValidationResult`.
PARSED = 10
POSSIBLE = PARSED + ValidationResult.IS_POSSIBLE
POSSIBLE_LOCALLY = PARSED + ValidationResult.IS_POSSIBLE_LOCAL_ONLY
#: Nothing stands in the row.
EMPTY = 50
#: Left to phonenumbers itself.
ASK = 200

_ELSEWHERE = 201
_TOO_LONG = int(ValidationResult.TOO_LONG)
_UNKNOWN_TYPE = int(PhoneNumberType.UNKNOWN)
_LONGEST_TEXT = 250
_MOST_DIGITS = 40
_MOST_NATIONAL = 17
_LEAST_NATIONAL = 2
_LEAST_LETTERS = 3

#: Room for one row's characters, with some to spare: `phonenumbers` reads at most 250.
SCRATCH = 512
#: The most bytes that one E.164 takes: plus, three digits of calling code, seventeen of national number.
WIDEST = 21


class Facts(NamedTuple):
    """Hold the tables as the kernel sees them; the meaning of each is told at `PhoneTables`."""

    digit_next: Table
    general: Table
    regions: Table
    types: Table
    prefix_next: Table
    prefix_outcomes: Table
    home_general: Table
    home_prefix: Table
    home_exit: Table
    home_code: Table
    home_lengths: Table
    home_may_strip: Table
    code_known: Table
    code_first: Table
    code_home: Table
    code_region: Table
    classes: Table
    properties: Table
    digits: Table
    dialled: Table
    viable_next: Table
    viable_accepts: Table
    extension_next: Table
    extension_accepts: Table
    byte_facts: Table
    byte_next: Table


class Found(NamedTuple):
    """Hold what `read_rows` fills, one item per row: the E.164 texts, where each ends, and codes."""

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]
    why: NDArray[np.uint8]
    region: NDArray[np.uint8]
    type: NDArray[np.uint8]
    ready: NDArray[np.uint8]


@inner
def _walk(t: Any, state: int, d: Any, start: int, m: int) -> int:
    """Step the automaton of national numbers over the digits."""
    for k in range(start, m):
        state = t.digit_next[state << 4 | d[k]]
    return state


@inner
def _prefix(t: Any, state: int, d: Any, start: int, m: int) -> Any:
    """Tell how many digits a prefix takes, or `TRANSFORM`."""
    k = start
    while k < m and state != 0:
        following = t.prefix_next[state << 4 | d[k]]
        if following == state:
            break
        state = following
        k += 1
    return t.prefix_outcomes[state]


@step
def _strip(t: Any, home: int, d: Any, start: int, m: int) -> int:
    """Give where the number starts behind its national prefix, or -1 where a transform rule applies.

    The prefix stays where only the number with it matches the general pattern.
    """
    first = t.home_prefix[home]
    if first == 0 or start >= m:
        return start
    taken = _prefix(t, first, d, start, m)
    if taken == TRANSFORM:
        return -1
    if taken == 0:
        return start
    general = t.home_general[home]
    if t.general[_walk(t, general, d, start, m)] and not t.general[_walk(t, general, d, start + taken, m)]:
        return start
    return start + taken


@inner
def _calling_code(t: Any, d: Any, at: int) -> tuple[int, int]:
    """Give the calling code that digits begin with, and its width; at least three digits must be there."""
    code = 0
    if d[at] != 0:
        for k in range(3):
            code = code * 10 + d[at + k]
            if t.code_known[code]:
                return code, k + 1
    return 0, 0


@inner
def _exit_code(t: Any, home: int, d: Any, m: int) -> Any:
    """Tell how many digits an exit code takes; none where a zero follows, for no calling code begins with it."""
    first = t.home_exit[home]
    if first == 0:
        return 0
    taken = _prefix(t, first, d, 0, m)
    return 0 if m > taken and d[taken] == 0 else taken


@step
def _own_code(t: Any, home: int, d: Any, m: int) -> int:
    """Give where the number starts if it leads with the calling code of its own home without a plus sign.

    0 where it does not, -1 where a transform rule applies.
    """
    code = t.home_code[home]
    width = 1 if code < 10 else 2 if code < 100 else 3
    leading = 0
    if m >= width:
        for k in range(width):
            leading = leading * 10 + d[k]
    if leading != code:
        return 0
    start = _strip(t, home, d, width, m)
    if start < 0:
        return -1
    general = t.home_general[home]
    fits = t.general[_walk(t, general, d, 0, m)]
    if t.home_lengths[home << 6 | m] == _TOO_LONG:
        return start
    return start if not fits and t.general[_walk(t, general, d, start, m)] else 0


@inner
def _national(t: Any, home: int, d: Any, start: int, m: int) -> tuple[int, int]:
    """Take the national prefix off behind a calling code: why not, and where the national number starts."""
    if m - start < _LEAST_NATIONAL:
        return SHORT, 0
    stripped = _strip(t, home, d, start, m)
    if stripped < 0:
        return ASK, 0
    if t.home_may_strip[home << 6 | (m - stripped)]:
        start = stripped
    if m - start > _MOST_NATIONAL:
        return LONG, 0
    return VALID, start


@step
def _behind_code(t: Any, code: int, d: Any, start: int, m: int) -> tuple[int, int, int]:
    why, start = _national(t, t.code_home[code], d, start, m)
    return why, code, start


@step
def _without_code(t: Any, home: int, d: Any, m: int, plus: bool) -> tuple[int, int, int]:
    """Resolve digits that no calling code leads, at least not behind a plus sign."""
    taken = _exit_code(t, home, d, m)
    if taken:
        if m - taken <= 2:
            return SHORT_AFTER_EXIT, 0, 0
        code, width = _calling_code(t, d, taken)
        if code == 0:
            return UNKNOWN_CODE, 0, 0
        return _behind_code(t, code, d, taken + width, m)
    start = _own_code(t, home, d, m)
    if start < 0:
        return ASK, 0, 0
    code = t.home_code[home]
    if start:
        return _behind_code(t, code, d, start, m)
    if plus:
        return UNKNOWN_CODE, 0, 0
    why, start = _national(t, home, d, 0, m)
    return why, code, start


@inner
def _resolve(t: Any, home: int, d: Any, m: int, plus: bool) -> tuple[int, int, int]:
    """Split digits as `phonenumbers.parse` does: why not, the calling code, where the national number starts."""
    if plus:
        if m <= 2:
            return SHORT_AFTER_EXIT, 0, 0
        code, width = _calling_code(t, d, 0)
        if code:
            return _behind_code(t, code, d, width, m)
    return _without_code(t, home, d, m, plus)


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
        if total > _LONGEST_TEXT:
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
    return VALID, m, _asked(t, points, 0) & PLUS != 0


@inner
def _write(out: Any, at: int, code: int, d: Any, start: int, m: int) -> int:
    """Write an E.164 and give where it ends."""
    out[at] = 43
    at += 1
    if code >= 100:
        out[at] = 48 + code // 100
        at += 1
    if code >= 10:
        out[at] = 48 + code // 10 % 10
        at += 1
    out[at] = 48 + code % 10
    at += 1
    for k in range(start, m):
        out[at] = 48 + d[k]
        at += 1
    return at


@inner
def _same(data: Any, i: int, end: int, out: Any, at: int, until: int) -> bool:
    """Tell whether the text is the E.164 that was written."""
    width = until - at
    if end - i != width:
        return False
    k = 0
    while k < width and data[i + k] == out[at + k]:
        k += 1
    return k == width


@inner
def _collect(t: Any, data: Any, i: int, end: int, d: Any, points: Any) -> tuple[int, int, bool]:
    """Collect the digits of a text, by the quick way if it is plain."""
    if i >= end:
        return EMPTY, 0, False
    why, m, plus = _ELSEWHERE, 0, False
    if end - i <= _LONGEST_TEXT:
        why, m, plus = _collect_plain(t, data, i, end, d)
    if why == _ELSEWHERE:
        why, m, plus = _collect_any(t, data, i, end, d, points)
    if why == VALID and m > _MOST_DIGITS:
        why = ASK
    return why, m, plus


@inner
def _present(bits: Any, count: int, row: int) -> bool:
    """Tell whether a row is not null; `count` 0 means that none is."""
    return count == 0 or (bits[row >> 3] >> (row & 7)) & 1 != 0


@entry
def read_rows(
    tables: Any, offsets: Any, data: Any, validity: Any, first_bit: int, homes: Any, scratch: Any, found: Any
) -> int:
    """Read every row of a column of texts; give how many bytes of E.164 were written.

    `offsets` (int64, one more than rows) and `data` (uint8) are the texts, `validity` their bitmap from `first_bit`
    on, empty where no row is null. `homes` is one home for all rows, or one per row. `scratch` is working room (int64).
    `found` names the arrays that are filled: `text` and `ends` (the E.164 and where each ends), `why`, `region`,
    `type` and `ready` (the text is its own E.164), one item per row.
    """
    t = pointers(tables)
    source, bits = pointer(data), pointer(validity)
    d, points = pointer(scratch[0]), pointer(scratch[1])
    out = pointer(found.text)
    step_of_homes = 1 if homes.size > 1 else 0
    at = 0
    for row in range(offsets.size - 1):
        begin, end = offsets[row], offsets[row + 1]
        if not _present(bits, validity.size, row + first_bit):
            end = begin
        region, kind, ready, before = 0, _UNKNOWN_TYPE, 0, at
        why, m, plus = _collect(t, source, begin, end, d, points)
        if why == VALID:
            why, code, start = _resolve(t, homes[row * step_of_homes], d, m, plus)
            if why == VALID:
                state = _walk(t, t.code_first[code], d, start, m)
                kind = t.types[state]
                region = t.code_region[code] or t.regions[state]
                if kind == _UNKNOWN_TYPE:
                    why = PARSED + t.home_lengths[t.code_home[code] << 6 | (m - start)]
                if why in (VALID, POSSIBLE, POSSIBLE_LOCALLY):
                    at = _write(out, at, code, d, start, m)
                    ready = _same(source, begin, end, out, before, at)
        found.ends[row] = at
        found.why[row], found.region[row], found.type[row], found.ready[row] = why, region, kind, ready
    return at
