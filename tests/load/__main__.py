"""`make load`: every scenario in turn on a stack of its own, or those that are named.

`python -m tests.load --seconds 20 --rate 30 smoke load jobs`
"""

import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from lazaret.bench.stack import Stack, running_stack
from tests.load.report import show, write_page
from tests.load.run import Load, Outcome, run_load
from tests.load.target import target

PAGE = Path("build/load.html")
STORED_PATIENTS = 20_000
# What differs between the scenarios; the rest is said on the command line.
PLANNED = {
    "smoke": {"seconds": 10, "rate": 10, "large_patients": 10_000},
    "load": {"users": 100},
    "stress": {"users": 1000},
    "spike": {"users": 1000},
    "soak": {"seconds": 120},
    "breakpoint": {"users": 1000},
    "jobs": {},
    "beside": {"large_patients": 1_000_000},
}
# No latency is claimed where the machine is meant to be overrun.
OVERRUN = {
    "stress": {"simple_p95_ms": 1000, "all_p95_ms": 3000},
    "spike": {"simple_p95_ms": 3000, "all_p95_ms": 5000},
}


@click.command()
@click.option(
    "--seconds",
    type=click.IntRange(1, 86_400),
    default=30,
    show_default=True,
    help="Length of a scenario.",
)
@click.option(
    "--rate",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="Requests a second, before stress and spikes.",
)
@click.option(
    "--prometheus",
    default="",
    help="Send k6's metrics to this Prometheus, http://host:9090, by remote write.",
)
@click.argument("scenarios", nargs=-1, type=click.Choice(list(PLANNED)))
def main(seconds: int, rate: int, prometheus: str, scenarios: tuple[str, ...]) -> None:
    """Run the load scenarios, print the table and write the page."""
    common = Load("", rate=rate, seconds=seconds, prometheus=prometheus)
    chosen = [
        replace(common, scenario=name, **{**PLANNED[name], **OVERRUN.get(name, {})})
        for name in scenarios or PLANNED
    ]
    with running_stack() as stack, tempfile.TemporaryDirectory() as folder:
        outcomes = asyncio.run(_run_all(stack, chosen, Path(folder)))
        peaks = dict(stack.memory.peaks_mb)
    show(outcomes, peaks)
    write_page(PAGE, outcomes, peaks)
    click.echo(f"The page is {PAGE}")
    sys.exit(
        any(
            outcome.problems or (outcome.breached and outcome.load.scenario != "breakpoint")
            for outcome in outcomes
        )
    )


async def _run_all(stack: Stack, chosen: list[Load], folder: Path) -> list[Outcome]:
    outcomes = []
    async with target(stack.url, stack.database_url, stack.api_key, STORED_PATIENTS) as aim:
        for load in chosen:
            click.echo(f"{load.scenario}: {load.seconds} s")
            outcomes.append(await run_load(aim, load, folder))
            stack.memory.look()
    return outcomes


if __name__ == "__main__":
    main()
