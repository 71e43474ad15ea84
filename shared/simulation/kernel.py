"""How this package compiles its inner loops: the same machine code everywhere, and no reordered
arithmetic.

Only + - * / and sqrt are exact on every machine. Fused multiply-add and libm's functions are not,
so code is compiled for a generic processor, without fast mathematics, and `elementary.py` stands in
for libm. NUMBA_DISABLE_JIT leaves all of it as Python.

Compiled code allocates nothing: without reference counts, which are atomic, the event loop runs
many times faster.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

import shared.simulation.world_type  # noqa: F401 -- numba learns from it how to hand on a World

numba.config.CPU_NAME = "generic"
_compiler: Any = numba.njit  # its annotations leave out half of its options

Function = TypeVar("Function", bound=Callable[..., Any])


def _widened(kind: Any) -> Any:
    return (
        numba.types.int64
        if isinstance(kind, numba.types.Integer | numba.types.IntegerLiteral)
        else numba.types.unliteral(kind)
    )


def _compile_once(compiled: Any) -> Any:
    """Let every integer arrive as int64: else each constant and each width in a call would compile
    the function anew.
    """
    template = compiled.get_call_template
    compiled.get_call_template = lambda args, kws: template(tuple(map(_widened, args)), kws)
    return compiled


def _sources_digest() -> str:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


_SOURCES = _sources_digest()


def _keep_with_sources(compiled: Any) -> Any:
    """Make the cache depend on the whole package: numba looks at an entry's own file only, not at
    the kernels that it calls.
    """
    key = compiled._cache._index_key  # noqa: SLF001 -- numba has no public seam for this
    compiled._cache._index_key = lambda sig, codegen: (*key(sig, codegen), _SOURCES)  # noqa: SLF001 -- the same
    return compiled


def _called(function: Function, *, inlined: bool) -> Function:
    compiled = _compiler(
        error_model="numpy",
        _nrt=False,
        forceinline=inlined,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )(function)
    return cast("Function", _compile_once(compiled) if hasattr(compiled, "py_func") else compiled)


def kernel(function: Function) -> Function:
    """Compile `function` into everything that calls it: for what is short or has one caller.

    Python cannot call it, nor a `routine`: their wrappers would cost most of the compilation.
    """
    return _called(function, inlined=True)


def routine(function: Function) -> Function:
    """Compile `function` for kernels, routines and entries to call: for what is long and stands in
    many places.
    """
    return _called(function, inlined=False)


def entry(function: Function) -> Function:
    """Compile `function` for Python to call, on its first call, and keep the code beside its
    source.
    """
    compiled = _compiler(cache=True, error_model="numpy", _nrt=False)(function)
    return cast(
        "Function", _keep_with_sources(compiled) if hasattr(compiled, "py_func") else compiled
    )
