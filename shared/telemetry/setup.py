"""Telemetry of a process: logs, traces and metrics over OTLP when there is a collector, metrics as
Prometheus text always.

A collector that is slow or gone costs nothing but its spans: their queue is bounded, exports run in
threads of their own, and the last flush is given up at its deadline.
"""

import asyncio
import logging
import os
import socket
import threading
from asyncio import Event
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from types import MappingProxyType

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from shared.config import TelemetrySettings
from shared.telemetry import names, process_names
from shared.telemetry.instruments import counter
from shared.telemetry.log_export import LogExport
from shared.telemetry.logs import configure_logs
from shared.telemetry.metric import Metric
from shared.telemetry.process_metrics import measure_process

EXPOSITION_CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SPANS_EXPORT_MAX = 512
SPANS_DELAY_S = 1.0

_spans_lost = counter(process_names.SPANS_LOST)


# One measurement under a second name: what operators ask for beside what the conventions say.
SECOND_NAMES: Mapping[Metric, Metric] = MappingProxyType(
    {
        names.HTTP_REQUEST_DURATION: names.API_REQUEST_DURATION,
        names.DB_OPERATION_DURATION: names.DB_QUERY_DURATION,
    }
)


class Telemetry:
    """What a process can still do with its telemetry once it is set up: show it, and close it."""

    def __init__(
        self, registry: CollectorRegistry, shutdowns: Sequence[Callable[[], object]]
    ) -> None:
        self._registry = registry
        self._shutdowns = shutdowns

    def exposition(self) -> bytes:
        """Return every metric as Prometheus text (`EXPOSITION_CONTENT_TYPE`)."""
        return generate_latest(self._registry)

    async def close(self) -> None:
        """Export what is left. Cancelling gives up at once: the exporting thread is a daemon and
        ends with the process.
        """
        closed = Event()
        loop = asyncio.get_running_loop()

        def shut_down() -> None:
            for shutdown in self._shutdowns:
                shutdown()
            loop.call_soon_threadsafe(closed.set)

        threading.Thread(target=shut_down, name="telemetry-flush", daemon=True).start()
        await closed.wait()


async def setup(settings: TelemetrySettings, service_name: str, *, instance: str = "") -> Telemetry:
    """Configure this process's logs, tracer and meter. To be called once, before anything is
    measured.

    `instance` names the process; without one it is its host name and process id.
    """
    instance = instance or f"{socket.gethostname()}-{os.getpid()}"
    resource = Resource.create(
        {
            "service.namespace": "lazaret",
            "service.name": service_name,
            "service.instance.id": instance,
            "service.version": version("lazaret"),
        }
    )
    export = LogExport(settings, resource) if settings.otlp_endpoint else None
    configure_logs(settings.log_level, service_name, instance, export=export)
    # The SDK says for each single span that its queue is full.
    logging.getLogger("opentelemetry.sdk._shared_internal").setLevel(logging.ERROR)
    registry = CollectorRegistry(auto_describe=False)
    readers = _readers(settings, registry)
    meter_provider = MeterProvider(readers, resource, shutdown_on_exit=False, views=_views())
    tracer_provider = _tracer_provider(settings, resource)
    metrics.set_meter_provider(meter_provider)
    trace.set_tracer_provider(tracer_provider)
    measure_process()
    closing = [tracer_provider.shutdown, meter_provider.shutdown]
    return Telemetry(registry, [*closing, export.shutdown] if export else closing)


def _views() -> list[View]:
    """One measurement, two series, where operators and the conventions have different names."""
    return [
        View(instrument_name=first.name, name=each.name, description=each.description)
        for first, second in SECOND_NAMES.items()
        for each in (first, second)
    ]


def _readers(settings: TelemetrySettings, registry: CollectorRegistry) -> list[MetricReader]:
    readers: list[MetricReader] = [
        PrometheusMetricReader(scope_info_enabled=False, registry=registry)
    ]
    if settings.otlp_endpoint:
        exporter = OTLPMetricExporter(
            f"{settings.otlp_endpoint}/v1/metrics", timeout=settings.otlp_timeout_s
        )
        readers.append(
            PeriodicExportingMetricReader(
                exporter, settings.otlp_interval_s * 1000, settings.otlp_timeout_s * 1000
            )
        )
    return readers


def _tracer_provider(settings: TelemetrySettings, resource: Resource) -> TracerProvider:
    provider = TracerProvider(
        ParentBasedTraceIdRatio(settings.trace_sample_ratio), resource, shutdown_on_exit=False
    )
    if settings.otlp_endpoint:
        exporter = _CountingExporter(
            OTLPSpanExporter(f"{settings.otlp_endpoint}/v1/traces", timeout=settings.otlp_timeout_s)
        )
        provider.add_span_processor(
            BatchSpanProcessor(
                exporter, settings.trace_queue_spans_max, SPANS_DELAY_S * 1000, SPANS_EXPORT_MAX
            )
        )
    return provider


class _CountingExporter(SpanExporter):
    """Passes spans on and counts those that the collector did not take."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            _spans_lost.add(len(spans))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
