"""A connection to a receiver, made again when it breaks; a message is sent until it is answered."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from lazaret.mllp.answer import COMMITTED, Answer, Malformed, NotAnAnswer, commit_to
from lazaret.mllp.blocks import END_BLOCK, START_BLOCK, Blocks
from lazaret.mllp.mode import Mode


class NoAnswer(Exception):
    """A message has no answer, and sending it again does not help or is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where messages go, and how long to try.

    `attempts_max` times each, the waits between doubling from the first to the longest.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    mode: Mode = Mode.ORIGINAL
    answer_timeout_s: float = 30.0
    attempts_max: int = 10
    wait_first_s: float = 0.2
    wait_max_s: float = 10.0

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def wait_s(self, failures: int) -> float:
        """How long to wait after so many failures.

        None after the first: many receivers close a connection after each answer.
        """
        if failures == 1:
            return 0.0
        return min(self.wait_first_s * 2.0 ** (failures - 2), self.wait_max_s)


@dataclass(slots=True)
class _Connection:
    blocks: Blocks
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def put(self, data: bytes) -> None:
        self.writer.write(START_BLOCK + data + END_BLOCK)
        await self.writer.drain()


class Link:
    """Delivers one message at a time. `on_trouble` is told why a message is sent yet again."""

    def __init__(
        self, receiver: Receiver, on_trouble: Callable[[str], object] = lambda _reason: None
    ) -> None:
        self._receiver = receiver
        self._on_trouble = on_trouble
        self._connection: _Connection | None = None
        self._committed = ""

    async def deliver(self, data: bytes, control_id: str) -> Answer:
        """Send until the receiver has answered to this control id. Raises NoAnswer."""
        failures = 0
        while True:
            try:
                async with asyncio.timeout(self._receiver.answer_timeout_s):
                    return await self._exchange(self._receiver.mode.ask(data), control_id)
            except (OSError, TimeoutError, EOFError, NotAnAnswer) as error:
                self._give_up_early(error, control_id)
                reason = _reason(error)
                self.close()
                failures += 1
                if failures >= self._receiver.attempts_max:
                    message = f"message {control_id} sent {failures} times: {reason}"
                    raise NoAnswer(f"{self._receiver}: {message}") from error
                if wait_s := self._receiver.wait_s(failures):
                    self._on_trouble(f"{self._receiver}: {reason}; trying again")
            await asyncio.sleep(wait_s)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.writer.close()
            self._connection = None

    def _give_up_early(self, error: Exception, control_id: str) -> None:
        """Raise NoAnswer where sending again brings the same, or a second patient."""
        fault = str(error) if isinstance(error, Malformed) else None
        if isinstance(error, TimeoutError) and self._connection is not None:
            fault = self._connection.blocks.fault()
        if fault:
            reason = f"the acknowledgement of message {control_id} cannot be read: {fault}"
        elif self._committed == control_id:
            reason = (
                f"message {control_id} was received ({COMMITTED}), but what came of it was not "
                "said in time; for a receiver that never says it: --acknowledgements accept"
            )
        else:
            return
        self.close()
        raise NoAnswer(f"{self._receiver}: {reason}") from error

    async def _exchange(self, data: bytes, control_id: str) -> Answer:
        connection = await self._connected()
        await connection.put(data)
        while True:
            answer = Answer.read(await connection.blocks.next())
            if answer.own_id is not None and answer.code != COMMITTED:
                await connection.put(commit_to(answer.own_id))
            if answer.control_id != control_id:
                continue
            if answer.code != COMMITTED or self._receiver.mode.ends_with_receipt:
                return answer
            self._committed = control_id

    async def _connected(self) -> _Connection:
        if self._connection is not None and self._connection.reader.at_eof():
            self.close()
        if self._connection is None:
            receiver = self._receiver
            reader, writer = await asyncio.open_connection(
                receiver.host, receiver.port, ssl=receiver.tls
            )
            self._connection = _Connection(Blocks(reader), reader, writer)
        return self._connection


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, EOFError):
        return "the connection was closed before the answer"
    return str(error) or type(error).__name__
