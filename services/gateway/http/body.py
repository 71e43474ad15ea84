"""A request's body: read whole, within limits of length and time, before its handler is called."""

import asyncio

from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.http.problems import BodyTooLarge, BodyTooSlow, UnsupportedBody

BODY = web.RequestKey("body", bytes)


async def receive_body(request: web.Request, bytes_max: int) -> None:
    """Read the body; `body_of` has it then.

    Raises:
        BodyTooLarge: it is larger than `bytes_max`, or says that it will be.
        UnsupportedBody: it is compressed.
        BodyTooSlow: it was not complete within `body_timeout_s`.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedBody("Content-Encoding: a compressed body is not read")
    if (request.content_length or 0) > bytes_max:
        raise BodyTooLarge(f"body: must not be larger than {bytes_max} bytes")
    timeout_s = request.app[GATEWAY].config.body_timeout_s
    try:
        async with asyncio.timeout(timeout_s):
            request[BODY] = await _read(request, bytes_max)
    except TimeoutError:
        raise BodyTooSlow(f"the body was not complete within {timeout_s:g} s") from None


def body_of(request: web.Request) -> bytes:
    """Return the body that was received; empty for an operation that takes none."""
    body: bytes = request.get(BODY, b"")
    return body


async def _read(request: web.Request, bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body.extend(chunk)
        if len(body) > bytes_max:
            raise BodyTooLarge(f"body: must not be larger than {bytes_max} bytes")
    return bytes(body)
