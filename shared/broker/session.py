"""One connection with one channel, opened again whenever it is lost, for as long as the session
lives.

The library's own reconnecting client restores its objects behind the caller's back, can leave a
dead channel on a live connection, and waits the same time in every process. Here each loss ends
everything, and the owner's `prepare` builds it anew on a fresh channel.
"""

import asyncio
import logging
from asyncio import Event
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

from shared.broker.backoff import Backoff
from shared.broker.cancellation import cancel
from shared.config import BrokerSettings
from shared.errors import LazaretError, Unavailable

# What a call into the driver raises when the broker or the way to it is the reason.
TRANSPORT_ERRORS = CONNECTION_EXCEPTIONS
FIRST_PAUSE_S = 0.1
GOODBYE_TIMEOUT_S = 2.0
CLOSE_TIMEOUT_S = 6.0

Prepare = Callable[[AbstractChannel], Awaitable[None]]

log = structlog.get_logger(__name__)
# it says as errors, with stack traces, what is a warning here
logging.getLogger("aiormq").setLevel(logging.CRITICAL)


class _Connection(aio_pika.Connection):
    """Closed by its session, or never opened. The library's own would start a task to close itself
    from wherever it is collected.
    """

    def __del__(self) -> None:
        """Nothing: a collection in a thread without an event loop could not even start that
        task.
        """


class Session:
    """`prepare` runs on every fresh channel before anybody else gets it. Unroutable mandatory
    messages raise where they are published.
    """

    def __init__(self, settings: BrokerSettings, name: str, prepare: Prepare) -> None:
        self._settings = settings
        self._name = name
        self._prepare = prepare
        self._backoff = Backoff(FIRST_PAUSE_S, settings.broker_reconnect_delay_max_s)
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._opened = Event()
        self._lost = Event()
        self._keeper = asyncio.create_task(self._keep_open(), name=f"broker session {name}")

    @property
    def channel(self) -> AbstractChannel:
        """The open channel. Raises Unavailable while there is none."""
        if self._channel is None or self._channel.is_closed:
            raise Unavailable("broker unavailable")
        return self._channel

    async def until_open(self) -> None:
        """Wait, without limit, until the channel is open and prepared."""
        await self._opened.wait()

    async def blocked(self) -> bool:
        """Whether the broker has said that it takes nothing from this connection: it is short of
        memory or disk space.
        """
        transport = None if self._connection is None else self._connection.transport
        if transport is None:
            return False
        try:
            async with asyncio.timeout(0):
                await transport.ready()
        except TimeoutError:
            return True
        return False

    @asynccontextmanager
    async def side_channel(self) -> AsyncIterator[AbstractChannel]:
        """Lend a channel for questions: an error or a timeout closes the channel it happens on.

        Raises:
            Unavailable: the broker is unavailable, or did not answer within the connect timeout.
        """
        connection = self._connection
        if connection is None or connection.is_closed:
            raise Unavailable("broker unavailable")
        with unavailable_when_lost(self.channel):
            async with (
                asyncio.timeout(self._settings.broker_connect_timeout_s),
                connection.channel(publisher_confirms=False) as channel,
            ):
                yield channel

    def reset(self, reason: str) -> None:
        """Give this connection up, from now on, and open another."""
        log.warning("broker connection given up", session=self._name, reason=reason)
        self._opened.clear()
        self._channel = None
        self._lost.set()

    async def close(self) -> None:
        await cancel(self._keeper, CLOSE_TIMEOUT_S)

    async def _keep_open(self) -> None:
        pauses = self._backoff.pauses()
        while True:
            try:
                await self._hold_one()
                pauses = self._backoff.pauses()
            except TRANSPORT_ERRORS as error:
                log.warning("broker unavailable", session=self._name, reason=error)
            await asyncio.sleep(next(pauses))

    async def _hold_one(self) -> None:
        """Open, prepare, and return when it is lost."""
        self._lost.clear()
        connection = await self._connect()
        try:
            async with asyncio.timeout(self._settings.broker_connect_timeout_s):
                channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
                channel.close_callbacks.add(lambda *_: self._lost.set())
                await self._prepare(channel)
            self._connection, self._channel = connection, channel
            self._opened.set()
            log.info("broker connected", session=self._name)
            await self._lost.wait()
        finally:
            self._opened.clear()
            self._connection = self._channel = None
            await _close(connection)

    async def _connect(self) -> AbstractConnection:
        return await aio_pika.connect(
            self._settings.broker_url.get_secret_value(),
            timeout=self._settings.broker_connect_timeout_s,
            heartbeat=self._settings.broker_heartbeat_s,
            client_properties={"connection_name": self._name},
            connection_class=_Connection,
        )


@contextmanager
def unavailable_when_lost(channel: AbstractChannel) -> Iterator[None]:
    """Say `Unavailable` for whatever a driver's call raises because the broker or the way to it is
    gone.

    The driver ends the calls that a closing connection interrupts with a bare `Exception`, or as if
    their task had been cancelled.
    """
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise Unavailable("broker connection lost") from None
    except LazaretError:
        raise
    except Exception as error:
        if isinstance(error, TRANSPORT_ERRORS) or channel.is_closed:
            raise Unavailable(
                f"broker unavailable: {str(error) or type(error).__name__}"
            ) from error
        raise


async def _close(connection: AbstractConnection) -> None:
    """A peer that is gone does not answer the goodbye: it is bounded.

    By a task of its own, because the driver, when cancelled, waits for its callbacks without a
    limit.
    """
    closing = asyncio.create_task(connection.close())
    await asyncio.wait({closing}, timeout=GOODBYE_TIMEOUT_S)
    if not closing.done():
        closing.cancel()
        log.info("broker connection did not close cleanly", reason="no answer")
    elif not closing.cancelled() and (error := closing.exception()):
        log.info("broker connection did not close cleanly", reason=error)
