from random import SystemRandom

from services.scheduler.config import SchedulerConfig, read_config
from services.scheduler.duties import all_duties
from services.scheduler.duty import Context
from services.scheduler.loop import DutyLoop
from shared.broker.publish import Publisher
from shared.clock import SystemClock
from shared.db.migrate import check_schema_version
from shared.db.pool import CLOSE_TIMEOUT_S, Database
from shared.health.admin_server import AdminServer
from shared.health.readiness import Readiness
from shared.lifecycle import Lifecycle, serve
from shared.telemetry.setup import Telemetry, setup

CLOSE_WITHIN_S = 5.0


async def main(life: Lifecycle, config: SchedulerConfig) -> None:
    telemetry = await life.start(
        "telemetry",
        setup(config, "scheduler", instance=config.instance),
        Telemetry.close,
        within_s=config.telemetry_flush_timeout_s,
    )
    clock = SystemClock()
    database = await life.start(
        "database",
        Database.open(config, "lazaret-scheduler"),
        Database.close,
        within_s=CLOSE_TIMEOUT_S + 1,
    )

    async def database_answers() -> None:
        async with database.connection() as connection:
            await check_schema_version(connection)

    publisher = await life.start(
        "publisher", Publisher.open(config, "scheduler"), Publisher.close, within_s=CLOSE_WITHIN_S
    )
    readiness = Readiness(
        required={"database": database_answers},
        optional={"broker": publisher.check},
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
    context = Context(config, database, publisher, SystemRandom())
    await life.start(
        "duties",
        DutyLoop.start(context, all_duties(config), clock),
        DutyLoop.stop,
        within_s=config.drain_timeout_s,
    )
    await life.until_stopped()


if __name__ == "__main__":
    serve(main, read_config)
