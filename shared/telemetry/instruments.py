"""Instruments for the registered metrics. They may be made at import: they come to life when
telemetry is set up.
"""

from collections.abc import Callable, Iterable

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation, UpDownCounter

from shared.telemetry.metric import Metric

SCOPE = "lazaret"

meter = metrics.get_meter(SCOPE)
tracer = trace.get_tracer(SCOPE)


def counter(metric: Metric) -> Counter:
    """Return a sum that only grows."""
    return meter.create_counter(metric.name, metric.unit, metric.description)


def up_down_counter(metric: Metric) -> UpDownCounter:
    """Return a sum that follows a number of things now present."""
    return meter.create_up_down_counter(metric.name, metric.unit, metric.description)


def histogram(metric: Metric) -> Histogram:
    """Return a distribution over the metric's own bounds; the SDK's default ones are meant for
    milliseconds.
    """
    return meter.create_histogram(
        metric.name,
        metric.unit,
        metric.description,
        explicit_bucket_boundaries_advisory=metric.buckets,
    )


def gauge(metric: Metric, observe: Callable[[], Iterable[Observation]]) -> None:
    """Read a value whenever metrics are collected; `observe` runs in the collecting thread and must
    not block.
    """

    def callback(_options: CallbackOptions) -> Iterable[Observation]:
        return observe()

    meter.create_observable_gauge(metric.name, [callback], metric.unit, metric.description)


def observed_counter(metric: Metric, observe: Callable[[], Iterable[Observation]]) -> None:
    """Read a sum that something else keeps; as with a gauge, `observe` must not block."""

    def callback(_options: CallbackOptions) -> Iterable[Observation]:
        return observe()

    meter.create_observable_counter(metric.name, [callback], metric.unit, metric.description)
