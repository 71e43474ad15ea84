"""`lazaret describe`: preview a scenario."""

import json
from dataclasses import asdict

import click
from rich.table import Column, Table

from lazaret.cli.scenario_document import load_scenario
from lazaret.cli.terminal import console, lines
from shared.scenarios import Scenario
from shared.simulation.preview import Expected, Preview, preview


@click.command()
@click.option(
    "--scenario",
    default="brigade-conventional",
    show_default=True,
    help="A preset's name, or a .json or .toml file.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**53 - 1),
    help="Seed of the previewed sector.",
)
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
@click.option(
    "--document",
    is_flag=True,
    help="Print the scenario's document instead, with every field, to begin one's own from.",
)
def describe(scenario: str, seed: int, json_output: bool, document: bool) -> None:
    """Preview a scenario: casualties a day and the load on its facilities and vehicles, from one
    sector simulated in memory.
    """
    chosen = load_scenario(scenario)
    if document:
        click.echo(chosen.model_dump_json(indent=2))
        return
    shown = preview(chosen, seed)
    if json_output:
        click.echo(json.dumps(asdict(shown)))
    else:
        _print(chosen, shown)


def _print(scenario: Scenario, shown: Preview) -> None:
    out = console()
    out.print(scenario.title, style="bold")
    out.print(f"{scenario.description}\n")
    begins = (
        f"{scenario.days} day{'s' if scenario.days > 1 else ''} from {scenario.starts_at:%Y-%m-%d}"
    )
    out.print(
        f"{scenario.warfare}, {scenario.intensity} intensity, {scenario.tempo} tempo, {begins}"
    )
    out.print(_expectation(shown.expected, scenario.days))
    out.print(f"\nPreview of one sector with {shown.patients:,} casualties:")
    out.print(_days(shown))
    out.print(_outcomes(shown))
    out.print(_loads(shown))


def _expectation(expected: Expected | None, days: int) -> str:
    if expected is None:
        return "No published rate fits this scenario: the number of casualties is what you ask for."
    low, high = expected.low_per_day, expected.high_per_day
    return (
        f"{expected.people_at_risk:,} people at risk: planners would expect {low:,.1f} to "
        f"{high:,.1f} casualties a day, "
        f"{low * days:,.0f} to {high * days:,.0f} in all."
    )


def _days(shown: Preview) -> Table:
    table = Table("day", "battle injury", "non-battle injury", "disease", title="Casualties a day")
    for day in shown.days:
        table.add_row(
            str(day.day), str(day.battle_injury), str(day.non_battle_injury), str(day.disease)
        )
    return table


def _outcomes(shown: Preview) -> Table:
    table = Table("outcome", "casualties", title="Outcomes")
    for outcome, count in shown.outcomes.items():
        table.add_row(outcome.replace("_", " "), str(count))
    return table


def _loads(shown: Preview) -> Table:
    numbers = (
        Column(heading, justify="right") for heading in ("wait, min", "longest", "queue", "in use")
    )
    table = lines(
        Column("place or vehicles", no_wrap=True),
        "role",
        "beds",
        "peak",
        "scarcest",
        *numbers,
        title="Load",
    )
    for load in shown.loads:
        place = (
            "" if value is None else str(value)
            for value in (load.role, load.beds, load.present_max)
        )
        waits = (
            f"{load.wait_mean_min:,.0f}",
            f"{load.wait_max_min:,.0f}",
            str(load.queue_max),
            f"{load.busy_share:.0%}",
        )
        table.add_row(load.name, *place, load.scarcest.replace("_", " "), *waits)
    return table
