"""Reads what operators and autoscaling look at: the backlog, the batches in flight, the outbox's
lag.
"""

from collections.abc import Iterable, Mapping

from opentelemetry.metrics import Observation

from services.scheduler.duty import QUERIES, Context, Counts
from shared.jobs.backlog import (
    oldest_due_s,
    read_backlog,
    read_in_flight,
    read_unaccounted,
    read_unfinished,
)
from shared.outbox.take import lag_s
from shared.telemetry import names
from shared.telemetry.instruments import gauge
from shared.telemetry.metric import Metric
from shared.telemetry.names import Attribute

NAME = "measure_backlog"

# What was read last; the metrics' own thread looks at it.
_backlog: dict[str, int] = {}
_in_flight: dict[str, int] = {}
_unfinished: dict[str, int] = {}
_figures: dict[Metric, float] = {}


async def run_once(context: Context) -> Counts:
    """Read the figures for the metrics. Nothing counts as work."""
    async with context.database.connection() as connection:
        _backlog.update(await read_backlog(connection))
        _in_flight.update(await read_in_flight(connection))
        _unfinished.update(await read_unfinished(connection))
        _figures[names.OUTBOX_LAG] = await lag_s(connection)
        _figures[names.OLDEST_BATCH_AGE] = await oldest_due_s(connection)
        _figures[names.PATIENTS_UNACCOUNTED] = await read_unaccounted(connection)
        _figures[names.DB_SIZE] = await connection.fetchval(QUERIES["read_database_size"])
        oldest = await connection.fetchval(QUERIES["read_oldest_transaction_s"])
        _figures[names.DB_OLDEST_TRANSACTION] = oldest
    return {}


def _observe(values: Mapping[str, int], attribute: Attribute) -> Iterable[Observation]:
    return [Observation(value, {attribute: key}) for key, value in list(values.items())]


def _figure(metric: Metric) -> Iterable[Observation]:
    return [Observation(_figures[metric])] if metric in _figures else []


gauge(names.BACKLOG, lambda: _observe(_backlog, Attribute.PRIORITY))
gauge(names.BATCHES_IN_FLIGHT, lambda: _observe(_in_flight, Attribute.STATE))
gauge(names.JOB_QUEUE_SIZE, lambda: _observe(_unfinished, Attribute.STATE))
gauge(names.OUTBOX_LAG, lambda: _figure(names.OUTBOX_LAG))
gauge(names.OLDEST_BATCH_AGE, lambda: _figure(names.OLDEST_BATCH_AGE))
gauge(names.PATIENTS_UNACCOUNTED, lambda: _figure(names.PATIENTS_UNACCOUNTED))
gauge(names.DB_SIZE, lambda: _figure(names.DB_SIZE))
gauge(names.DB_OLDEST_TRANSACTION, lambda: _figure(names.DB_OLDEST_TRANSACTION))
