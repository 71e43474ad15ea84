"""The heartbeat outlives a database session that falls silent."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from services.generator.config import GeneratorConfig
from services.generator.heartbeat import Generator, Heartbeat
from shared.clock import SystemClock
from shared.db.pool import Database
from shared.errors import Unavailable
from tests.integration.db.test_silent_server import frozen
from tests.integration.jobs.world import ENGINE, World
from tests.unit.generator.hand_clock import HandClock


async def test_leases_live_on_when_the_heartbeats_session_is_frozen(database_url: str) -> None:
    """It renews on another session before the lease has run out."""
    variables = {"DATABASE_URL": database_url, "BROKER_URL": "amqp://unused"}
    config = GeneratorConfig.load({f"LAZARET_{name}": value for name, value in variables.items()})
    database = await Database.open(config, "test")
    heart = await Database.open(config.heartbeat_settings, "heart")
    world = World(database)
    await world.begin()
    await world.submit(patients=10)
    batch = await world.claim((await world.dispatch())[0], lease_s=config.lease_s)
    assert batch is not None
    generator = Generator(uuid4(), ENGINE, lambda: 1)
    heartbeat = Heartbeat(
        heart, SystemClock(), generator, renew_s=config.renew_s, lease_s=config.lease_s
    )
    beating = asyncio.create_task(heartbeat.run())
    pid = "SELECT pid FROM pg_stat_activity WHERE application_name = 'heart' AND state IS NOT NULL"
    expires = "SELECT extract(epoch FROM lease_expires_at)::float8 FROM batches"
    with heartbeat.hold(batch.lease) as held:
        while not (found := await world.fetch(pid)):
            await asyncio.sleep(0.01)
        with frozen(int(str(found[0][0]))):
            before = float(str(await world.value(expires)))
            while float(str(await world.value(expires))) <= before + config.renew_s:
                assert await world.value("SELECT lease_expires_at > clock_timestamp() FROM batches")
                await asyncio.sleep(0.1)
        assert not held.gone.is_set()
    beating.cancel()
    await heart.close()
    await database.close()


async def test_slots_are_told_as_soon_as_there_are_any(database_url: str) -> None:
    """A process whose children become warm is not waited for until its next beat, and is ready only
    once the scheduler can know of it.
    """
    variables = {"DATABASE_URL": database_url, "BROKER_URL": "amqp://unused"}
    config = GeneratorConfig.load({f"LAZARET_{name}": value for name, value in variables.items()})
    database = await Database.open(config, "test")
    slots, asked = 0, asyncio.Event()

    def free() -> int:
        asked.set()
        return slots

    heartbeat = Heartbeat(
        database,
        HandClock(),  # it stands still: no beat is due after the first
        Generator(uuid4(), ENGINE, free),
        renew_s=0.01,
        lease_s=config.lease_s,
    )
    beating = asyncio.create_task(heartbeat.run())
    world = World(database)
    await asked.wait()
    with pytest.raises(Unavailable, match="no heartbeat"):
        await heartbeat.check()
    for slots in (2, 1):
        async with asyncio.timeout(60):
            while await world.fetch("SELECT slots FROM generators") != [(slots,)]:
                await asyncio.sleep(0.01)
        await heartbeat.check()
    beating.cancel()
    await database.close()
