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
from shared.broker.topology import GENERATE
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
    consumers = Consumers()

    async def broker_answers() -> None:
        await consumers.check()
        await publisher.check()

    readiness = readiness_of(
        life,
        config,
        required={"database": database_answers(database), "broker": broker_answers},
    )
    await start_probes(life, config, readiness, telemetry)
    await _generate(life, config, database, heart, publisher, consumers)
    await life.until_stopped()


async def _generate(
    life: Lifecycle,
    config: GeneratorConfig,
    database: Database,
    heart: Database,
    publisher: Publisher,
    consumers: Consumers,
) -> None:
    """Start what does the work: the heartbeat, the children, and last the consumers."""
    clock = SystemClock()
    generator = Generator(uuid_utils.uuid7(), ENGINE_VERSION, config.slots)
    heartbeat = Heartbeat(heart, clock, generator, renew_s=config.renew_s, lease_s=config.lease_s)
    life.run("heartbeat", heartbeat.run())
    children = await life.start(
        "children",
        Children.open(config.slots, config.child_limits, clock),
        Children.close,
        within_s=CLOSE_WITHIN_S,
    )
    handler = GenerateBatchHandler(
        database,
        publisher,
        children,
        heartbeat,
        clock,
        lease_s=config.lease_s,
        part_bytes_max=config.part_bytes_max,
    )

    async def consume() -> Consumers:
        await wait_for_schema(database)
        for priority in Priority:
            handle = partial(handler.handle, priority=priority)
            waiting = config.slots + 1
            consumers.add(
                await Consumer.open(
                    config,
                    GENERATE[priority],
                    handle,
                    prefetch=waiting,
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
