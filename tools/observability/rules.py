"""Writes what is made of `observability/alerts.toml` and `slo.toml`, or says what is out of date.

python -m tools.observability.rules write|check
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from tools.observability import alerts, objectives, objectives_tests
from tools.observability.objectives_page import page
from tools.observability.vocabulary import unregistered

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "observability"
HEAD = "# Written by `make rules`; change observability/{source} instead.\n"


def generated() -> Mapping[Path, str]:
    """Every generated file with what should be in it."""
    told = alerts.read_alerts(FOLDER / "alerts.toml")
    aims = objectives.read_objectives(FOLDER / "slo.toml")
    prometheus = FOLDER / "prometheus"
    runbooks = CHECKOUT / objectives.RUNBOOKS
    return {
        prometheus / "rules/alerts.yml": _rules("alerts.toml", alerts.rule_groups(told)),
        prometheus / "rules/slo.yml": _rules("slo.toml", objectives.rule_groups(aims)),
        prometheus / "tests/alerts.yml": _tests("alerts", "1m", alerts.rule_tests(told)),
        prometheus / "tests/slo.yml": _tests("slo", "5m", objectives_tests.rule_tests(aims)),
        **{runbooks / f"{alert.name}.md": alerts.runbook(alert) for alert in told},
        **{runbooks / f"{objectives.alert_name(slo)}.md": page(slo, aims) for slo in aims.slos},
    }


def _rules(source: str, groups: list[dict[str, Any]]) -> str:
    for rule in (rule for group in groups for rule in group["rules"]):
        if unknown := unregistered(rule["expr"]):
            named = rule.get("alert") or rule.get("record")
            raise ValueError(f"{source}: {named} uses {', '.join(unknown)}, which nobody measures")
    return HEAD.format(source=source) + _yaml({"groups": groups})


def _tests(name: str, interval: str, cases: list[dict[str, Any]]) -> str:
    document = {
        "rule_files": [f"../rules/{name}.yml"],
        "evaluation_interval": interval,
        "tests": cases,
    }
    return HEAD.format(source=f"{name}.toml") + _yaml(document)


class _Dumper(yaml.SafeDumper):
    """Queries of several lines stay readable."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _yaml(document: object) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1_000, allow_unicode=True)


def main(arguments: list[str]) -> int:
    """Write the files, or name those that differ."""
    files = generated()
    if arguments == ["write"]:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return 0
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        click.echo(f"{path.relative_to(CHECKOUT)} is out of date: make rules")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
