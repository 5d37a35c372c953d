"""Compiling: numba with its cache where there is one, and bare pointers, which the inner loops need.

numba counts references to every array that is handed from function to function, which makes small helpers four times
slower than their work. A pointer is not counted, so `pointer` and `pointers` let the kernels be written as small
functions; the arrays themselves must be arguments of the outermost function, which keeps them alive.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numba.core.cgutils
import numba.extending
import numba.np.arrayobj

# Typed loosely: numba's own annotations leave out the parts that are used here.
_numba: Any = numba
_types: Any = numba.types
_arrays: Any = numba.np.arrayobj
_intrinsic: Any = numba.extending.intrinsic
_unpacked: Any = numba.core.cgutils.unpack_tuple

_PLAIN = {"error_model": "numpy", "boundscheck": False}
#: What numba makes around a function so that Python or C can call it; helpers need neither.
_BARE = {**_PLAIN, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

_Function = TypeVar("_Function", bound=Callable[..., Any])


def entry(function: _Function) -> _Function:
    """Compile a function that Python calls; keep its machine code on disk where a folder can be written."""
    try:
        compiled = _numba.njit(cache=True, nogil=True, **_PLAIN)(function)
    except RuntimeError:  # numba found no folder for its cache: compile anew in every process
        compiled = _numba.njit(nogil=True, **_PLAIN)(function)
    result: _Function = compiled
    return result


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
    """Give a named tuple of arrays of one type as the same named tuple of pointers."""
    result = _types.NamedUniTuple(_types.CPointer(tables.dtype.dtype), len(tables), tables.instance_class)

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        arrays = _unpacked(builder, arguments[0])
        items = [_arrays.make_array(tables.dtype)(context, builder, array).data for array in arrays]
        return context.make_tuple(builder, result, items)

    return result(tables), codegen


pointer: Any = _intrinsic(_pointer)
pointers: Any = _intrinsic(_pointers)
