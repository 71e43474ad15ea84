"""What is known of a metric before anything is measured."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What an instrument is; Prometheus makes `_total` of a counter's name."""

    COUNTER = "counter"
    UP_DOWN = "up_down_counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"
    OBSERVED_COUNTER = "observed_counter"


class Metric(NamedTuple):
    """One instrument with every label it may carry; `buckets` are a histogram's bounds."""

    name: str
    kind: Kind
    unit: str
    description: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_UNIT_SUFFIXES = {"s": "_seconds", "By": "_bytes", "1": "_ratio"}


def prometheus_name(metric: Metric) -> str:
    """The metric's name in queries, without a histogram's `_bucket`, `_sum` and `_count`."""
    suffix = _UNIT_SUFFIXES.get(metric.unit, "")
    if suffix == "_ratio" and metric.kind is not Kind.GAUGE:
        suffix = ""
    total = "_total" if metric.kind in {Kind.COUNTER, Kind.OBSERVED_COUNTER} else ""
    return f"{metric.name.replace('.', '_')}{suffix}{total}"
