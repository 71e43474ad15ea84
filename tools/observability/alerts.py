"""Alert rules, their tests and their runbooks from `observability/alerts.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.observability.objectives import RUNBOOKS

Series = Sequence[Sequence[str]]
EVALUATED = "1m"


@dataclass(frozen=True)
class Alert:
    """One alert with the proof that it fires and stays silent, and what its runbook says."""

    name: str
    expr: str
    severity: str
    owner: str
    cause: str
    summary: str
    impact: str
    checks: Sequence[str]
    fix: Sequence[str]
    at: str
    fires: Series
    silent: Sequence[Series]
    held: str = field(default="0m")


def read_alerts(path: Path) -> tuple[Alert, ...]:
    """Read the file; a field that it should not have, or lacks, raises TypeError."""
    entries = tomllib.loads(path.read_text())["alert"]
    return tuple(Alert(**_fields(entry)) for entry in entries)


def _fields(entry: dict[str, Any]) -> dict[str, Any]:
    held = entry.pop("for", "0m")
    return {**entry, "held": held}


def rule_groups(alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    """The rule file's one group."""
    return [{"name": "alerts", "rules": [_rule(alert) for alert in alerts]}]


def _rule(alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.expr.strip(),
        "for": alert.held,
        "labels": {"severity": alert.severity, "owner": alert.owner, "cause": alert.cause},
        "annotations": {
            "summary": alert.summary,
            "runbook_url": f"{RUNBOOKS}/{alert.name}.md",
        },
    }


def rule_tests(alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    """Promtool's cases: each alert fires when it must, and stays silent in every quiet case."""
    return [case for alert in alerts for case in _cases(alert)]


def _cases(alert: Alert) -> Iterator[dict[str, Any]]:
    yield {
        "name": f"{alert.name} fires",
        **_input(alert.fires),
        # Which series it fires for is the rule's business: here only that it does.
        "promql_expr_test": [_count(alert, firing=True)],
    }
    for number, series in enumerate(alert.silent, 1):
        yield {
            "name": f"{alert.name} is silent, case {number}",
            **_input(series),
            "promql_expr_test": [_count(alert, firing=False)],
        }


def _input(series: Series) -> dict[str, Any]:
    return {
        "interval": EVALUATED,
        "input_series": [{"series": name, "values": values} for name, values in series],
    }


def _count(alert: Alert, *, firing: bool) -> dict[str, Any]:
    expression = f'count(ALERTS{{alertname="{alert.name}",alertstate="firing"}})'
    samples = [{"labels": "{}", "value": 1}] if firing else []
    return {"expr": expression, "eval_time": alert.at, "exp_samples": samples}


def runbook(alert: Alert) -> str:
    """The page of one alert."""
    checks = "\n".join(alert.checks)
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(alert.fix, 1))
    return f"""# {alert.name}

Written by `make rules` from `observability/alerts.toml`; change it there.

## Symptoms

{_plain(alert.summary)}. Severity: {alert.severity}. Owner: {alert.owner}. It fires when this holds\
 for {alert.held}:

```
{alert.expr.strip()}
```

## Impact

{alert.impact}

## Diagnosis

```sh
{checks}
```

## Mitigation

{steps}
"""


def _plain(summary: str) -> str:
    """The summary without the template's marks: `{{ $labels.job }}` becomes *job*."""
    words = summary.replace("{{ ", "{{").replace(" }}", "}}").split("{{")
    parts = [words[0]]
    for word in words[1:]:
        inside, _, after = word.partition("}}")
        label = inside.partition("|")[0].strip()
        parts.append(f"*{label.removeprefix('$labels.').removeprefix('$')}*{after}")
    return "".join(parts)
