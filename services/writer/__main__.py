from random import SystemRandom

from services.writer.config import WriterConfig, read_config
from services.writer.failures import Failures
from services.writer.handle_batch_failed import BatchFailedHandler
from services.writer.handle_batch_generated import BatchGeneratedHandler
from shared.broker.consume import Consumer
from shared.broker.consumers import Consumers
from shared.broker.topology import FAILED, WRITE
from shared.clock import SystemClock
from shared.db.migrate import check_schema_version, wait_for_schema
from shared.db.pool import CLOSE_TIMEOUT_S, Database
from shared.health.admin_server import AdminServer
from shared.health.readiness import Readiness
from shared.lifecycle import Lifecycle, serve
from shared.telemetry.setup import Telemetry, setup

CLOSE_WITHIN_S = 5.0
FAILURES_IN_FLIGHT_MAX = 1


async def main(life: Lifecycle, config: WriterConfig) -> None:
    telemetry = await life.start(
        "telemetry",
        setup(config, "writer", instance=config.instance),
        Telemetry.close,
        within_s=config.telemetry_flush_timeout_s,
    )
    clock = SystemClock()
    opening = Database.open(config, "lazaret-writer", plan_once=True)
    database = await life.start("database", opening, Database.close, within_s=CLOSE_TIMEOUT_S + 1)
    consumers = Consumers()

    async def database_answers() -> None:
        async with database.connection() as connection:
            await check_schema_version(connection)

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

    readiness = Readiness(
        required={"database": database_answers, "broker": consumers.check},
        clock=clock,
        stopping=lambda: life.stopping,
        cache_s=config.readiness_cache_s,
        timeout_s=config.readiness_timeout_s,
    )
    await life.start(
        "admin server",
        AdminServer.open(config, readiness, telemetry),
        AdminServer.close,
        within_s=CLOSE_WITHIN_S,
    )
    await life.start(
        "consumers",
        consume(),
        lambda open_: open_.close(config.drain_timeout_s),
        within_s=config.drain_timeout_s + CLOSE_WITHIN_S,
    )
    await life.until_stopped()


if __name__ == "__main__":
    serve(main, read_config)
