"""Sends an export to its client in constant memory; a download that cannot be completed is cut, so
that nobody takes it for whole.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.exports.rendered_slices import RenderedSlice
from services.gateway.http.content_coding import COMPRESSORS
from shared.encoders.interface.assembly import Assembly
from shared.errors import LazaretError
from shared.telemetry import names
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

# handed to the connection at once; the client has `write_timeout_s` to take them
WRITE_BYTES_MAX = 256 * 1024

log = structlog.get_logger(__name__)
_exported = counter(names.EXPORTED_BYTES)


class OutgoingFile:
    """What is sent for each slice: put together by the format, then compressed as was agreed. Its
    methods may run in any thread.
    """

    def __init__(self, assembly: Assembly, coding: str) -> None:
        self._assembly = assembly
        self._compressor = COMPRESSORS[coding]() if coding in COMPRESSORS else None

    def add(self, data: bytes) -> bytes:
        piece = self._assembly.add(data)
        return piece if self._compressor is None else self._compressor.compress(piece)

    def end(self) -> bytes:
        piece = self._assembly.end()
        return (
            piece
            if self._compressor is None
            else self._compressor.compress(piece) + self._compressor.flush()
        )


class Download:
    """One response being sent."""

    def __init__(
        self, request: web.Request, response: web.StreamResponse, format_name: str
    ) -> None:
        self._request = request
        self._response = response
        self._labels = {Attribute.FORMAT.value: format_name}
        self._write_timeout_s = request.app[GATEWAY].config.write_timeout_s

    async def send(
        self, slices: AsyncGenerator[RenderedSlice], file: OutgoingFile, patients: int
    ) -> None:
        """Send everything. `patients` is how many were promised.

        Raises:
            ConnectionError: it was cut: the client took nothing for too long, or the rest can no
                longer be had.
            LazaretError: nothing had been sent yet.
        """
        complete = False
        try:
            async with aclosing(slices):
                await self._send_all(slices, file, patients)
            complete = True
        except (LazaretError, TimeoutError) as error:
            if not self._response.prepared:
                raise
            log.warning("export cut", reason=error)
            raise ConnectionError("the export was cut") from error
        finally:
            if not complete and self._response.prepared and self._request.transport is not None:
                self._request.transport.abort()

    async def _send_all(
        self, slices: AsyncGenerator[RenderedSlice], file: OutgoingFile, patients: int
    ) -> None:
        sent = 0
        async for rendered in slices:
            await self._write(await asyncio.to_thread(file.add, rendered.data))
            sent += rendered.patients
        if sent != patients:
            raise LazaretError(f"{sent} of {patients} patients were still stored")
        await self._write(await asyncio.to_thread(file.end))
        async with asyncio.timeout(self._write_timeout_s):
            await self._response.write_eof()

    async def _write(self, data: bytes) -> None:
        if not self._response.prepared:
            await self._response.prepare(self._request)
        whole = memoryview(data)
        for start in range(0, len(whole), WRITE_BYTES_MAX):
            piece = whole[start : start + WRITE_BYTES_MAX]
            async with asyncio.timeout(self._write_timeout_s):
                await self._response.write(piece)
            _exported.add(len(piece), self._labels)
