from random import SystemRandom

import structlog

from services.gateway.app import create_app
from services.gateway.config import GatewayConfig, read_config
from services.gateway.context import Gateway
from services.gateway.http.server import HttpServer
from services.gateway.limits.intake import Intake
from services.gateway.rendering.pools import Rendering
from shared.broker.publish import Publisher
from shared.clock import SystemClock
from shared.lifecycle import Lifecycle, serve
from shared.startup import database_answers, readiness_of, start_database, start_telemetry

BROKER_CLOSE_S = 3.0
RENDERING_CLOSE_S = 1.0

log = structlog.get_logger(__name__)


async def main(life: Lifecycle, config: GatewayConfig) -> None:
    telemetry = await start_telemetry(life, config, "gateway", instance=config.instance)
    # Early: its processes are seconds under way, and nobody waits for them before readiness does.
    rendering = await life.start(
        "rendering", Rendering.open(config), Rendering.close, within_s=RENDERING_CLOSE_S
    )
    database = await start_database(life, config, "lazaret-gateway")
    # Only watched, never used: jobs are accepted without it.
    broker = await life.start(
        "broker",
        Publisher.open(config, "lazaret-gateway"),
        Publisher.close,
        within_s=BROKER_CLOSE_S,
    )
    clock = SystemClock()

    intake = Intake(config)
    readiness = readiness_of(
        life,
        config,
        required={
            "database": database_answers(database),
            "rendering": rendering.check,
            "intake": intake.check,
        },
        optional={"broker": broker.check},
    )
    gateway = Gateway(
        config=config,
        database=database,
        clock=clock,
        random=SystemRandom(),
        readiness=readiness,
        telemetry=telemetry,
        rendering=rendering,
        intake=intake,
    )
    server = await life.start(
        "http",
        HttpServer.open(create_app(gateway), config),
        HttpServer.close,
        within_s=config.drain_timeout_s + 1,
    )
    log.info("listening", host=config.http_host, port=server.port)
    await life.until_stopped()


if __name__ == "__main__":
    serve(main, read_config)
