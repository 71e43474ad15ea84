"""Asks the broker how full the queues are and who consumes them, for metrics and alerts."""

from collections.abc import Iterable

from opentelemetry.metrics import Observation

from services.scheduler.duty import Context, Counts
from shared.broker.queue_sizes import QueueSize, queue_sizes
from shared.telemetry import names
from shared.telemetry.instruments import gauge
from shared.telemetry.names import Attribute

NAME = "measure_queues"

# What was read last; the metrics' own thread looks at it.
_sizes: dict[str, QueueSize] = {}


async def run_once(context: Context) -> Counts:
    """Read the sizes. Nothing counts as work. Raises Unavailable while the broker is away."""
    _sizes.update(await queue_sizes(context.publisher.session))
    return {}


def _messages() -> Iterable[Observation]:
    return [Observation(size.messages, {Attribute.QUEUE: name}) for name, size in _read()]


def _consumers() -> Iterable[Observation]:
    return [Observation(size.consumers, {Attribute.QUEUE: name}) for name, size in _read()]


def _read() -> list[tuple[str, QueueSize]]:
    return list(_sizes.items())


gauge(names.QUEUE_MESSAGES, _messages)
gauge(names.QUEUE_CONSUMERS, _consumers)
