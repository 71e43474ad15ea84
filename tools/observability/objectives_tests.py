"""Promtool's cases for the objectives: each budget's alert fires when all is bad, and only then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tools.observability.objectives import Objective, Objectives, alert_name

# A page needs its short window filled and its long one bad enough.
PAGE_AT = "90m"
HEALTHY, BROKEN, FEW = "healthy", "broken", "few"

_SELECTOR = re.compile(r"(\w+)(\{[^}]*\})?\[\$window\]")


def rule_tests(objectives: Objectives) -> list[dict[str, Any]]:
    """Three cases an objective: broken, healthy, and broken with too few events to speak of."""
    return [case for slo in objectives.slos for case in _cases(slo)]


def _cases(slo: Objective) -> Iterator[dict[str, Any]]:
    yield _case(slo, BROKEN, firing=True)
    yield _case(slo, HEALTHY, firing=False)
    if slo.events_min:
        yield _case(slo, FEW, firing=False)


def _case(slo: Objective, state: str, *, firing: bool) -> dict[str, Any]:
    alert = f"{alert_name(slo)}Page"
    expected = [{"labels": "{}", "value": 1}] if firing else []
    return {
        "name": f"{alert}, {state}",
        "interval": "1m",
        "input_series": [
            {"series": name, "values": values} for name, values in _series(slo, state)
        ],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                "eval_time": PAGE_AT,
                "exp_samples": expected,
            }
        ],
    }


def _series(slo: Objective, state: str) -> Sequence[tuple[str, str]]:
    """Series under which the objective is in this state, by the kind of its expression."""
    if slo.bad:
        (name,) = re.findall(r"lazaret_\w+", slo.bad)
        return [(f'{name}{{job="lazaret/scheduler"}}', "7x90" if state == BROKEN else "0x90")]
    growth = "0+0.1x90" if state == FEW else "0+30x90"
    bad = "0x90" if state == HEALTHY else growth
    found = _SELECTOR.findall(slo.errors)
    if any(name.endswith("_bucket") for name, _ in found):
        return _histogram(slo, growth, bad)
    (name, _), *_ = found
    return [
        (f'{name}{{http_response_status_code="503"}}', bad),
        (f'{name}{{http_response_status_code="200"}}', growth if state == HEALTHY else "0x90"),
    ]


def _histogram(slo: Objective, growth: str, bad: str) -> Sequence[tuple[str, str]]:
    """All events, and none of them below the threshold's bucket while the objective is broken."""
    bucket, threshold = re.findall(r'(\w+_bucket)\{[^}]*le="([^"]+)"', slo.errors)[0]
    name = bucket.removesuffix("_bucket")
    inside = growth if bad == "0x90" else "0x90"
    route = 'http_route="/api/v1/jobs",' if name.startswith("api_") else ""
    return [
        (f"{name}_count{{{route.rstrip(',')}}}", growth),
        (f'{bucket}{{{route}le="{threshold}"}}', inside),
    ]
