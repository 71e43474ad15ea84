"""How this package compiles its inner loops: the same machine code everywhere, and no reordered arithmetic.

Only + - * / and sqrt are exact on every machine. Fused multiply-add and libm's functions are not, so code is compiled for
a generic processor, without fast mathematics, and `elementary.py` stands in for libm. NUMBA_DISABLE_JIT leaves all of it as Python.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

numba.config.CPU_NAME = "generic"

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile `function` as a part of the entries that call it. Python cannot call it: its wrappers would cost most of the compilation."""
    return cast("Function", numba.njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


def entry(function: Function) -> Function:
    """Compile `function` for Python to call, on its first call, and keep the code beside its source."""
    return cast("Function", numba.njit(cache=True, error_model="numpy")(function))
