"""What becomes of an export that cannot be completed."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web

from services.gateway.context import GATEWAY, Gateway
from services.gateway.exports.rendered_slices import RenderedSlice
from services.gateway.exports.sending import Download, OutgoingFile
from shared.encoders.interface.assembly import Concatenation

Slices = Callable[[], AsyncGenerator[RenderedSlice]]


@asynccontextmanager
async def sending(
    gateway: Gateway, slices: Slices, patients: int, ended: asyncio.Future[str]
) -> AsyncGenerator[int]:
    """A server whose every answer is these slices; `ended` gets the name of the error that a
    download ends with.
    """

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        try:
            await Download(request, response, "ndjson").send(
                slices(), OutgoingFile(Concatenation(), "identity"), patients
            )
        except ConnectionError as error:
            ended.set_result(type(error).__name__)
            raise
        ended.set_result("")
        return response

    app = web.Application()
    app[GATEWAY] = gateway
    app.router.add_get("/", handler)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def within(seconds: float, ended: Awaitable[str]) -> str:
    return await asyncio.wait_for(ended, seconds)


async def test_fewer_patients_than_promised_break_the_connection(gateway: Gateway) -> None:
    """When patients vanish under a download, the client sees a broken answer, not a shorter one
    that looks whole.
    """

    async def five() -> AsyncGenerator[RenderedSlice]:
        yield RenderedSlice(5, b"line\n" * 5)

    for promised, error in ((6, "ConnectionError"), (5, "")):
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        async with sending(gateway, five, promised, ended) as port, httpx.AsyncClient() as http:
            if error:
                with pytest.raises(httpx.RemoteProtocolError):
                    await http.get(f"http://127.0.0.1:{port}/")
            else:
                assert (await http.get(f"http://127.0.0.1:{port}/")).text == "line\n" * 5
            assert await within(5, ended) == error


@pytest.mark.parametrize("settings", [{"write_timeout_s": 0.5}])
async def test_a_client_that_takes_nothing_is_cut(gateway: Gateway) -> None:
    """The download ends after the time for one write, and nothing more is rendered for it."""
    rendered = 0

    async def endless() -> AsyncGenerator[RenderedSlice]:
        nonlocal rendered
        while True:
            rendered += 1
            yield RenderedSlice(1, bytes(1024 * 1024))

    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with sending(gateway, endless, 10**6, ended) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert await within(30, ended) == "ConnectionError"
    assert rendered < 64
