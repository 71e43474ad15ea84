from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import uuid4

import pytest

from services.generator.child_process import Limits
from services.generator.children import Children
from services.generator.handle_generate_batch import GenerateBatchHandler
from services.generator.heartbeat import Generator, Heartbeat
from shared.broker.consume import Consumer
from shared.broker.consumers import Consumers
from shared.broker.depth import read_depth
from shared.broker.publish import Publisher
from shared.broker.topology import FAILED, PARKED, WRITE, generate_queue
from shared.clock import SystemClock
from shared.config import BrokerSettings, DatabaseSettings
from shared.db.pool import Database
from shared.jobs.actions import cancel
from shared.jobs.dispatch import Dispatched
from shared.jobs.states import Priority
from shared.records.engine_version import ENGINE_VERSION
from tests.integration.generator.conftest import LIMITS, STAND_IN
from tests.integration.jobs.world import World

NORMAL = generate_queue("normal", ENGINE_VERSION).name


class Rig:
    """A generator with two stand-in children, on a real broker and database."""

    def __init__(self, world: World, broker: BrokerSettings, publisher: Publisher) -> None:
        self.world = world
        self.broker = broker
        self.publisher = publisher

    async def start(self, limits: Limits = LIMITS) -> None:
        clock = SystemClock()
        generator = Generator(uuid4(), ENGINE_VERSION, lambda: 2)
        self.heartbeat = Heartbeat(self.world.database, clock, generator, renew_s=0.05, lease_s=15)
        self.beating = asyncio.create_task(self.heartbeat.run())
        self.children = await Children.open(2, limits, clock, STAND_IN)
        self.handler = GenerateBatchHandler(
            self.world.database,
            self.publisher,
            self.children,
            self.heartbeat,
            clock,
            lease_s=15,
            part_bytes_max=10**6,
        )
        self.consumers = Consumers()
        for priority in Priority:
            handle = partial(self.handler.handle, priority=priority)
            consumer = await Consumer.open(
                self.broker,
                generate_queue(priority, ENGINE_VERSION),
                handle,
                prefetch=3,
                name="test",
                last_resort=self.handler.give_up,
            )
            await consumer.until_subscribed()
            self.consumers.add(consumer)

    async def drain(self, work_time_s: float) -> None:
        """As the service does."""
        self.children.stop_lending()
        asyncio.get_running_loop().call_later(work_time_s, self.handler.hand_back.set)
        await asyncio.gather(self.heartbeat.leave(), self.consumers.close(work_time_s + 5))
        self.beating.cancel()
        await self.children.close()

    async def send(self, dispatched: Dispatched) -> None:
        message = dispatched.message
        queue = generate_queue(dispatched.priority, ENGINE_VERSION)
        await self.publisher.publish(
            message,
            message_id=str(message.lease_id),
            routing=queue.route,
        )

    async def submit(self, do: str, patients: int = 25) -> tuple[Dispatched, ...]:
        """A job whose children do this, its batches dispatched and sent."""
        await self.world.submit(
            scenario={"do": do}, engine_version=ENGINE_VERSION, patients=patients, part_patients=5
        )
        dispatched = await self.world.dispatch()
        for each in dispatched:
            await self.send(each)
        return dispatched

    async def dispatch(self) -> int:
        """Dispatch and send what is due; returns the number of batches."""
        await self.world.beat(engine_version=ENGINE_VERSION)
        dispatched = await self.world.dispatch()
        for each in dispatched:
            await self.send(each)
        return len(dispatched)

    async def until_depth(self, queue: str, messages: int) -> None:
        while (await read_depth(self.publisher.session, queue)).messages != messages:
            await asyncio.sleep(0.02)

    async def until_idle(self) -> None:
        """Until what was delivered has ended."""
        while self.handler._running:
            await asyncio.sleep(0.02)

    async def until_batches(self, *states: str) -> None:
        """Until every batch is in one of these states."""
        while not {
            state for (state,) in await self.world.fetch("SELECT state FROM batches")
        } <= set(states):
            await asyncio.sleep(0.02)


@pytest.fixture
async def rig(database_url: str, amqp_url: str) -> AsyncIterator[Rig]:
    database = await Database.open(DatabaseSettings(database_url=database_url), "test")  # type: ignore[arg-type]
    broker = BrokerSettings(broker_url=amqp_url, broker_reconnect_delay_max_s=0.5)  # type: ignore[arg-type]
    publisher = await Publisher.open(broker, "test")
    await publisher.session.until_open()
    world = World(database)
    await world.begin()
    await world.beat(engine_version=ENGINE_VERSION)
    yield Rig(world, broker, publisher)
    await publisher.close()
    await database.close()


async def test_every_part_of_every_batch_is_sent(rig: Rig) -> None:
    """Parts are in the writer's queue before the batch is `generated` and its message is gone."""
    await rig.start()
    await rig.submit("make_parts")
    await rig.until_batches("generated")
    assert (await read_depth(rig.publisher.session, WRITE.name)).messages == 5
    await rig.until_depth(NORMAL, 0)
    await rig.drain(0)


@pytest.mark.parametrize("do", ["crash", "grow"])
async def test_a_failure_is_reported(rig: Rig, do: str) -> None:
    """Once, to the writer; the message is done with."""
    await rig.start()
    await rig.submit(do, patients=10)
    await rig.until_depth(FAILED.name, 1)
    await rig.drain(0)
    assert (await read_depth(rig.publisher.session, NORMAL)).messages == 0


async def test_a_batch_that_can_never_be_begun_is_reported(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a defect before the claim its message is parked, and the writer hears of it."""
    monkeypatch.setattr("shared.broker.consume.FAILURE_PAUSE_S", 0.0)
    await rig.start()
    monkeypatch.setattr(rig.handler, "_claim", None)
    await rig.submit("make_parts", patients=5)
    await rig.until_depth(PARKED, 1)
    assert (await read_depth(rig.publisher.session, FAILED.name)).messages == 1
    await rig.drain(0)


async def test_a_cancelled_job_frees_its_children(rig: Rig) -> None:
    """Within a second another job's batches are generated on the same slots."""
    await rig.start()
    (dispatched, *_) = await rig.submit("ignore_soft_limit")
    await rig.until_batches("generating", "dispatched")
    await rig.world.act(cancel, dispatched.message.job_id)
    await rig.submit("make_parts", patients=5)
    await rig.until_depth(WRITE.name, 1)
    await rig.drain(0)
    assert (await read_depth(rig.publisher.session, FAILED.name)).messages == 0


async def test_a_lost_lease_ends_the_work(rig: Rig) -> None:
    """A batch that was given to somebody else is neither finished nor reported."""
    await rig.start()
    await rig.submit("one_part_then_hang", patients=5)
    await rig.until_batches("generating")
    await rig.world.execute(
        "UPDATE batches SET state = 'pending', lease_id = NULL, lease_expires_at = NULL"
    )
    await rig.until_depth(NORMAL, 0)
    async with rig.children.lend(Priority.HIGH), rig.children.lend(Priority.HIGH):
        pass
    await rig.drain(0)
    assert (await read_depth(rig.publisher.session, FAILED.name)).messages == 0


async def test_a_redelivery_of_what_is_in_work_waits_for_it(rig: Rig) -> None:
    """The same lease is simulated once, however often its message comes."""
    await rig.start()
    (dispatched,) = await rig.submit("make_parts", patients=5)
    await asyncio.gather(*(rig.send(dispatched) for _ in range(3)))
    await rig.until_batches("generated")
    await rig.until_depth(NORMAL, 0)
    await rig.drain(1)
    assert (await read_depth(rig.publisher.session, WRITE.name)).messages == 1


async def test_a_job_of_another_engine_is_left_alone(rig: Rig) -> None:
    """Its message is taken, its batch is not."""
    await rig.start()
    await rig.world.beat(engine_version="another")
    await rig.world.submit(scenario={"do": "crash"}, engine_version="another", patients=5)
    (dispatched,) = await rig.world.dispatch()
    await rig.send(dispatched)
    await rig.until_depth(NORMAL, 0)
    await rig.until_idle()
    await rig.drain(0)
    assert await rig.world.fetch("SELECT state, failures FROM batches") == [("dispatched", 0)]


async def test_a_drain_lets_work_end(rig: Rig) -> None:
    """With time enough what is in work is generated, and what waits goes back."""
    await rig.start()
    await rig.submit("make_parts", patients=100)
    await rig.drain(20)
    states = [state for (state,) in await rig.world.fetch("SELECT state FROM batches")]
    assert set(states) <= {"generated", "pending", "dispatched"}
    parts = (await read_depth(rig.publisher.session, WRITE.name)).messages
    assert parts == 2 * states.count("generated")


@pytest.mark.timeout(240)
async def test_twenty_drains_lose_and_fail_nothing(rig: Rig) -> None:
    """Batches that cannot end in time are handed back every time: none fails, none is parked, and
    all are generated at last.
    """
    await rig.world.submit(
        scenario={"do": "hang"}, engine_version=ENGINE_VERSION, patients=60, part_patients=5
    )
    for _ in range(20):
        await rig.start()
        assert await rig.dispatch() > 0
        await rig.drain(0)
        assert set(await rig.world.fetch("SELECT state, failures FROM batches")) <= {
            ("pending", 0),
            ("dispatched", 0),
        }
    await rig.world.execute("""UPDATE jobs SET scenario = '{"do": "make_parts"}'""")
    await rig.start()
    assert await rig.dispatch() > 0
    await rig.until_batches("generated")
    await rig.drain(1)
    assert (await read_depth(rig.publisher.session, WRITE.name)).messages == 12
    assert (await read_depth(rig.publisher.session, PARKED)).messages == 0
