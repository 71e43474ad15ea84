"""Recording rules, burn-rate alerts and their tests from `observability/slo.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUNBOOKS = "docs/runbooks"
MINUTES = {"5m": 5, "30m": 30, "1h": 60, "2h": 120, "6h": 360, "1d": 1440, "3d": 4320, "30d": 43200}
SECONDS = {window: minutes * 60 for window, minutes in MINUTES.items()}


@dataclass(frozen=True)
class Burn:
    """How fast the budget burns, over a long and a short window, before somebody is told."""

    severity: str
    factor: float
    long: str
    short: str


@dataclass(frozen=True)
class Objective:
    """One objective; `errors` and `total` are rates over $window, `bad` a state instead of both."""

    name: str
    title: str
    objective: float
    owner: str
    errors: str = ""
    total: str = ""
    bad: str = ""
    events_min: int = 0

    @property
    def budget(self) -> float:
        """The share that may be bad."""
        return round(1 - self.objective, 10)

    def ratio(self, window: str) -> str:
        """The share of bad events, or of bad time, over a window."""
        if self.bad:
            return f"avg_over_time(({self.bad})[{window}:1m])"
        errors, total = (
            text.strip().replace("$window", window) for text in (self.errors, self.total)
        )
        return f"(({errors}) / ({total}) > 0) or ({total}) * 0"


@dataclass(frozen=True)
class Objectives:
    """The whole file."""

    window_days: int
    burns: tuple[Burn, ...]
    slos: tuple[Objective, ...]

    @property
    def windows(self) -> tuple[str, ...]:
        """Every window that an alert or the budget looks at, from the shortest."""
        named = {window for burn in self.burns for window in (burn.long, burn.short)}
        return (*sorted(named, key=MINUTES.__getitem__), f"{self.window_days}d")


def read_objectives(path: Path) -> Objectives:
    """Read the file; a field that it should not have, or lacks, raises TypeError."""
    document = tomllib.loads(path.read_text())
    return Objectives(
        document["window_days"],
        tuple(Burn(**each) for each in document["burn"]),
        tuple(Objective(**each) for each in document["slo"]),
    )


def rule_groups(objectives: Objectives) -> list[dict[str, Any]]:
    """The rule file's groups: what is recorded, and what is told."""
    return [
        {"name": "slo-ratios", "rules": [*_recordings(objectives)]},
        {"name": "slo-burn", "rules": [*_alerts(objectives)]},
    ]


def recorded(window: str) -> str:
    """The name of the series that holds the share of bad events over a window."""
    return f"slo:bad:ratio_{window}"


def _recordings(objectives: Objectives) -> Iterator[dict[str, Any]]:
    for slo in objectives.slos:
        labels = {"slo": slo.name}
        *windows, whole = objectives.windows
        for window in windows:
            yield {"record": recorded(window), "expr": slo.ratio(window), "labels": labels}
        # A month of raw samples is too much for one query; the shortest ratio stands for them.
        mean = f'avg_over_time({recorded(windows[0])}{{slo="{slo.name}"}}[{whole}])'
        yield {"record": recorded(whole), "expr": mean, "labels": labels}
        yield {"record": "slo:objective", "expr": f"vector({slo.objective})", "labels": labels}
        left = f'1 - {recorded(objectives.windows[-1])}{{slo="{slo.name}"}} / {slo.budget:g}'
        yield {"record": "slo:budget:left_ratio", "expr": left, "labels": labels}


def _alerts(objectives: Objectives) -> Iterator[dict[str, Any]]:
    for slo in objectives.slos:
        for severity in ("page", "ticket"):
            burns = [burn for burn in objectives.burns if burn.severity == severity]
            yield {
                "alert": f"{alert_name(slo)}{severity.title()}",
                "expr": "\nor\n".join(_burning(slo, burn) for burn in burns),
                "for": "2m" if severity == "page" else "15m",
                "labels": {
                    "severity": severity,
                    "owner": slo.owner,
                    "cause": "objective",
                    "slo": slo.name,
                },
                "annotations": {
                    "summary": f"{slo.title}: {{{{ $value | humanizePercentage }}}} are bad",
                    "runbook_url": f"{RUNBOOKS}/{alert_name(slo)}.md",
                },
            }


def alert_name(slo: Objective) -> str:
    """The alerts' name but for the severity: `FreshnessBudget`."""
    return "".join(word.title() for word in slo.name.split("-")) + "Budget"


def _burning(slo: Objective, burn: Burn) -> str:
    limit = f"{burn.factor * slo.budget:g}"
    windows = [
        f'{recorded(window)}{{slo="{slo.name}"}} > {limit}' for window in (burn.long, burn.short)
    ]
    if slo.events_min:
        total = slo.total.strip().replace("$window", burn.long)
        windows.append(f"on () ({total}) * {SECONDS[burn.long]} >= {slo.events_min}")
    return f"({' and '.join(windows)})"
