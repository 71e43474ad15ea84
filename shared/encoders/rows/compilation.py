"""How this package compiles its inner loops."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

# The compiled code is kept beside its source, and made before it is known on which machine it will
# run.
_settings: Any = numba.config
_settings.CPU_NAME = "generic"

Function = TypeVar("Function", bound=Callable[..., Any])


def part(function: Function) -> Function:
    """A piece of inner loops, compiled into each of them."""
    return cast("Function", numba.njit(inline="always")(function))


def entry(function: Function) -> Function:
    """What Python calls; other threads run meanwhile."""
    return cast("Function", numba.njit(cache=True, nogil=True)(function))
