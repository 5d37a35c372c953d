"""Compiling: numba with its cache where there is one, and bare pointers, which the inner loops need.

numba counts references to every array that is handed from function to function, which makes small helpers four times
slower than their work. A pointer is not counted, so `pointer` and `pointers` let the kernels be written as small
functions; the arrays themselves must be arguments of the outermost function, which keeps them alive.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
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
        _renew_with_the_package(compiled)
    except RuntimeError:  # numba found no folder for its cache: compile anew in every process
        compiled = _numba.njit(nogil=True, **_PLAIN)(function)
    result: _Function = compiled
    return result


def _renew_with_the_package(compiled: Any) -> None:
    """Let the cached machine code go stale with any module of this package, not only with the function's own."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    compiled._cache._cache_file._source_stamp = digest.hexdigest()


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
