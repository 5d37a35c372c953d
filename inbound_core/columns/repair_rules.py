"""Repair rules: each rule of `phone_repairs.proposals` as a small function over the bytes of plain ASCII.

In all helpers `v` is the visible text of the row, `n` characters long, `w` what of it would be dialled, `m` characters;
a writing helper takes the place `at` where it writes and gives the place where it ended, the same if there was nothing.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inbound_core.columns.compiling import ZERO, constant, inner, step
from inbound_core.phone_repairs import LEAST_INTERNATIONAL, NORTH_AMERICA

_PLUS, _ZERO, _ONE, _NINE = (constant(ord(sign)) for sign in "+019")
_OPEN, _DOT, _COMMA, _NEWLINE = (ord(sign) for sign in "(.,\n")
_A, _D, _E, _N, _O, _R = (ord(letter) for letter in "adenor")
#: The bit that tells a small letter from its capital.
_ANY_CASE = constant(32)


# What a byte can be, as bits of `KIND`.
DIGIT, SPACE, DECORATION, WORD, BETWEEN = 1, 2, 4, 8, 16


def _kinds() -> NDArray[np.uint8]:
    """Say of each byte what it is: a digit, white space, what stands between digits, in words, between numbers."""
    kinds = np.zeros(256, np.uint8)
    for byte in range(128):
        character = chr(byte)
        kinds[byte] = (
            (DIGIT if character.isdigit() else 0)
            | (SPACE if character.isspace() else 0)
            | (DECORATION if character.isspace() or character in "().-" else 0)
            | (WORD if character.isalnum() or character == "_" else 0)
            | (BETWEEN if character in "/,;|&" else 0)
        )
    return kinds


KIND = _kinds()
_NUMBER_PART = DIGIT | DECORATION


@inner
def put(text: Any, at: int, c: int) -> int:
    """Write one character."""
    text[at] = c
    return at + 1


@inner
def copy(v: Any, begin: int, end: int, text: Any, at: int) -> int:
    """Write a part of a text."""
    for k in range(begin, end):
        text[at] = v[k]
        at += 1
    return at


@inner
def _put_number(text: Any, at: int, number: int) -> int:
    """Write a calling code of one to three digits."""
    if number >= 100:
        at = put(text, at, _ZERO + number // 100)
    if number >= 10:
        at = put(text, at, _ZERO + number // 10 % 10)
    return put(text, at, _ZERO + number % 10)


@inner
def _zeros_off(w: Any, k: int, m: int) -> int:
    while k < m and w[k] == _ZERO:
        k += 1
    return k


@step
def decimal_tail(v: Any, begin: int, end: int) -> int:
    """Give where the digits end before a decimal tail of zeros, 0 where there is none."""
    k = begin + 1 if begin < end and v[begin] == _PLUS else begin
    first = k
    while k < end and KIND[v[k]] & DIGIT:
        k += 1
    digits_end = k
    if not 7 <= k - first <= 15 or k >= end or (v[k] != _DOT and v[k] != _COMMA):
        return 0
    zeros_end = _zeros_off(v, k + 1, end)
    return digits_end if zeros_end == end and zeros_end > k + 1 else 0


@step
def exponent(v: Any, begin: int, end: int) -> int:
    """Give where the mantissa ends before an exponent of one or two digits, 0 where there is none."""
    k = begin
    if k >= end or not KIND[v[k]] & DIGIT:
        return 0
    k += 1
    if k < end and (v[k] == _DOT or v[k] == _COMMA):
        k += 1
        while k < end and KIND[v[k]] & DIGIT:
            k += 1
    mantissa_end = k
    if k >= end or v[k] | 32 != _E:
        return 0
    k += 2 if k + 1 < end and v[k + 1] == _PLUS else 1
    if not 1 <= end - k <= 2:
        return 0
    return mantissa_end if KIND[v[k]] & DIGIT and KIND[v[end - 1]] & DIGIT else 0


@step
def lost_zeros(v: Any, begin: int, mantissa_end: int, end: int) -> int:
    """Tell how many zeros an exponent stands for: 0 or 1, or -1 where it cannot be written out."""
    fraction = max(mantissa_end - begin - 2, 0)
    if v[begin] == _ZERO or mantissa_end - begin == 2:
        return -1
    exponent = v[end - 1] - _ZERO
    if KIND[v[end - 2]] & DIGIT:
        exponent += 10 * (v[end - 2] - _ZERO)
    lost = exponent - fraction
    return lost if 0 <= lost <= 1 else -1


@step
def write_out(v: Any, begin: int, mantissa_end: int, lost: int, text: Any, at: int) -> int:
    """Write the digits that an exponent stands for; `lost` is 1 where a zero must be put back."""
    at = copy(v, begin, begin + 1, text, at)
    at = copy(v, begin + 2, mantissa_end, text, at)
    return put(text, at, _ZERO) if lost else at


@step
def trunk_zero(t: Any, home: int, w: Any, m: int, international: bool, text: Any, at: int) -> int:
    """Write the number without its trunk zero, behind its own calling code or that of its home."""
    if international:
        code, k = 0, 1
        while k < m and k <= 3 and KIND[w[k]] & DIGIT and (k > 1 or w[k] != _ZERO):
            code = code * 10 + w[k] - _ZERO
            k += 1
            if t.code_known[code]:
                if k < m and w[k] == _ZERO:
                    at = copy(w, ZERO, k, text, at)
                    return copy(w, _zeros_off(w, k, m), m, text, at)
                return at
        return at
    code = t.home_code[home]
    if m == 0 or w[0] != _ZERO or (m > 1 and w[1] == _ZERO) or code == NORTH_AMERICA:
        return at
    at = _put_number(text, put(text, at, _PLUS), code)
    return copy(w, ZERO + 1, m, text, at)


@step
def exit_code(v: Any, n: int, text: Any, at: int) -> int:
    """Write the number with a plus sign where 00 or 011 leads."""
    k = spaces_off(v, ZERO, n)
    if k < n and v[k] == _PLUS:
        k = spaces_off(v, k + 1, n)
    if k + 1 < n and v[k] == _ZERO and v[k + 1] == _ZERO:
        k += 2
    elif k + 2 < n and v[k] == _ZERO and v[k + 1] == _ONE and v[k + 2] == _ONE:
        k += 3
    else:
        return at
    k = spaces_off(v, k, n)
    if k < n and _ONE <= v[k] <= _NINE:
        return copy(v, k, n, text, put(text, at, _PLUS))
    return at


@inner
def spaces_off(v: Any, k: int, n: int) -> int:
    """Give the next place that is no white space."""
    while k < n and KIND[v[k]] & SPACE:
        k += 1
    return k


@step
def lost_plus(v: Any, n: int, w: Any, m: int, text: Any, at: int) -> int:
    """Write what would be dialled with a plus sign, where nothing but digits and their decoration stands."""
    if m < LEAST_INTERNATIONAL or w[0] == _ZERO:
        return at
    for k in range(n):
        if not KIND[v[k]] & _NUMBER_PART:
            return at
    return copy(w, ZERO, m, text, put(text, at, _PLUS))


@inner
def _joining_word(v: Any, k: int, begin: int, end: int, mask: int) -> int:
    """Give the length of the word `or` or `and` at a place, else 0; `mask` is a bit that does not count."""
    if k > begin and KIND[v[k - 1]] & WORD:
        return 0
    length = 0
    if k + 1 < end and v[k] | mask == _O and v[k + 1] | mask == _R:
        length = 2
    elif k + 2 < end and v[k] | mask == _A and v[k + 1] | mask == _N and v[k + 2] | mask == _D:
        length = 3
    return 0 if k + length < end and KIND[v[k + length]] & WORD else length


@step
def first_of_several(v: Any, n: int, text: Any, at: int) -> int:
    """Write what stands before the first sign or word between numbers."""
    for k in range(n):
        if KIND[v[k]] & BETWEEN or _joining_word(v, k, ZERO, n, _ANY_CASE):
            return copy(v, ZERO, k, text, at)
    return at


@step
def before_text(v: Any, n: int, text: Any, at: int) -> int:
    """Write the number that a text begins with, where other text follows."""
    begin = spaces_off(v, ZERO, n)
    if begin >= n or not (KIND[v[begin]] & DIGIT or v[begin] == _PLUS or v[begin] == _OPEN):
        return at
    k, last = begin + 1, begin
    while k < n and (KIND[v[k]] & _NUMBER_PART):
        last = k if KIND[v[k]] & DIGIT else last
        k += 1
    return copy(v, begin, last + 1, text, at) if k < n and last - begin >= 6 else at


@step
def _number_follows(data: Any, k: int, end: int) -> bool:
    """Tell whether a number of six characters or more begins, blanks aside."""
    k = spaces_off(data, k, end)
    if k < end and (data[k] == _PLUS or data[k] == _OPEN):
        k += 1
    if k + 5 >= end or not KIND[data[k]] & DIGIT:
        return False
    j = k + 1
    while j < k + 6 and (KIND[data[j]] & _NUMBER_PART):
        j += 1
    return j == k + 6


@step
def several(data: Any, begin: int, end: int) -> bool:
    """Tell whether a row holds two numbers with a sign or a word between them."""
    first = -1
    for k in range(begin, end):
        c = data[k]
        if first >= 0 and k - first >= 6:
            width = 1 if KIND[c] & BETWEEN or c == _NEWLINE else _joining_word(data, k, begin, end, ZERO)
            if width > 0 and _number_follows(data, k + width, end):
                return True
        if KIND[c] & DIGIT:
            first = k if first < 0 else first
        elif not KIND[c] & DECORATION:
            first = -1
    return False


@step
def dialled(v: Any, n: int, w: Any) -> int:
    """Collect what of a text would be dialled; give how many characters."""
    m = 0
    for k in range(n):
        if KIND[v[k]] & DIGIT or v[k] == _PLUS:
            w[m] = v[k]
            m += 1
    return m
