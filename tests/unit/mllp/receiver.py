"""A receiver that acknowledges, and misbehaves as a test wants."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lazaret.mllp.blocks import END_BLOCK, START_BLOCK

# What a receiver does with one message: the bytes it sends back, None to close the connection
# without any.
Reaction = Callable[["MllpReceiver", str], bytes | None]


def answered(code: str, control_id: str, text: str = "", asks: str = "") -> bytes:
    """An acknowledgement in its block; `asks` is its MSH-15."""
    header = f"MSH|^~\\&|ENGINE||||20270101000000+0000||ACK|1|T|2.5.1|||{asks}"
    segments = f"{header}\rMSA|{code}|{control_id}|{text}\r"
    return START_BLOCK + segments.encode() + END_BLOCK


def accept(_receiver: "MllpReceiver", control_id: str) -> bytes | None:
    return answered("AA", control_id)


@dataclass
class MllpReceiver:
    """Listens on a free port. `reactions` are used up one a message; afterwards everything is
    accepted.
    """

    reactions: list[Reaction] = field(default_factory=list)
    closes_after_answer: bool = False
    received: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @asynccontextmanager
    async def listening(
        self, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> AsyncIterator["MllpReceiver"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    @property
    def control_ids(self) -> list[str]:
        return [message.split("|")[9] for message in self.received]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the sender has gone
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        block = await reader.readuntil(END_BLOCK)
        assert block.startswith(START_BLOCK)
        self.received.append(block[1:-2].decode())
        reaction = self.reactions.pop(0) if self.reactions else accept
        back = reaction(self, self.control_ids[-1])
        if back is None:
            return False
        writer.write(back)
        await writer.drain()
        return not self.closes_after_answer
