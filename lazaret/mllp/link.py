"""A connection to a receiver that is made again when it breaks; a message is sent until it is
answered.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from lazaret.mllp.answer import Answer, NotAnAnswer

START_BLOCK = b"\x0b"
END_BLOCK = b"\x1c\r"
ANSWER_BYTES_MAX = 64 * 1024


class NoAnswer(Exception):
    """A message was sent as often as allowed, and never answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where messages go, and how long to try: `attempts_max` times each, the waits between doubling
    from the first to the longest.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    answer_timeout_s: float = 30.0
    attempts_max: int = 10
    wait_first_s: float = 0.2
    wait_max_s: float = 10.0

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def wait_s(self, failures: int) -> float:
        """How long to wait after so many failures. None after the first: many receivers close a
        connection after each answer.
        """
        return (
            0.0
            if failures == 1
            else min(self.wait_first_s * 2.0 ** (failures - 2), self.wait_max_s)
        )


class Link:
    """Delivers one message at a time. `on_trouble` is told why a message has to be sent yet
    again.
    """

    def __init__(
        self, receiver: Receiver, on_trouble: Callable[[str], object] = lambda _reason: None
    ) -> None:
        self._receiver = receiver
        self._on_trouble = on_trouble
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def deliver(self, data: bytes, control_id: str) -> Answer:
        """Send until the receiver has answered to this control id. Raises NoAnswer."""
        failures = 0
        while True:
            try:
                async with asyncio.timeout(self._receiver.answer_timeout_s):
                    return await self._exchange(data, control_id)
            except (
                OSError,
                TimeoutError,
                EOFError,
                asyncio.LimitOverrunError,
                NotAnAnswer,
            ) as error:
                self.close()
                failures += 1
                if failures >= self._receiver.attempts_max:
                    raise NoAnswer(
                        f"{self._receiver}: message {control_id} sent {failures} times: "
                        f"{_reason(error)}"
                    ) from error
                if wait_s := self._receiver.wait_s(failures):
                    self._on_trouble(f"{self._receiver}: {_reason(error)}; trying again")
            await asyncio.sleep(wait_s)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, data: bytes, control_id: str) -> Answer:
        reader, writer = await self._connected()
        writer.write(START_BLOCK + data + END_BLOCK)
        await writer.drain()
        while True:
            answer = Answer.read(await _read_block(reader))
            if answer.control_id == control_id:
                return answer

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and self._streams[0].at_eof():
            self.close()
        if self._streams is None:
            receiver = self._receiver
            self._streams = await asyncio.open_connection(
                receiver.host, receiver.port, ssl=receiver.tls, limit=ANSWER_BYTES_MAX
            )
        return self._streams


async def _read_block(reader: asyncio.StreamReader) -> bytes:
    """The next block's content; what stands before its start is no part of it."""
    block = await reader.readuntil(END_BLOCK)
    _, start, content = block.removesuffix(END_BLOCK).rpartition(START_BLOCK)
    if not start:
        raise NotAnAnswer(f"no block, but {block[:60]!r}")
    return content


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, EOFError):
        return "the connection was closed before the answer"
    return str(error) or type(error).__name__
