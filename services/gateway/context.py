"""What every handler can reach: set once by the composition root."""

from dataclasses import dataclass
from random import Random

from aiohttp import web

from services.gateway.config import GatewayConfig
from services.gateway.limits.intake import Intake
from services.gateway.rendering.pools import Rendering
from shared.clock import Clock
from shared.db.pool import Database
from shared.health.readiness import Readiness
from shared.telemetry.setup import Telemetry


@dataclass(frozen=True, slots=True)
class Gateway:
    """The open components of this process."""

    config: GatewayConfig
    database: Database
    clock: Clock
    random: Random
    readiness: Readiness
    telemetry: Telemetry
    rendering: Rendering
    intake: Intake


GATEWAY = web.AppKey("gateway", Gateway)
