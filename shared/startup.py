"""What every service starts with: telemetry first, the database, and the probes that tell of it."""

from collections.abc import Mapping
from functools import partial

from shared.clock import SystemClock
from shared.config import AdminSettings, DatabaseSettings, ReadinessSettings, TelemetrySettings
from shared.db.pool import CLOSE_TIMEOUT_S, Database
from shared.db.readiness import check_database
from shared.health.admin_server import AdminServer
from shared.health.readiness import Check, Readiness
from shared.lifecycle import Lifecycle
from shared.telemetry.event_loop import LoopWatch
from shared.telemetry.setup import Telemetry, setup

CLOSE_WITHIN_S = 5.0


async def start_telemetry(
    life: Lifecycle, config: TelemetrySettings, service: str, *, instance: str
) -> Telemetry:
    """Begin to log and measure as `instance` of `service`; it closes last."""
    telemetry = await life.start(
        "telemetry",
        setup(config, service, instance=instance),
        Telemetry.close,
        within_s=config.telemetry_flush_timeout_s,
    )
    await life.start("event loop watch", LoopWatch.start(), LoopWatch.close, within_s=1.0)
    return telemetry


async def start_database(
    life: Lifecycle,
    config: DatabaseSettings,
    name: str,
    *,
    plan_once: bool = False,
    by_index: bool = False,
) -> Database:
    """Open a pool; PostgreSQL shows its connections under `name`."""
    opening = Database.open(config, name, plan_once=plan_once, by_index=by_index)
    return await life.start(
        f"database {name}", opening, Database.close, within_s=CLOSE_TIMEOUT_S + 1
    )


def database_answers(database: Database) -> Check:
    """Make the check that the database has this code's schema and can be written."""
    return partial(check_database, database)


def readiness_of(
    life: Lifecycle,
    config: ReadinessSettings,
    *,
    required: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
) -> Readiness:
    """Make the process's readiness from its checks; a draining process is not ready."""
    return Readiness(
        required=required,
        optional=optional or {},
        clock=SystemClock(),
        stopping=lambda: life.stopping,
        cache_s=config.readiness_cache_s,
        timeout_s=config.readiness_timeout_s,
    )


async def start_probes(
    life: Lifecycle, config: AdminSettings, readiness: Readiness, telemetry: Telemetry
) -> None:
    """Answer probes and metrics, for a service that has no other HTTP."""
    await life.start(
        "admin server",
        AdminServer.open(config, readiness, telemetry),
        AdminServer.close,
        within_s=CLOSE_WITHIN_S,
    )
