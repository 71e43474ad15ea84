"""The runbook of an objective's burn-rate alerts."""

from __future__ import annotations

from tools.observability.objectives import Objective, Objectives, alert_name, recorded


def page(slo: Objective, objectives: Objectives) -> str:
    """One page for both of its alerts, the page and the ticket."""
    burns = "\n".join(
        f"- {burn.severity}: {burn.factor:g} times as fast over {burn.long} and {burn.short}"
        for burn in objectives.burns
    )
    query = f'query={recorded("1h")}{{slo="{slo.name}"}}'
    left = f'query=slo:budget:left_ratio{{slo="{slo.name}"}}'
    return f"""# {alert_name(slo)}

Written by `make rules` from `observability/slo.toml`; change it there.

## Symptoms

"{slo.title}" is promised for {slo.objective:.2%} over {objectives.window_days} days. The budget of\
 {slo.budget:.2%} burns faster than allowed:

{burns}

Owner: {slo.owner}.

## Impact

At the page's speed the budget of {objectives.window_days} days is gone within two days.

## Diagnosis

```sh
curl -fsS $PROMETHEUS/api/v1/query --data-urlencode '{query}'
curl -fsS $PROMETHEUS/api/v1/query --data-urlencode '{left}'
curl -fsS $PROMETHEUS/api/v1/query --data-urlencode 'query=ALERTS'
```

## Mitigation

1. Another alert usually names the cause: follow its runbook first.
2. Without one, open an exemplar of a slow or failed request on the dashboard and read its trace.
3. Stop risky changes while less than a tenth of the budget is left.
"""
