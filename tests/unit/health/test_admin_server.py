import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge

from shared.clock import SystemClock
from shared.config import AdminSettings
from shared.errors import Unavailable
from shared.health.admin_server import AdminServer
from shared.health.readiness import Readiness
from shared.telemetry.setup import Telemetry

FREE_PORT = AdminSettings.load({"LAZARET_ADMIN_PORT": "0"})


async def answers() -> None:
    return


async def is_away() -> None:
    raise Unavailable("no database")


@pytest.mark.parametrize(
    ("check", "status", "word"), [(answers, 200, "ready"), (is_away, 503, "unavailable")]
)
async def test_probes_and_metrics_answer(check: object, status: int, word: str) -> None:
    """Liveness asks nobody, readiness follows the checks, metrics are Prometheus text."""
    registry = CollectorRegistry()
    Gauge("beds", "Beds", registry=registry).set(3)
    server = await AdminServer.open(
        FREE_PORT,
        Readiness({"database": check}, SystemClock(), lambda: False),
        Telemetry(registry, ()),
    )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        live, ready, metrics = [
            await client.get(path) for path in ("/health/live", "/health/ready", "/metrics")
        ]
    await server.close()
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()["status"]) == (status, word)
    assert "beds 3.0" in metrics.text
    assert metrics.headers["Content-Type"].startswith("text/plain")


async def test_a_taken_port_is_an_error() -> None:
    """A process that cannot be probed does not start."""
    readiness, telemetry = (
        Readiness({}, SystemClock(), lambda: False),
        Telemetry(CollectorRegistry(), ()),
    )
    first = await AdminServer.open(FREE_PORT, readiness, telemetry)
    taken = AdminSettings(admin_port=first.port)
    with pytest.raises(OSError, match="address already in use"):
        await AdminServer.open(taken, readiness, telemetry)
    await first.close()
