import asyncio
import gc

from deploy.local.ports import free_ports
from shared.broker.session import Session
from shared.config import BrokerSettings


async def test_connections_that_never_opened_are_collected_in_silence() -> None:
    """Nothing is left to be awaited when a thread without an event loop happens to collect what a
    refused connect left behind.
    """
    (port,) = free_ports(1)
    settings = BrokerSettings(
        broker_url=f"amqp://127.0.0.1:{port}", broker_reconnect_delay_max_s=0.1
    )
    refused = asyncio.Event()

    class Watched(Session):
        async def _connect(self) -> object:  # type: ignore[override]
            try:
                return await super()._connect()
            finally:
                refused.set()

    gc.disable()
    try:
        session = Watched(settings, "test", prepare=lambda _channel: asyncio.sleep(0))
        await refused.wait()
        await session.close()
        await asyncio.to_thread(gc.collect)
    finally:
        gc.enable()
