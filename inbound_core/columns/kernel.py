"""Kernel: `phonenumbers.parse` and what follows from it, as one pass over the rows of an Arrow buffer.

The order of questions is that of `phonenumbers.parse`; what it asks of regular expressions, the automata of `tables`
answer. Where an answer would need more than they know (a transform rule of a national prefix, a `;phone-context=`,
more than forty digits, characters beyond the basic plane), the row gets `ASK` and is read by phonenumbers itself.
"""

from typing import Any

from phonenumbers import PhoneNumberType

from inbound_core.columns.codes import PARSED, POSSIBLE, POSSIBLE_LOCALLY, UNPARSED, VALID
from inbound_core.columns.collecting import collect
from inbound_core.columns.compiling import ZERO, entry, inner, pointer, pointers
from inbound_core.columns.meanings import READY_ID
from inbound_core.columns.resolving import resolve, walk

_UNKNOWN_TYPE = int(PhoneNumberType.UNKNOWN)


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
def _present(bits: Any, count: int, row: int) -> bool:
    """Tell whether a row is not null; `count` 0 means that none is."""
    return count == 0 or (bits[row >> 3] >> (row & 7)) & 1 != 0


@entry
def read_rows(
    tables: Any,
    offsets: Any,
    data: Any,
    validity: Any,
    first_bit: int,
    homes: Any,
    meanings: Any,
    scratch: Any,
    found: Any,
) -> int:
    """Read every row of a column of texts; give how many bytes of E.164 were written.

    `offsets` (int64, one more than rows) and `data` (uint8) are the texts, `validity` their bitmap from `first_bit`
    on, empty where no row is null. `homes` is one home for all rows, or one per row. `meanings` translates codes into
    what is told of them. `scratch` is working room (int64). `found` names the arrays that are filled: `text` and `ends`
    (the E.164 and where each ends), `why`, `status`, `reason`, `region` and `type`, one item per row.
    """
    t = pointers(tables)
    source, bits = pointer(data), pointer(validity)
    d, points = pointer(scratch[0]), pointer(scratch[1])
    out = pointers(found)
    step_of_homes = 1 if homes.size > 1 else 0
    at: int = ZERO
    for row in range(offsets.size - 1):
        begin, end = offsets[row], offsets[row + 1]
        if not _present(bits, validity.size, row + first_bit):
            end = begin
        region, kind, ready, before = 0, UNPARSED, False, at
        why, m, plus = collect(t, source, begin, end, d, points)
        if why == VALID:
            why, code, start = resolve(t, homes[row * step_of_homes], d, m, plus)
            if why == VALID:
                state = walk(t, t.code_first[code], d, start, m)
                kind = t.types[state]
                region = t.code_region[code] or t.regions[state]
                if kind == _UNKNOWN_TYPE:
                    why = PARSED + t.home_lengths[t.code_home[code] << 6 | (m - start)]
                if why in (VALID, POSSIBLE, POSSIBLE_LOCALLY):
                    at = _write(out.text, at, code, d, start, m)
                    ready = why == VALID and _same(source, begin, end, out.text, before, at)
        out.ends[row] = at
        out.why[row], out.region[row] = why, region
        out.status[row] = READY_ID if ready else meanings[0, why]
        out.reason[row], out.type[row] = meanings[1, why], meanings[2, kind]
    return at
