from random import SystemRandom

from services.scheduler.config import SchedulerConfig, read_config
from services.scheduler.duties import all_duties
from services.scheduler.duty import Context
from services.scheduler.loop import DutyLoop
from shared.broker.publish import Publisher
from shared.clock import SystemClock
from shared.lifecycle import Lifecycle, serve
from shared.startup import (
    CLOSE_WITHIN_S,
    database_answers,
    readiness_of,
    start_database,
    start_probes,
    start_telemetry,
)


async def main(life: Lifecycle, config: SchedulerConfig) -> None:
    telemetry = await start_telemetry(life, config, "scheduler", instance=config.instance)
    clock = SystemClock()
    database = await start_database(life, config, "lazaret-scheduler")
    publisher = await life.start(
        "publisher", Publisher.open(config, "scheduler"), Publisher.close, within_s=CLOSE_WITHIN_S
    )
    readiness = readiness_of(
        life,
        config,
        required={"database": database_answers(database)},
        optional={"broker": publisher.check},
    )
    await start_probes(life, config, readiness, telemetry)
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
