"""Answers that are text are compressed when the client can read that and it saves something."""

import asyncio

from aiohttp import web

from services.gateway.http.content_coding import COMPRESSORS, IDENTITY, choose_coding
from services.gateway.http.problems import Handler

BYTES_MIN = 1_024  # less fits into a packet or two as it is
ASIDE_BYTES = 256 * 1024  # as much is compressed in a millisecond; more is left to a thread

_TEXT_SUFFIXES = ("+json", "/json")


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress a whole text answer; what is streamed, or has a coding already, is left alone."""
    response = await handler(request)
    if not isinstance(response, web.Response) or not _is_text(response):
        return response
    response.headers["Vary"] = _with(response.headers.get("Vary"), "Accept-Encoding")
    body = response.body
    if not isinstance(body, bytes | bytearray) or len(body) < BYTES_MIN:
        return response
    coding = _coding(request)
    if coding != IDENTITY:
        small = len(body) <= ASIDE_BYTES
        response.body = (
            _pack(coding, body) if small else await asyncio.to_thread(_pack, coding, body)
        )
        response.headers["Content-Encoding"] = coding
    return response


def _coding(request: web.Request) -> str:
    """The coding the client likes best; one that accepts none gets the answer as it is."""
    try:
        return choose_coding(request.headers.get("Accept-Encoding"), compressible=True)
    except web.HTTPNotAcceptable:
        return IDENTITY


def _pack(coding: str, body: bytes | bytearray) -> bytes:
    compressor = COMPRESSORS[coding]()
    return compressor.compress(bytes(body)) + compressor.flush()


def _is_text(response: web.Response) -> bool:
    kind = response.content_type
    textual = kind.startswith("text/") or kind.endswith(_TEXT_SUFFIXES)
    return textual and "Content-Encoding" not in response.headers and not _is_certain(response)


def _is_certain(response: web.Response) -> bool:
    """Whether a strong tag promises these very bytes, by which they may be changed later."""
    return response.headers.get("ETag", "W/").startswith('"')


def _with(vary: str | None, name: str) -> str:
    names = [each.strip() for each in (vary or "").split(",") if each.strip()]
    return ", ".join(names if name in names else [*names, name])
