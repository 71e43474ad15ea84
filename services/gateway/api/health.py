"""Probes and metrics. They need no key: orchestrators and scrapers have none."""

from aiohttp import web
from pydantic import BaseModel

from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from shared.health.readiness import Status
from shared.telemetry.setup import EXPOSITION_CONTENT_TYPE


class Liveness(BaseModel):
    """The event loop turns."""

    status: str


class ReadinessReport(BaseModel):
    """`ready`; `degraded` when only the broker is unavailable: jobs are accepted and run later.

    `unavailable` without PostgreSQL, and until the first processes that render have started.
    """

    status: Status
    checks: dict[str, str]


async def live(_request: web.Request) -> web.Response:
    return document_response(Liveness(status="live"))


async def ready(request: web.Request) -> web.Response:
    report = await request.app[GATEWAY].readiness.report()
    status = 503 if report.status is Status.UNAVAILABLE else 200
    return document_response(
        ReadinessReport(status=report.status, checks=dict(report.checks)), status
    )


async def metrics(request: web.Request) -> web.Response:
    return web.Response(
        body=request.app[GATEWAY].telemetry.exposition(),
        headers={"Content-Type": EXPOSITION_CONTENT_TYPE},
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/health/live",
        handler=live,
        summary="Tell whether the process is alive",
        answers={200: Liveness},
        permission=None,
        probe=True,
        tags=("operation",),
    ),
    Operation(
        method="GET",
        path="/health/ready",
        handler=ready,
        summary="Tell whether the process may be sent work",
        answers={200: ReadinessReport, 503: ReadinessReport},
        permission=None,
        probe=True,
        tags=("operation",),
    ),
    Operation(
        method="GET",
        path="/metrics",
        handler=metrics,
        summary="Metrics for Prometheus",
        answers={200: "text/plain"},
        permission=None,
        probe=True,
        tags=("operation",),
    ),
)
