import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROGRAM = Path(__file__).parent / "measuring_process.py"
FLUSH_S = 1.0


@dataclass
class Collector:
    """A collector that answers as told, and keeps what it was sent by path."""

    answer: Callable[[], web.Response] = web.Response
    hangs: bool = False
    received: dict[str, bytes] = field(default_factory=dict)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        self.received[request.path] = await request.read()
        if self.hangs:
            await asyncio.Event().wait()
        return self.answer()


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/{path:.*}", collector.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield collector
    await runner.cleanup()


async def measure(endpoint: str) -> tuple[list[dict[str, object]], str]:
    """Run the process to its end; return its log lines and its exposition."""
    environ = {
        **os.environ,
        "LAZARET_OTLP_ENDPOINT": endpoint,
        "LAZARET_TELEMETRY_FLUSH_TIMEOUT_S": str(FLUSH_S),
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, PROGRAM, stdout=pipe, stderr=pipe, env=environ
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return [json.loads(line) for line in out.splitlines()], err.decode()


async def test_traces_and_metrics_reach_the_collector(collector: Collector) -> None:
    """What was measured just before the end is exported by the last flush, as a part of the trace
    it was given.
    """
    await measure(collector.url)
    (resource,) = ExportTraceServiceRequest.FromString(
        collector.received["/v1/traces"]
    ).resource_spans
    (span,) = resource.scope_spans[0].spans
    assert span.name == "dispatch batch"
    assert span.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert {item.key: item.value.string_value for item in resource.resource.attributes}[
        "service.name"
    ] == "gateway"
    (sent,) = ExportMetricsServiceRequest.FromString(
        collector.received["/v1/metrics"]
    ).resource_metrics
    assert "lazaret.jobs.submitted" in {metric.name for metric in sent.scope_metrics[0].metrics}


async def test_exposition_has_units_labels_and_buckets_of_seconds() -> None:
    """Prometheus sees the registered names with unit suffixes, our labels only, and bounds that
    tell 0.3 s from 0.6 s.
    """
    _, exposition = await measure("")
    assert 'lazaret_jobs_submitted_total{lazaret_priority="high"} 2.0' in exposition
    assert 'http_server_request_duration_seconds_bucket{le="0.25"} 0.0' in exposition
    assert 'http_server_request_duration_seconds_bucket{le="0.5"} 1.0' in exposition
    assert "lazaret_backlog 7.0" in exposition
    assert "http_server_active_requests 1.0" in exposition
    assert "otel_scope" not in exposition


@pytest.mark.parametrize("fault", ["hangs", "refuses", "is gone"])
async def test_a_collector_in_trouble_does_not_hold_the_process(
    collector: Collector, fault: str
) -> None:
    """The last flush is given up at its deadline; the process ends well, and says so."""
    collector.hangs = fault == "hangs"
    collector.answer = lambda: web.Response(status=503)
    lines, _ = await measure("http://127.0.0.1:1" if fault == "is gone" else collector.url)
    assert any(
        line["event"] == "did not close in time" and line["component"] == "telemetry"
        for line in lines
    )
