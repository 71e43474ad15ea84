"""Probes and metrics of a service that has no HTTP of its own."""

from typing import Self

from aiohttp import web

from shared.config import AdminSettings
from shared.health.readiness import Readiness, Report, Status
from shared.telemetry.setup import EXPOSITION_CONTENT_TYPE, Telemetry

SHUTDOWN_S = 1.0


def probe_routes(readiness: Readiness, telemetry: Telemetry) -> list[web.RouteDef]:
    """Return `/health/live` (the event loop turns), `/health/ready` (may take work) and
    `/metrics`.
    """

    async def live(_request: web.Request) -> web.Response:
        return web.json_response({"status": "live"})

    async def ready(_request: web.Request) -> web.Response:
        return readiness_response(await readiness.report())

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=telemetry.exposition(), headers={"Content-Type": EXPOSITION_CONTENT_TYPE}
        )

    return [
        web.get("/health/live", live),
        web.get("/health/ready", ready),
        web.get("/metrics", metrics),
    ]


def readiness_response(report: Report) -> web.Response:
    """Answer 503 when unavailable, else 200: a degraded process still takes work."""
    status = 503 if report.status is Status.UNAVAILABLE else 200
    return web.json_response(
        {"status": report.status.value, "checks": dict(report.checks)}, status=status
    )


class AdminServer:
    """The listening server; `port` is the one it really has."""

    def __init__(self, runner: web.AppRunner, port: int) -> None:
        self._runner = runner
        self.port = port

    @classmethod
    async def open(
        cls, settings: AdminSettings, readiness: Readiness, telemetry: Telemetry
    ) -> Self:
        """Listen on `admin_host:admin_port`. Raises OSError when the port is taken."""
        app = web.Application()
        app.add_routes(probe_routes(readiness, telemetry))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        await web.TCPSite(runner, settings.admin_host, settings.admin_port).start()
        port: int = runner.addresses[0][1]
        return cls(runner, port)

    async def close(self) -> None:
        await self._runner.cleanup()
