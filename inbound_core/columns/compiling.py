"""Compiling: numba with its cache where there is one, and bare pointers, which the inner loops need.

numba counts references to every array that is handed from function to function, which makes small helpers four times
slower than their work. A pointer is not counted, so `pointer` and `pointers` let the kernels be written as small
functions; the arrays themselves must be arguments of the outermost function, which keeps them alive.
"""

import contextlib
import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numba.core.caching
import numba.core.cgutils
import numba.extending
import numba.np.arrayobj
import numpy as np

# Typed loosely: numba's own annotations leave out the parts that are used here.
_numba: Any = numba
_types: Any = numba.types
_arrays: Any = numba.np.arrayobj
_intrinsic: Any = numba.extending.intrinsic
_unpacked: Any = numba.core.cgutils.unpack_tuple
_FunctionCache: Any = numba.core.caching.FunctionCache

_PLAIN = {"error_model": "numpy", "boundscheck": False}
#: What numba makes around a function so that Python or C can call it; helpers need neither.
_BARE = {**_PLAIN, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Cache(_FunctionCache):  # type: ignore[misc]
    """Keep machine code on disk: stale with any module of this package, and never worth a failure.

    numba itself looks at the function's own module only, and lets a full disk end the call that compiled.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        digest = hashlib.sha256()
        for path in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(path.read_bytes())
        self._cache_file._source_stamp = digest.hexdigest()

    def load_overload(self, *what: Any) -> Any:
        """Give the machine code that was kept, None where there is none or it is not whole."""
        try:
            return super().load_overload(*what)
        except (OSError, EOFError, pickle.UnpicklingError):
            return None

    def save_overload(self, *what: Any) -> None:
        """Keep machine code where there is room for it."""
        with contextlib.suppress(OSError):
            super().save_overload(*what)


def entry(function: _Function) -> _Function:
    """Compile a function that Python calls; keep its machine code on disk where a folder can be written."""
    compiled: Any = _numba.njit(nogil=True, no_cfunc_wrapper=True, **_PLAIN)(function)
    with contextlib.suppress(RuntimeError):  # numba found no folder for its cache: compile anew in every process
        compiled._cache = _Cache(function)
    result: _Function = compiled
    return result


def constant(value: int) -> Any:
    """Give a number that a helper may be handed: for each different plain one numba would compile it anew."""
    return np.int64(value)


#: 0 as such a number.
ZERO = constant(0)


def is_loaded(function: Callable[..., Any]) -> bool:
    """Tell whether an entry's machine code is in memory, so that calling it costs its work alone."""
    return bool(getattr(function, "signatures", True))


def is_kept(function: Callable[..., Any]) -> bool:
    """Tell whether an entry's machine code is kept on disk once it is compiled."""
    return isinstance(getattr(function, "_cache", None), _Cache)


def is_at_hand(function: Callable[..., Any]) -> bool:
    """Tell whether an entry need not be compiled: its machine code is in memory, or kept on disk and fresh."""
    cache = getattr(getattr(function, "_cache", None), "_cache_file", None)
    with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
        return is_loaded(function) or bool(cache and cache._load_index())
    return False


def inner(function: _Function) -> _Function:
    """Compile a helper into whatever kernel calls it."""
    compiled: _Function = _numba.njit(forceinline=True, **_BARE)(function)
    return compiled


def step(function: _Function) -> _Function:
    """Compile a helper that stays a function of its own, for it is large or seldom needed."""
    compiled: _Function = _numba.njit(**_BARE)(function)
    return compiled


def _pointer(_context: Any, array: Any) -> Any:
    """Give the address of an array's first item, to be indexed like the array."""
    result = _types.CPointer(array.dtype)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _arrays.make_array(signature.args[0])(context, builder, arguments[0]).data

    return result(array), codegen


def _pointers(_context: Any, tables: Any) -> Any:
    """Give a named tuple of arrays as the same named tuple of pointers."""
    items = tuple(_types.CPointer(array.dtype) for array in tables.types)
    result = _types.BaseTuple.from_types(items, tables.instance_class)

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        arrays = zip(tables.types, _unpacked(builder, arguments[0]), strict=True)
        addresses = [_arrays.make_array(kind)(context, builder, array).data for kind, array in arrays]
        return context.make_tuple(builder, result, addresses)

    return result(tables), codegen


pointer: Any = _intrinsic(_pointer)
pointers: Any = _intrinsic(_pointers)
