"""The path of a job as one trace, received by a collector's end of OTLP."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.e2e.deployment import Deployment, eventually

SERVICES = ("scheduler", "generator", "writer", "gateway")


class Receiver:
    """Takes OTLP over HTTP as a collector does and keeps the spans with their service's name."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []
        self.url = ""

    async def traces(self, request: web.Request) -> web.Response:
        batch = ExportTraceServiceRequest.FromString(await request.read())
        for resource in batch.resource_spans:
            (service,) = [
                a.value.string_value
                for a in resource.resource.attributes
                if a.key == "service.name"
            ]
            self.spans += [
                (service, span) for scope in resource.scope_spans for span in scope.spans
            ]
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(),
            content_type="application/x-protobuf",
        )

    async def metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=ExportMetricsServiceResponse().SerializeToString(),
            content_type="application/x-protobuf",
        )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A listening receiver."""
    made = Receiver()
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_post("/v1/traces", made.traces)
    app.router.add_post("/v1/metrics", made.metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def _path_to_root(span: Span, spans: dict[bytes, tuple[str, Span]]) -> list[str]:
    """The services from this span up to its root, each once."""
    path: list[str] = []
    while True:
        service = spans[span.span_id][0]
        if not path or path[-1] != service:
            path.append(service)
        if span.parent_span_id not in spans:
            return path
        span = spans[span.parent_span_id][1]


async def test_one_trace_joins_accept_dispatch_generate_and_write(
    deployment: Deployment, receiver: Receiver
) -> None:
    """The writer's work descends from the request, by way of the scheduler, the generator and two
    queues.
    """
    await deployment.start(*SERVICES, otlp_endpoint=receiver.url)
    trace_id, span_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    traceparent = {"traceparent": f"00-{trace_id}-{span_id}-01"}
    answer = await deployment.http(
        "POST",
        "/api/v1/jobs",
        json={"preset": "teaching-20", "count": 20, "seed": 1},
        headers=traceparent,
    )
    await deployment.finished(answer.json()["id"])

    async def joined() -> bool:
        ours = {
            span.span_id: (service, span)
            for service, span in receiver.spans
            if span.trace_id.hex() == trace_id
        }
        paths = [
            _path_to_root(span, ours) for service, span in ours.values() if service == "writer"
        ]
        return ["writer", "generator", "scheduler", "gateway"] in paths

    await eventually(joined, 30)


async def test_absent_collector_delays_nothing(deployment: Deployment) -> None:
    """With nobody listening at the endpoint the job runs, and every service ends in time."""
    await deployment.start(*SERVICES, otlp_endpoint="http://127.0.0.1:9")
    job_id = await deployment.submit(2_000)
    assert (await deployment.finished(job_id))["state"] == "succeeded"
    for service in deployment.services.values():
        assert await service.terminate() == 0
