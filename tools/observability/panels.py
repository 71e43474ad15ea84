"""What the dashboards show: each panel with its unit, what it means and its queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

R = "[$__rate_interval]"
SERVICES = '{job=~"lazaret/.*"}'


@dataclass(frozen=True)
class Query:
    """PromQL and how its lines are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One chart. `unit` is Grafana's name of it."""

    title: str
    unit: str
    description: str
    queries: Sequence[Query]


@dataclass(frozen=True)
class Board:
    """One dashboard; `uid` is its address and file name."""

    uid: str
    title: str
    panels: Sequence[Panel]


def panel(title: str, unit: str, description: str, *queries: tuple[str, str]) -> Panel:
    """One chart from (expression, legend) pairs."""
    return Panel(title, unit, description, [Query(*query) for query in queries])


def quantile(share: float, metric: str, by: str, selector: str = "") -> str:
    """A quantile of a histogram, by a label."""
    labels = f"le, {by}" if by else "le"
    rate = f"rate({metric}_bucket{selector}{R})"
    return f"histogram_quantile({share}, sum by ({labels}) ({rate}))"


def rate_by(metric: str, by: str, selector: str = "") -> str:
    """A counter's rate, by labels."""
    return f"sum by ({by}) (rate({metric}{selector}{R}))"
