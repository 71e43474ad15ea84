"""Bytes copied by compiled loops."""

from collections.abc import Callable
from typing import Any, cast

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from shared.records.columns import Array


def _copy_bytes_code(_typing: Any, out: Any, at: Any, source: Any, start: Any, size: Any) -> Any:
    """Copy with one call of memcpy: a loop over indices is ten times slower."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, origin = (
            context.make_array(signature.args[place])(context, builder, arguments[place]).data
            for place in (0, 2)
        )
        memcpy: Any = cgutils.raw_memcpy
        memcpy(
            builder,
            builder.gep(target, [arguments[1]]),
            builder.gep(origin, [arguments[3]]),
            arguments[4],
            1,
        )
        return context.get_dummy_value()

    return types.void(out, at, source, start, size), generate


copy_bytes: Callable[[Array, int, Array, int, int], None] = cast("Any", intrinsic)(_copy_bytes_code)


def _copy_from_code(_typing: Any, out: Any, at: Any, address: Any, size: Any) -> Any:
    """Copy from an address: lists lie in as many arrays as a template names, which a compiled loop
    cannot take as they are.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        memcpy: Any = cgutils.raw_memcpy
        memcpy(
            builder,
            builder.gep(target, [arguments[1]]),
            builder.inttoptr(arguments[2], cgutils.voidptr_t),
            arguments[3],
            1,
        )
        return context.get_dummy_value()

    return types.void(out, at, address, size), generate


copy_from: Callable[[Array, int, int, int], None] = cast("Any", intrinsic)(_copy_from_code)
