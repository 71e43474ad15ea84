"""Reads what operators and autoscaling look at: the backlog, the batches in flight, the outbox's
lag.
"""

from collections.abc import Iterable, Mapping

from opentelemetry.metrics import Observation

from services.scheduler.duty import Context, Counts
from shared.jobs.backlog import read_backlog, read_in_flight
from shared.outbox.take import lag_s
from shared.telemetry import names
from shared.telemetry.instruments import gauge
from shared.telemetry.names import Attribute

NAME = "measure_backlog"

# What was read last; the metrics' own thread looks at it.
_backlog: dict[str, int] = {}
_in_flight: dict[str, int] = {}
_lag: dict[str, float] = {}


async def run_once(context: Context) -> Counts:
    """Read the figures for the metrics. Nothing counts as work."""
    async with context.database.connection() as connection:
        _backlog.update(await read_backlog(connection))
        _in_flight.update(await read_in_flight(connection))
        _lag["s"] = await lag_s(connection)
    return {}


def _observe(values: Mapping[str, int], attribute: Attribute) -> Iterable[Observation]:
    return [Observation(value, {attribute: key}) for key, value in list(values.items())]


gauge(names.BACKLOG, lambda: _observe(_backlog, Attribute.PRIORITY))
gauge(names.BATCHES_IN_FLIGHT, lambda: _observe(_in_flight, Attribute.STATE))
gauge(names.OUTBOX_LAG, lambda: [Observation(lag) for lag in list(_lag.values())])
