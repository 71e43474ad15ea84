import asyncio
from functools import partial

import uuid_utils.compat as uuid_utils

from services.generator.children import Children
from services.generator.config import GeneratorConfig, read_config
from services.generator.handle_generate_batch import GenerateBatchHandler
from services.generator.heartbeat import Generator, Heartbeat
from shared.broker.consume import Consumer
from shared.broker.consumers import Consumers
from shared.broker.publish import Publisher
from shared.broker.topology import generate_queue
from shared.clock import SystemClock
from shared.db.migrate import wait_for_schema
from shared.db.pool import Database
from shared.jobs.states import Priority
from shared.lifecycle import Lifecycle, serve
from shared.records.engine_version import ENGINE_VERSION
from shared.startup import (
    CLOSE_WITHIN_S,
    database_answers,
    readiness_of,
    start_database,
    start_probes,
    start_telemetry,
)


async def main(life: Lifecycle, config: GeneratorConfig) -> None:
    telemetry = await start_telemetry(life, config, "generator", instance=config.instance)
    database = await start_database(life, config, "lazaret-generator", plan_once=True)
    beating = config.heartbeat_settings
    heart = await start_database(life, beating, "lazaret-generator-heartbeat", plan_once=True)
    publisher = await life.start(
        "publisher", Publisher.open(config, "generator"), Publisher.close, within_s=CLOSE_WITHIN_S
    )
    clock = SystemClock()
    children = await life.start(
        "children",
        Children.open(config.slots, config.child_limits, clock),
        Children.close,
        within_s=CLOSE_WITHIN_S,
    )
    generator = Generator(uuid_utils.uuid7(), ENGINE_VERSION, lambda: children.alive)
    heartbeat = Heartbeat(heart, clock, generator, renew_s=config.renew_s, lease_s=config.lease_s)
    consumers = Consumers()

    async def broker_answers() -> None:
        await consumers.check()
        await publisher.check()

    required = {
        "children": children.check,
        "heartbeat": heartbeat.check,
        "database": database_answers(database),
        "broker": broker_answers,
    }
    readiness = readiness_of(life, config, required=required)
    await start_probes(life, config, readiness, telemetry)
    life.run("children's watch", children.until_hopeless())
    life.run("heartbeat", heartbeat.run())
    handler = GenerateBatchHandler(
        database,
        publisher,
        children,
        heartbeat,
        clock,
        lease_s=config.lease_s,
        part_bytes_max=config.part_bytes_max,
    )
    await _consume(life, config, database, consumers, handler, children, heartbeat)
    await life.until_stopped()


async def _consume(
    life: Lifecycle,
    config: GeneratorConfig,
    database: Database,
    consumers: Consumers,
    handler: GenerateBatchHandler,
    children: Children,
    heartbeat: Heartbeat,
) -> None:
    """Take batches, once there is a child to work on them; last in, first out."""

    async def consume() -> Consumers:
        await wait_for_schema(database)
        await children.until_warm()
        for priority in Priority:
            handle = partial(handler.handle, priority=priority)
            consumers.add(
                await Consumer.open(
                    config,
                    generate_queue(priority, ENGINE_VERSION),
                    handle,
                    prefetch=config.slots + 1,
                    name="generator",
                    last_resort=handler.give_up,
                )
            )
        return consumers

    async def drain(consumers: Consumers) -> None:
        """What waits goes back at once, what is in work when its time is up."""
        children.stop_lending()
        asyncio.get_running_loop().call_later(config.work_time_s, handler.hand_back.set)
        await asyncio.gather(heartbeat.leave(), consumers.close(config.drain_timeout_s))

    await life.start(
        "consumers", consume(), drain, within_s=config.drain_timeout_s + CLOSE_WITHIN_S
    )


if __name__ == "__main__":
    serve(main, read_config)
