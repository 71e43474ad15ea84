"""Which metrics a query names, and which names there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import promql_parser as promql

from shared.telemetry import names, process_names
from shared.telemetry.metric import Kind, Metric, prometheus_name

# What Prometheus, the collector and its count of spans say of themselves.
FOREIGN = re.compile(r"(up|ALERTS|(otelcol|lazaret_spans|prometheus|alertmanager|slo[:_])\w*.*)")
# A query's variables that are filled in where it is asked.
VARIABLES = {"$window": "5m", "$__rate_interval": "5m", "$__range": "1h"}


def registry() -> tuple[Metric, ...]:
    """Every registered metric."""
    modules = (names, process_names)
    found = (value for module in modules for value in vars(module).values())
    return tuple(value for value in found if isinstance(value, Metric))


def registered_names() -> frozenset[str]:
    """Every series name that the registered metrics have in Prometheus."""
    series = set()
    for metric in registry():
        parts = ("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",)
        series |= {prometheus_name(metric) + part for part in parts}
    return frozenset(series)


def unregistered(query: str) -> list[str]:
    """Names that a query uses and nobody measures.

    Raises:
        ValueError: the query is not PromQL.
    """
    known = registered_names()
    return [
        name
        for name in _named(promql.parse(filled(query)))
        if name and name not in known and not FOREIGN.fullmatch(name)
    ]


def filled(query: str) -> str:
    """The query with its variables filled in, as Grafana would."""
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    return query


def _named(expression: object) -> Iterator[str]:
    if isinstance(expression, promql.VectorSelector):
        yield expression.name or ""
    for part in _parts(expression):
        yield from _named(part)


def _parts(expression: object) -> Iterable[object]:
    """What an expression is made of; a matrix selector has its vector as `vector_selector`."""
    single = ("lhs", "rhs", "expr", "param", "vector_selector")
    parts = [getattr(expression, name, None) for name in single]
    return [part for part in (*parts, *getattr(expression, "args", ())) if part is not None]
