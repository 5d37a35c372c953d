"""Candidates: the repaired texts of doubtful rows, as `phone_repairs.proposals` yields them, for plain ASCII.

What a rule does is told there. A row with characters that are not plain ASCII gets the sign `FOREIGN` and is left to
that module; that a candidate is a valid number is for the kernel to find out.

In all helpers `v` is the visible text of the row, `n` characters long, `w` what of it would be dialled, `m` characters;
a writing helper takes the place `at` where it writes and gives the place where it ended, the same if there was nothing.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inbound_core.columns.codes import LONGEST_TEXT
from inbound_core.columns.compiling import ZERO, constant, entry, inner, pointer, pointers, step
from inbound_core.columns.repair_rules import (
    DIGIT,
    KIND,
    SPACE,
    before_text,
    copy,
    decimal_tail,
    dialled,
    exit_code,
    exponent,
    first_of_several,
    lost_plus,
    lost_zeros,
    put,
    several,
    spaces_off,
    trunk_zero,
    write_out,
)
from inbound_core.phone_repairs import LONGEST, PhoneRepair

#: Repairs by number, in the order of their enum; 0 is none.
REPAIRS: tuple[PhoneRepair | None, ...] = (None, *PhoneRepair)


def _number(repair: PhoneRepair) -> np.uint8:
    # No plain number, for the reason that `constant` tells.
    return np.uint8(REPAIRS.index(repair))


_INVISIBLE = _number(PhoneRepair.INVISIBLE_CHARACTERS)
_DECIMAL = _number(PhoneRepair.DECIMAL_TAIL)
_EXPONENT = _number(PhoneRepair.WHOLE_EXPONENT)
_NEIGHBOUR = _number(PhoneRepair.NEIGHBOUR_REGION)
_TRUNK = _number(PhoneRepair.TRUNK_ZERO)
_EXIT = _number(PhoneRepair.EXIT_CODE)
_LOST_PLUS = _number(PhoneRepair.LOST_PLUS)
_FIRST = _number(PhoneRepair.FIRST_OF_SEVERAL)
_TRAILING = _number(PhoneRepair.TRAILING_TEXT)

# Signs of a row: what its text tells beside its candidates.
BLANK, FOREIGN, SEVERAL, LOSSY, BRIEF = 1, 2, 4, 8, 16

#: Stands for a row without a neighbouring region.
NO_NEIGHBOUR = 0xFFFF
#: The most candidates of one row, and the most bytes that one takes.
MOST_CANDIDATES = 10
WIDEST = LONGEST + 4

_SPACE, _PLUS = constant(32), constant(43)


class Made(NamedTuple):
    """Hold candidates: their text, and for each where it ends, its row, its repair, the home to read it with."""

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]
    row: NDArray[np.int64]
    repair: NDArray[np.uint8]
    home: NDArray[np.uint16]


@inner
def _keep(made: Any, count: int, before: int, at: int, row: int, repair: Any, home: int) -> int:
    """Keep a candidate that was written, if one was; give how many there are."""
    if at == before:
        return count
    made.ends[count], made.row[count], made.repair[count], made.home[count] = at, row, repair, home
    return count + 1


@step
def _look(data: Any, begin: int, end: int) -> int:
    """Give the sign `FOREIGN` or `BLANK` of a text, 0 for plain ASCII."""
    blank = True
    for k in range(begin, end):
        c = data[k]
        if c >= 127 or (c < 32 and not KIND[c] & SPACE):
            return FOREIGN
        blank = blank and KIND[c] & SPACE
    return BLANK if blank else 0


@step
def _make_visible(data: Any, begin: int, end: int, v: Any) -> bool:
    """Write a text with every white space as a plain blank; tell whether that changed anything."""
    changed = False
    for k in range(begin, end):
        c = data[k]
        v[k - begin] = _SPACE if KIND[c] & SPACE else c
        changed |= v[k - begin] != c
    return changed


@step
def _from_spreadsheet(v: Any, n: int, made: Any, count: int, at: int, row: int, home: int) -> tuple[int, int]:
    begin, end = spaces_off(v, ZERO, n), n
    while end > begin and v[end - 1] == _SPACE:
        end -= 1
    digits_end = decimal_tail(v, begin, end)
    if digits_end:
        before, at = at, copy(v, begin, digits_end, made.text, at)
        count = _keep(made, count, before, at, row, _DECIMAL, home)
        begin_digits = begin + 1 if v[begin] == _PLUS else begin
        before, at = at, copy(v, begin_digits, digits_end, made.text, put(made.text, at, _PLUS))
        count = _keep(made, count, before, at, row, _DECIMAL, home)
    mantissa_end = exponent(v, begin, end)
    lost = lost_zeros(v, begin, mantissa_end, end) if mantissa_end else -1
    if lost >= 0:
        before, at = at, write_out(v, begin, mantissa_end, lost, made.text, at)
        count = _keep(made, count, before, at, row, _EXPONENT, home)
        before, at = at, write_out(v, begin, mantissa_end, lost, made.text, put(made.text, at, _PLUS))
        count = _keep(made, count, before, at, row, _EXPONENT, home)
    return count, at


@step
def _from_dialling(
    t: Any, v: Any, n: int, w: Any, made: Any, count: int, at: int, row: int, home: int
) -> tuple[int, int]:
    m = dialled(v, n, w)
    begin = spaces_off(v, ZERO, n)
    international = begin < n and v[begin] == _PLUS
    before, at = at, trunk_zero(t, home, w, m, international, made.text, at)
    count = _keep(made, count, before, at, row, _TRUNK, home)
    before, at = at, exit_code(v, n, made.text, at)
    count = _keep(made, count, before, at, row, _EXIT, home)
    before, at = at, lost_plus(v, n, w, m, made.text, at)
    count = _keep(made, count, before, at, row, _LOST_PLUS, home)
    before, at = at, first_of_several(v, n, made.text, at)
    count = _keep(made, count, before, at, row, _FIRST, home)
    before, at = at, before_text(v, n, made.text, at)
    return _keep(made, count, before, at, row, _TRAILING, home), at


@step
def _signs(data: Any, begin: int, end: int, v: Any) -> int:
    """Give the signs of a row that its reason is told by."""
    n = end - begin
    first = spaces_off(v, ZERO, n)
    while n > first and v[n - 1] == _SPACE:
        n -= 1
    digits = 0
    for k in range(first, n):
        digits += KIND[v[k]] & DIGIT
    brief = 3 <= digits <= 6 and digits == n - first
    return (
        (SEVERAL if several(data, begin, end) else 0)
        | (LOSSY if exponent(v, first, n) else 0)
        | (BRIEF if brief else 0)
    )


@entry
def propose(
    tables: Any, offsets: Any, data: Any, rows: Any, homes: Any, neighbours: Any, scratch: Any, signs: Any, made: Any
) -> int:
    """Write the candidates of some rows and give how many there are.

    `rows` are the places of the rows in `offsets` (int64) and `data` (uint8); `homes` and `neighbours` are one for all
    rows or one per row of the whole column, `NO_NEIGHBOUR` where there is none. `signs` gets one item per item of
    `rows`, and `made` (see `Made`) needs room for `MOST_CANDIDATES` of `WIDEST` bytes for each.
    """
    t, out = pointers(tables), pointers(made)
    source = pointer(data)
    v, w = pointer(scratch[0]), pointer(scratch[1])
    step_of_homes = 1 if homes.size > 1 else 0
    step_of_neighbours = 1 if neighbours.size > 1 else 0
    count: int = ZERO
    at: int = ZERO
    for place in range(rows.size):
        row = rows[place]
        begin, end = offsets[row], offsets[row + 1]
        n = end - begin
        signs[place] = _look(source, begin, end)
        if signs[place] != 0 or n > LONGEST_TEXT:
            continue
        invisible = _make_visible(source, begin, end, v)
        signs[place] = _signs(source, begin, end, v)
        if n > LONGEST:
            continue
        home, near = homes[row * step_of_homes], neighbours[row * step_of_neighbours]
        if invisible:
            before, at = at, copy(v, ZERO, n, out.text, at)
            count = _keep(out, count, before, at, place, _INVISIBLE, home)
        local = home if near == NO_NEIGHBOUR else near
        count, at = _from_spreadsheet(v, n, out, count, at, place, local)
        if near != NO_NEIGHBOUR:
            before, at = at, copy(v, ZERO, n, out.text, at)
            count = _keep(out, count, before, at, place, _NEIGHBOUR, near)
        count, at = _from_dialling(t, v, n, w, out, count, at, place, local)
    return count
