"""Which content-coding a client gets (RFC 9110, section 12.5.3), and the compressors behind
them.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, cast

import zstandard
from aiohttp import web
from isal import isal_zlib

IDENTITY = "identity"
LEVEL = 1
_GZIP_WINDOW = 31  # 15 bits, with gzip's header and trailer


class Compressor(Protocol):
    """One stream."""

    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


# In the server's order of preference where the client has none.
COMPRESSORS: Mapping[str, Callable[[], Compressor]] = {
    "zstd": lambda: cast("Compressor", zstandard.ZstdCompressor(level=LEVEL).compressobj()),
    "gzip": lambda: cast("Compressor", isal_zlib.compressobj(LEVEL, wbits=_GZIP_WINDOW)),
}


def choose_coding(accept_encoding: str | None, *, compressible: bool) -> str:
    """Return the coding with the highest weight, `identity` among them. Raises HTTPNotAcceptable
    when none is acceptable.
    """
    if accept_encoding is None:
        return IDENTITY
    weights = _weights(accept_encoding)
    offered = (*COMPRESSORS, IDENTITY) if compressible else (IDENTITY,)
    weighed = {coding: _weight(coding, weights) for coding in offered}
    best = max(offered, key=lambda coding: weighed[coding])
    if weighed[best] <= 0:
        raise web.HTTPNotAcceptable(text=f"Accept-Encoding: {', '.join(offered)} can be had")
    return best


def _weight(coding: str, weights: Mapping[str, float]) -> float:
    if coding in weights:
        return weights[coding]
    # Unmentioned, identity is acceptable but the last choice, unless a star refuses it.
    if coding == IDENTITY and weights.get("*", 1) > 0:
        return 1e-6
    return weights.get("*", 0)


def _weights(header: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for item in header.split(","):
        coding, _, parameter = item.partition(";")
        name, _, text = parameter.strip().partition("=")
        if coding.strip():
            weights[coding.strip().lower()] = _quality(text) if name.strip().lower() == "q" else 1.0
    return weights


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
