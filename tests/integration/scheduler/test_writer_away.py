"""Parts that wait for a writer are not made again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aio_pika import connect
from aio_pika.abc import AbstractChannel

from services.scheduler.duties import expire_leases
from services.scheduler.duty import Context
from shared.broker.depth import read_depth
from shared.broker.topology import WRITE
from shared.jobs.states import BatchState
from shared.messages.batch_generated import BatchGenerated
from tests.integration.jobs.world import World
from tests.integration.scheduler.test_duties import context, world

__all__ = ["context", "world"]


@pytest.fixture
async def writer(amqp_url: str, context: Context) -> AsyncIterator[AbstractChannel]:
    """A channel on which a stand-in for the writer may consume one part, and keep it."""
    async with await connect(amqp_url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=1)
        yield channel


async def let_a_generated_batch_expire(world: World) -> None:
    """All its parts are with the broker, and their lease has run out."""
    await world.submit(patients=10)
    batch = await world.claim((await world.dispatch())[0])
    assert batch is not None
    await world.generated(batch.lease)
    await world.let_leases_run_out()


async def send_parts(context: Context, parts: int) -> None:
    """So many messages in the writer's queue."""
    for number in range(parts):
        message = BatchGenerated(
            job_id=uuid4(),
            batch_no=0,
            lease_id=uuid4(),
            dispatch_no=1,
            part_no=number,
            parts_total=parts,
            first_ordinal=0,
            last_ordinal=0,
            schema_version=1,
            body=b"",
            sector_results=b"",
        )
        await context.publisher.publish(message, message_id=str(number), routing=WRITE.route)


async def consume(channel: AbstractChannel) -> None:
    """Take what comes and never settle it."""

    async def keep(_delivery: object) -> None:
        """Nothing comes of it."""

    queue = await channel.get_queue(WRITE.name, ensure=False)
    await queue.consume(keep)


async def test_without_a_writer_nothing_is_made_again(world: World, context: Context) -> None:
    """Nobody could store it: the batch keeps its lease and its place in the window."""
    await let_a_generated_batch_expire(world)
    assert await expire_leases.run_once(context) == {}
    assert await world.value("SELECT lease_expires_at > clock_timestamp() FROM batches")


async def test_behind_a_busy_writer_nothing_is_made_again(
    world: World, context: Context, writer: AbstractChannel
) -> None:
    """While parts wait in the queue the missing one may be among them."""
    await let_a_generated_batch_expire(world)
    await consume(writer)
    await send_parts(context, 3)
    while (await read_depth(context.publisher.session, WRITE.name)).messages != 2:
        pass
    assert await expire_leases.run_once(context) == {}


async def test_what_the_broker_has_lost_is_made_again(
    world: World, context: Context, writer: AbstractChannel
) -> None:
    """A writer waits and the queue is empty: the part is not there any more."""
    await let_a_generated_batch_expire(world)
    await consume(writer)
    assert await expire_leases.run_once(context) == {BatchState.GENERATED: 1}
