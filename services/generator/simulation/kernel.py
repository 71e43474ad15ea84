"""How this package compiles its inner loops: the same machine code everywhere, and no reordered arithmetic.

Only + - * / and sqrt are exact on every machine. Fused multiply-add and libm's functions are not, so code is compiled for
a generic processor, without fast mathematics, and `elementary.py` stands in for libm. NUMBA_DISABLE_JIT leaves all of it as Python.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

numba.config.CPU_NAME = "generic"

Function = TypeVar("Function", bound=Callable[..., Any])


def _widened(kind: Any) -> Any:
    return numba.types.int64 if isinstance(kind, numba.types.Integer | numba.types.IntegerLiteral) else numba.types.unliteral(kind)


def _compile_once(compiled: Any) -> Any:
    """Let every integer arrive as int64: else each constant and each width in a call would compile the function anew."""
    template = compiled.get_call_template
    compiled.get_call_template = lambda args, kws: template(tuple(map(_widened, args)), kws)
    return compiled


def kernel(function: Function) -> Function:
    """Compile `function` as a part of the entries that call it. Python cannot call it: its wrappers would cost most of the compilation."""
    compiled = numba.njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return cast("Function", compiled if numba.config.DISABLE_JIT else _compile_once(compiled))


def entry(function: Function) -> Function:
    """Compile `function` for Python to call, on its first call, and keep the code beside its source."""
    return cast("Function", numba.njit(cache=True, error_model="numpy")(function))
