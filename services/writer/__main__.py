from random import SystemRandom

from services.writer.config import WriterConfig, read_config
from services.writer.failures import Failures
from services.writer.handle_batch_failed import BatchFailedHandler
from services.writer.handle_batch_generated import BatchGeneratedHandler
from shared.broker.consume import Consumer
from shared.broker.consumers import Consumers
from shared.broker.topology import FAILED, WRITE
from shared.clock import SystemClock
from shared.db.migrate import wait_for_schema
from shared.lifecycle import Lifecycle, serve
from shared.startup import (
    CLOSE_WITHIN_S,
    database_answers,
    readiness_of,
    start_database,
    start_probes,
    start_telemetry,
)

FAILURES_IN_FLIGHT_MAX = 1


async def main(life: Lifecycle, config: WriterConfig) -> None:
    telemetry = await start_telemetry(life, config, "writer", instance=config.instance)
    clock = SystemClock()
    database = await start_database(life, config, "lazaret-writer", plan_once=True)
    consumers = Consumers()

    async def consume() -> Consumers:
        await wait_for_schema(database)
        failures = Failures(database, config.retry_policy, SystemRandom())
        generated, failed = (
            BatchGeneratedHandler(database, clock, failures),
            BatchFailedHandler(failures),
        )
        parts = config.parts_in_flight_max
        consumers.add(
            await Consumer.open(
                config,
                WRITE,
                generated.handle,
                prefetch=parts,
                name="writer",
                last_resort=generated.give_up,
            )
        )
        consumers.add(
            await Consumer.open(
                config, FAILED, failed.handle, prefetch=FAILURES_IN_FLIGHT_MAX, name="writer"
            )
        )
        return consumers

    readiness = readiness_of(
        life,
        config,
        required={"database": database_answers(database), "broker": consumers.check},
    )
    await start_probes(life, config, readiness, telemetry)
    await life.start(
        "consumers",
        consume(),
        lambda open_: open_.close(config.drain_timeout_s),
        within_s=config.drain_timeout_s + CLOSE_WITHIN_S,
    )
    await life.until_stopped()


if __name__ == "__main__":
    serve(main, read_config)
