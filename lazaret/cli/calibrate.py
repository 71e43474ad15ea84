"""`lazaret calibrate`: the simulation beside published figures."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from lazaret.calibration.page import calibration_page
from lazaret.calibration.report import Finding, findings, inside_share, wilson
from lazaret.cli.terminal import console
from shared.clinical.parameters import bases
from shared.records.engine_version import ENGINE_VERSION

TABLE_CHARACTERS = 170


@click.command()
@click.option(
    "--patients",
    default=60_000,
    show_default=True,
    type=click.IntRange(1_000, 1_000_000),
    help="Patients of each scenario.",
)
@click.option(
    "--repeats",
    default=4,
    show_default=True,
    type=click.IntRange(1, 100),
    help="Times, with other random numbers each.",
)
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write one page with plots.",
)
def calibrate(patients: int, repeats: int, json_output: bool, html: Path | None) -> None:
    """Simulate the populations of published studies and compare what they found."""
    found = list(findings(patients, repeats))
    if json_output:
        click.echo(json.dumps(_as_json(found)))
    else:
        print_findings(found)
    if html:
        html.write_text(calibration_page(found, patients, repeats), encoding="utf-8")


def _as_json(found: Sequence[Finding]) -> dict[str, Any]:
    return {
        "engine_version": ENGINE_VERSION,
        "inside_share": inside_share(found),
        "inside_share_fit": inside_share(found, "fit"),
        "inside_share_check": inside_share(found, "check"),
        "parameters": dict(bases()),
        "targets": [_target_as_json(each) for each in found],
    }


def _target_as_json(finding: Finding) -> dict[str, Any]:
    target = finding.target
    return {
        "id": target.id,
        "scenario": target.scenario,
        "measure": target.measure,
        "use": target.use,
        "source": target.source,
        "published": target.value,
        "simulated": None if math.isnan(finding.simulated) else finding.simulated,
        "standard_error": None if math.isnan(finding.standard_error) else finding.standard_error,
        "low": target.low,
        "high": target.high,
        "interval": target.interval,
        "inside": finding.inside,
        "reason": finding.reason,
    }


def print_findings(found: Sequence[Finding]) -> None:
    """Print the targets as a table, then why some are missed and what the parameters rest on."""
    table = Table(
        "id",
        "scenario",
        "measure",
        "use",
        "source",
        "published",
        "simulated",
        "error",
        "from",
        "to",
        "",
    )
    for each in found:
        target = each.target
        numbers = (
            f"{number:.3f}"
            for number in (
                target.value,
                each.simulated,
                each.standard_error,
                target.low,
                target.high,
            )
        )
        verdict = "inside" if each.inside else Text("outside", style="bold")
        table.add_row(
            str(target.id),
            target.scenario,
            target.measure.replace("_", " "),
            target.use,
            target.source,
            *numbers,
            verdict,
        )
    out = console(width=TABLE_CHARACTERS)
    out.print(table)
    for each in found:
        if not each.inside:
            out.print(f"{each.target.id} is outside: {each.reason or 'no reason is known'}")
    counts = bases()
    out.print(
        f"{counts['assumption']} of {counts['total']} parameters are assumptions, "
        f"{counts['evidence_with_assumption']} more in part; "
        f"{counts['fitted']} were fitted."
    )
    out.print(_inside(found, "check", "for checking"))
    out.print(_inside(found, "fit", "for fitting"))
    out.print(
        f"{sum(each.inside for each in found)} of {len(found)} targets are inside their interval."
    )


def _inside(found: Sequence[Finding], use: str, called: str) -> str:
    """How many of a kind are inside; as few are counted, with an interval."""
    counted = [each.inside for each in found if each.target.use == use]
    if not counted:
        return f"No figure {called} was counted."
    low, high = wilson(sum(counted), len(counted))
    return (
        f"{sum(counted)} of the {len(counted)} figures {called} are inside: "
        f"{sum(counted) / len(counted):.0%}, from {low:.0%} to {high:.0%}."
    )
