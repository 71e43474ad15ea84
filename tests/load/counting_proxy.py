"""A TCP proxy that counts what clients say to PostgreSQL or RabbitMQ: costs that do not depend on
the machine.
"""

import asyncio
import struct
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES = 65_536
LOOPBACK = "127.0.0.1"
POSTGRES_PROTOCOL = 3 << 16
AMQP_HEADER_BYTES = 8
AMQP_METHODS = {(60, 40): "publish", (60, 60): "deliver", (60, 80): "ack"}

Count = Callable[[str], None]
Feed = Callable[[bytes], None]


class PostgresClient:
    """Cuts a client's bytes into messages: `execute` a statement, `round trip` a wait for the
    server, `copied` a slice of COPY.
    """

    NAMES: ClassVar = {
        "E": ("execute",),
        "Q": ("execute", "round trip"),
        "S": ("round trip",),
        "P": ("parse",),
        "d": ("copied",),
    }

    def __init__(self, count: Count) -> None:
        self._count, self._held, self._started = count, b"", False

    def feed(self, received: bytes) -> None:
        self._held += received
        while message := self._next():
            for name in self.NAMES.get(message, ()):
                self._count(name)

    def _next(self) -> str:
        """The type of the next whole message; nothing while it is incomplete. What comes before the
        start has no type.
        """
        head = 1 if self._started else 0
        if len(self._held) < head + 4:
            return ""
        (length,) = struct.unpack_from("!I", self._held, head)
        if len(self._held) < head + length:
            return ""
        kind = chr(self._held[0]) if self._started else "start"
        if not self._started:
            self._started = struct.unpack_from("!I", self._held, 4)[0] == POSTGRES_PROTOCOL
        self._held = self._held[head + length :]
        return kind


class Settled:
    """The delivery tags that were acknowledged on one channel. One acknowledgement may stand for
    several messages, as it happens: the messages are counted, not the frames.
    """

    def __init__(self) -> None:
        self._all_to, self._beyond = 0, set[int]()

    def settle(self, tag: int, *, multiple: bool) -> int:
        """Return how many messages this settles."""
        if not multiple:
            self._beyond.add(tag)
            return 1
        known = {each for each in self._beyond if each <= tag}
        settled = tag - self._all_to - len(known)
        self._all_to, self._beyond = tag, self._beyond - known
        return settled


class AmqpPeer:
    """Cuts one direction of AMQP 0-9-1 into frames and counts the methods that carry work."""

    def __init__(self, count: Count, *, client: bool) -> None:
        self._count, self._held, self._client = count, b"", client
        self._skip = AMQP_HEADER_BYTES if client else 0
        self._settled: defaultdict[int, Settled] = defaultdict(Settled)

    def feed(self, received: bytes) -> None:
        self._held += received
        if self._skip:
            if len(self._held) < self._skip:
                return
            self._held, self._skip = self._held[self._skip :], 0
        while len(self._held) >= 7:
            kind, channel, size = struct.unpack_from("!BHI", self._held)
            if len(self._held) < size + 8:
                return
            if kind == 1 and (name := AMQP_METHODS.get(struct.unpack_from("!HH", self._held, 7))):
                self._note(name, channel)
            self._held = self._held[size + 8 :]

    def _note(self, name: str, channel: int) -> None:
        if name != "ack":
            self._count(name)
            return
        tag, multiple = struct.unpack_from("!Q?", self._held, 11)
        for _ in range(self._settled[channel].settle(tag, multiple=multiple)):
            self._count("ack" if self._client else "confirm")


class CountingProxy:
    """`counts` goes on growing; compare two readings."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def since(self, before: Counter[str]) -> dict[str, int]:
        """What was counted since this reading, zeros left out."""
        return dict(self.counts - before)

    def reading(self) -> Counter[str]:
        return Counter(self.counts)

    def one(self, name: str) -> None:
        self.counts[name] += 1


@asynccontextmanager
async def counting(url: str) -> AsyncIterator[tuple[str, CountingProxy]]:
    """Yield the URL with the proxy's address in place of the server's, and the proxy."""
    parts, proxy = urlsplit(url), CountingProxy()
    amqp = parts.scheme.startswith("amqp")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(parts.hostname, parts.port)
        asked = AmqpPeer(proxy.one, client=True) if amqp else PostgresClient(proxy.one)
        answered = AmqpPeer(proxy.one, client=False).feed if amqp else None
        await asyncio.gather(
            _carry(reader, upstream_writer, asked.feed), _carry(upstream_reader, writer, answered)
        )

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, LOOPBACK, 0)
    address = f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    user = parts.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(parts._replace(netloc=f"{user}@{address}" if user else address)), proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, feed: Feed | None
) -> None:
    try:
        while received := await reader.read(CHUNK_BYTES):
            if feed:
                feed(received)
            writer.write(received)
            await writer.drain()
    except ConnectionError:
        pass  # the other side sees its end of it
    finally:
        writer.close()
