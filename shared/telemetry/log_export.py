"""Log records over OTLP: what stdout gets, with severity, trace and fields of their own."""

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import orjson
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    LogRecordExporter,
    LogRecordExportResult,
)
from opentelemetry.sdk.resources import Resource

from shared.config import TelemetrySettings
from shared.telemetry.instruments import SCOPE, counter
from shared.telemetry.process_names import LOGS_LOST

DELAY_MS = 1000
RECORDS_EXPORT_MAX = 512

_SEVERITIES = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}
# The resource and the record's own fields say these.
_ELSEWHERE = frozenset(
    {"event", "level", "timestamp", "service", "instance", "trace_id", "span_id"}
)

_lost = counter(LOGS_LOST)

Event = MutableMapping[str, Any]


class LogExport:
    """Hands redacted events to a bounded queue that a thread of its own exports."""

    def __init__(self, settings: TelemetrySettings, resource: Resource) -> None:
        self._provider = LoggerProvider(resource, shutdown_on_exit=False)
        exporter = OTLPLogExporter(
            f"{settings.otlp_endpoint}/v1/logs", timeout=settings.otlp_timeout_s
        )
        self._provider.add_log_record_processor(
            BatchLogRecordProcessor(
                _CountingExporter(exporter),
                DELAY_MS,
                RECORDS_EXPORT_MAX,
                max_queue_size=settings.log_queue_records_max,
            )
        )
        self._logger = self._provider.get_logger(SCOPE)

    @property
    def shutdown(self) -> Callable[[], object]:
        """Export what is left."""
        return self._provider.shutdown

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        """Be structlog's last processor but one: pass the event on as it is."""
        level = str(event.get("level", "info"))
        self._logger.emit(
            severity_number=_SEVERITIES.get(level, SeverityNumber.INFO),
            severity_text=level,
            body=str(event.get("event", "")),
            attributes={
                key: value if isinstance(value, (str, int, float, bool)) else _text(value)
                for key, value in event.items()
                if key not in _ELSEWHERE
            },
        )
        return event


def _text(value: object) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class _CountingExporter(LogRecordExporter):
    """Passes records on and counts those that the collector did not take."""

    def __init__(self, exporter: LogRecordExporter) -> None:
        self._exporter = exporter

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        result = self._exporter.export(batch)
        if result is not LogRecordExportResult.SUCCESS:
            _lost.add(len(batch))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call] # the SDK's own declaration

    def force_flush(self, timeout_millis: int = 10_000) -> bool:
        return self._exporter.force_flush(timeout_millis)
