from random import SystemRandom

from services.scheduler.config import SchedulerConfig, read_config
from services.scheduler.continuity import Continuity
from services.scheduler.duties import all_duties
from services.scheduler.duty import Context
from services.scheduler.loop import DutyLoop
from shared.broker.publish import Publisher
from shared.clock import SystemClock
from shared.errors import Unavailable
from shared.jobs.generators import stalled_versions
from shared.jobs.leases import CLAIM_LEASE_S
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
    database = await start_database(life, config, "lazaret-scheduler", by_index=True)
    publisher = await life.start(
        "publisher", Publisher.open(config, "scheduler"), Publisher.close, within_s=CLOSE_WITHIN_S
    )
    loops: list[DutyLoop] = []

    async def duties_are_done() -> None:
        """What cannot be done without the broker is told by the broker's check."""
        try:
            await publisher.check()
        except Unavailable:
            return
        for loop in loops:
            await loop.check()

    async def generators_live() -> None:
        async with database.connection() as connection:
            versions = await stalled_versions(connection)
        if versions:
            raise Unavailable(f"jobs wait for a generator of engine {', '.join(versions)}")

    readiness = readiness_of(
        life,
        config,
        required={"database": database_answers(database), "duties": duties_are_done},
        optional={"broker": publisher.check, "generators": generators_live},
    )
    await start_probes(life, config, readiness, telemetry)
    continuity = Continuity(clock, grace_s=CLAIM_LEASE_S)
    context = Context(config, database, publisher, SystemRandom(), continuity)
    loop = await life.start(
        "duties",
        DutyLoop.start(context, all_duties(config), clock),
        DutyLoop.stop,
        within_s=config.drain_timeout_s,
    )
    loops.append(loop)
    await life.until_stopped()


if __name__ == "__main__":
    serve(main, read_config)
