"""A process with telemetry: measures one request inside one span, prints its metrics, ends."""

import os
import sys

from opentelemetry.metrics import Observation

from shared.config import TelemetrySettings
from shared.lifecycle import Lifecycle, serve
from shared.telemetry import names
from shared.telemetry.carrier import extract
from shared.telemetry.instruments import counter, gauge, histogram, tracer, up_down_counter
from shared.telemetry.setup import Telemetry, setup

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def main(life: Lifecycle, config: TelemetrySettings) -> None:
    telemetry = await life.start(
        "telemetry",
        setup(config, "gateway"),
        Telemetry.close,
        within_s=config.telemetry_flush_timeout_s,
    )
    gauge(names.BACKLOG, lambda: [Observation(7)])
    up_down_counter(names.HTTP_ACTIVE_REQUESTS).add(1)
    counter(names.JOBS_SUBMITTED).add(2, {names.Attribute.PRIORITY: "high"})
    with tracer.start_as_current_span(names.SpanName.DISPATCH_BATCH, context=extract(TRACEPARENT)):
        histogram(names.HTTP_REQUEST_DURATION).record(0.3)
    sys.stderr.buffer.write(telemetry.exposition())


serve(main, lambda: TelemetrySettings.load(os.environ))
