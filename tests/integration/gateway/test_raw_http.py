"""What no HTTP library would send: slow, cut, broken and oversized requests, and readers that do
not read.
"""

import asyncio
import json
import select
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from services.gateway.http.security_headers import SECURITY_HEADERS
from services.gateway.identity.keys import NewKey

DEADLINE_S = 20.0

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def exchange(port: int, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the pieces, then read until the server closes; the status, headers and body of the first
    answer.
    """
    async with connected(port) as (reader, writer), asyncio.timeout(DEADLINE_S):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return parse(await reader.read())


def parse(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body[: int(headers.get("Content-Length", len(body)))]


def check_problem(answer: tuple[int, dict[str, str], bytes], status: int) -> None:
    got, headers, body = answer
    problem = json.loads(body)
    assert (got, problem["status"], headers["Content-Type"]) == (
        status,
        status,
        "application/problem+json",
    )
    assert SECURITY_HEADERS.items() <= headers.items()
    assert b"Traceback" not in body


def post(key: NewKey, *headers: str) -> bytes:
    lines = (
        "POST /api/v1/jobs HTTP/1.1",
        "Host: x",
        f"X-API-Key: {key.api_key}",
        "Content-Type: application/json",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode()


@pytest.mark.parametrize("settings", [{"http_header_timeout_s": 0.2}])
async def test_headers_that_do_not_come_are_not_waited_for(port: int) -> None:
    """A connection that says nothing, or stops in mid-header, is closed after the header
    timeout.
    """
    for begun in (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Half:"):
        async with connected(port) as (reader, writer), asyncio.timeout(DEADLINE_S):
            writer.write(begun)
            assert await reader.read() == b""


@pytest.mark.parametrize("settings", [{"http_header_timeout_s": 0.5}])
async def test_dripped_headers_do_not_extend_the_time(port: int) -> None:
    """A header line every moment does not keep a connection open."""
    async with connected(port) as (reader, writer), asyncio.timeout(DEADLINE_S):
        writer.write(b"GET / HTTP/1.1\r\n")
        closed = asyncio.create_task(reader.read())
        while not (await asyncio.wait({closed}, timeout=0.05))[0]:
            writer.write(b"X-Drip: 1\r\n")
        assert closed.exception() is not None or closed.result() == b""


@pytest.mark.parametrize("settings", [{"body_timeout_s": 0.2}])
async def test_a_body_that_does_not_come_is_told(port: int, key: NewKey) -> None:
    """A body that stops half-way is answered with 408, and the connection is closed."""
    answer = await exchange(port, post(key, "Content-Length: 100"), b'{"preset"')
    check_problem(answer, 408)
    assert answer[1]["Connection"] == "close"


async def test_broken_chunks_are_told(port: int, key: NewKey) -> None:
    """A chunk whose size is no number is answered with 400."""
    check_problem(
        await exchange(port, post(key, "Transfer-Encoding: chunked"), b"zz\r\n{}\r\n0\r\n\r\n"), 400
    )


async def test_length_and_chunks_together_are_refused(port: int, key: NewKey) -> None:
    """The beginning of a request smuggling is answered with 400."""
    smuggled = (
        post(key, "Content-Length: 4", "Transfer-Encoding: chunked")
        + b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    )
    check_problem(await exchange(port, smuggled), 400)


async def test_what_cannot_be_parsed_is_told(port: int) -> None:
    """Oversized lines and headers, too many of them, no HTTP at all: each a problem document."""
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(1000))
    for request in (
        b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 10_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX\x00Null: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    ):
        answer = await exchange(port, request)
        check_problem(answer, 400)
        assert b"xxxx" not in answer[2], "what was sent is not sent back"


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(port: int, key: NewKey) -> None:
    """Its length is enough to refuse it: 413 before a byte of it was sent."""
    check_problem(
        await exchange(port, post(key, "Content-Length: 99999999999", "Connection: close")), 413
    )


async def test_a_sender_who_hangs_up_does_no_harm(port: int, key: NewKey) -> None:
    """After a connection cut in mid-body the next request is answered."""
    async with connected(port) as (_reader, writer):
        writer.write(post(key, "Content-Length: 100") + b"{")
        await writer.drain()
    answer = await exchange(
        port, b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert answer[0] == 200


@pytest.mark.parametrize("settings", [{"write_timeout_s": 0.3}])
async def test_a_reader_who_does_not_read_is_cut(
    port: int, key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that nobody takes is given up after the write timeout, and its connection with
    it.
    """
    monkeypatch.setattr(
        "services.gateway.api.presets._preset_json", lambda _name: bytes(32 * 1024**2)
    )
    request = (
        f"GET /api/v1/presets/teaching-20 HTTP/1.1\r\nHost: x\r\nX-API-Key: {key.api_key}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request.encode())
        hang_up = select.poll()
        hang_up.register(connection, 0)  # errors and hang-ups are always told
        events = await asyncio.to_thread(hang_up.poll, DEADLINE_S * 1000)
    assert [event & select.POLLHUP for _descriptor, event in events] == [select.POLLHUP]


async def test_answers_come_back_on_one_connection(port: int) -> None:
    """Two pipelined requests are answered in order on one connection."""
    probe = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
    async with connected(port) as (reader, writer), asyncio.timeout(DEADLINE_S):
        writer.write(probe + b"\r\n" + probe + b"Connection: close\r\n\r\n")
        assert (await reader.read()).count(b"HTTP/1.1 200 OK") == 2


def test_the_web_server_is_the_one_that_was_verified() -> None:
    """The protocol's subclass leans on aiohttp's inner names: they must still be there."""
    assert hasattr(web.RequestHandler, "finish_response")
    assert hasattr(web.RequestHandler, "handle_error")
