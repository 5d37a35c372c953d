"""Resolving: the digits of a row -> calling code and national number, in `phonenumbers.parse`'s order of asking.

A number is made `_whole` where a helper takes numbers of several widths: for each, numba would compile it anew.

In all helpers `t` is the tuple of tables, `d` the digits of the row, of which there are `m`, and a *home* is the region
(or calling code without a region) whose habits count.
"""

from typing import Any

import numpy as np
from phonenumbers import ValidationResult

from inbound_core.columns.codes import ASK, LONG, SHORT, SHORT_AFTER_EXIT, UNKNOWN_CODE, VALID
from inbound_core.columns.compiling import ZERO, inner, step
from inbound_core.columns.prefixes import TRANSFORM

_whole: Any = np.int64
_TOO_LONG = int(ValidationResult.TOO_LONG)
_MOST_NATIONAL = 17
_LEAST_NATIONAL = 2


@inner
def walk(t: Any, state: int, d: Any, start: int, m: int) -> int:
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
def _strip(t: Any, home: int, d: Any, start: int, m: int) -> Any:
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
    if t.general[walk(t, general, d, start, m)] and not t.general[walk(t, general, d, start + taken, m)]:
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
    taken = _prefix(t, first, d, ZERO, m)
    return 0 if m > taken and d[taken] == 0 else taken


@step
def _own_code(t: Any, home: int, d: Any, m: int) -> Any:
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
    fits = t.general[walk(t, general, d, ZERO, m)]
    if t.home_lengths[home << 6 | m] == _TOO_LONG:
        return start
    return start if not fits and t.general[walk(t, general, d, start, m)] else 0


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
    code = _whole(t.home_code[home])
    if start:
        return _behind_code(t, code, d, start, m)
    if plus:
        return UNKNOWN_CODE, 0, 0
    why, start = _national(t, home, d, ZERO, m)
    return why, code, start


@inner
def resolve(t: Any, home: int, d: Any, m: int, plus: bool) -> tuple[int, int, int]:
    """Split digits as `phonenumbers.parse` does: why not, the calling code, where the national number starts."""
    if plus:
        if m <= 2:
            return SHORT_AFTER_EXIT, 0, 0
        code, width = _calling_code(t, d, ZERO)
        if code:
            return _behind_code(t, code, d, width, m)
    return _without_code(t, home, d, m, plus)
