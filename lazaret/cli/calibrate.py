"""`lazaret calibrate`: the simulation beside published figures."""

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from lazaret.calibration.report import Finding, findings, simulate_references


@click.command()
@click.option("--patients", default=10_000, show_default=True, type=click.IntRange(1_000, 1_000_000), help="Patients of each scenario.")
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
def calibrate(patients: int, json_output: bool) -> None:
    """Simulate the populations of published studies and compare what they found."""
    found = list(findings(simulate_references(patients)))
    if json_output:
        click.echo(json.dumps({"inside_share": _inside_share(found), "targets": [_as_json(each) for each in found]}))
    else:
        _print(found)


def _inside_share(found: Sequence[Finding]) -> float:
    return sum(each.inside for each in found) / len(found)


def _as_json(finding: Finding) -> dict[str, Any]:
    target = finding.target
    return {
        "id": target.id,
        "scenario": target.scenario,
        "measure": target.measure,
        "use": target.use,
        "source": target.source,
        "published": target.value,
        "simulated": finding.simulated,
        "low": target.low,
        "high": target.high,
        "inside": finding.inside,
    }


def _print(found: Sequence[Finding]) -> None:
    table = Table("scenario", "measure", "use", "source", "published", "simulated", "from", "to", "")
    for each in found:
        numbers = (f"{number:.3f}" for number in (each.target.value, each.simulated, each.target.low, each.target.high))
        verdict = "inside" if each.inside else "[bold]outside[/bold]"
        table.add_row(each.target.scenario, each.target.measure.replace("_", " "), each.target.use, each.target.source, *numbers, verdict)
    console = Console(width=160)
    console.print(table)
    console.print(f"{sum(each.inside for each in found)} of {len(found)} targets are inside their interval.")
