"""The pool and its statements as telemetry, after the database conventions: one name a named query,
none for any other text.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from opentelemetry import trace
from opentelemetry.metrics import Observation
from opentelemetry.trace import SpanKind

from shared.db.named_queries import query_name
from shared.telemetry import names
from shared.telemetry.instruments import counter, gauge, histogram, tracer, up_down_counter
from shared.telemetry.names import Attribute

SYSTEM = "postgresql"

operation_duration = histogram(names.DB_OPERATION_DURATION)
pending_requests = up_down_counter(names.DB_PENDING_REQUESTS)
wait_time = histogram(names.DB_WAIT_TIME)
use_time = histogram(names.DB_USE_TIME)
timeouts = counter(names.DB_TIMEOUTS)
opened = counter(names.DB_CONNECTIONS_OPENED)

pools: set["asyncpg.Pool[Any]"] = set()  # those open now


@contextmanager
def statement(query: str) -> Iterator[None]:
    """Time a named statement; inside a trace it is a span too. A span of its own would be a trace
    of every idle look for work.
    """
    name = query_name(query)
    if name is None:
        yield
        return
    attributes: dict[str, str] = {Attribute.DB_SYSTEM: SYSTEM, Attribute.DB_OPERATION: name}
    began = asyncio.get_running_loop().time()
    try:
        if trace.get_current_span().is_recording():
            with tracer.start_as_current_span(name, kind=SpanKind.CLIENT, attributes=attributes):
                yield
        else:
            yield
    finally:
        operation_duration.record(asyncio.get_running_loop().time() - began, attributes)


def _connections() -> Iterable[Observation]:
    idle = sum(pool.get_idle_size() for pool in pools)
    yield Observation(idle, {Attribute.DB_CONNECTION_STATE: "idle"})
    yield Observation(
        sum(pool.get_size() for pool in pools) - idle, {Attribute.DB_CONNECTION_STATE: "used"}
    )


def _connections_max() -> Iterable[Observation]:
    yield Observation(sum(pool.get_max_size() for pool in pools))


def _connections_active() -> Iterable[Observation]:
    yield Observation(sum(pool.get_size() - pool.get_idle_size() for pool in pools))


gauge(names.DB_CONNECTIONS, _connections)
gauge(names.DB_CONNECTIONS_ACTIVE, _connections_active)
gauge(names.DB_CONNECTIONS_MAX, _connections_max)
