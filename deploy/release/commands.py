"""`lazaret-deploy release ...` and `lazaret-deploy rollback`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.local.commands import StackCommands
from deploy.local.problem import Problem
from deploy.release import steps
from deploy.release.comparison import Decision
from deploy.release.plan import read_plan
from deploy.release.steps import Tools
from shared.clock import SystemClock

plan_option = click.option(
    "--plan",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/lazaret/release.toml"),
    show_default=True,
    help="The installation's plan.",
)
version_argument = click.argument("version", type=click.Path(path_type=Path, resolve_path=True))


def _tools(path: Path) -> Tools:
    return Tools.of(read_plan(path), SystemClock(), click.echo)


@click.group(cls=StackCommands)
def release() -> None:
    """Release a version beside the one that serves; `run` does all the steps below."""


@release.command()
@plan_option
@click.option("--slot", required=True, help="The slot that it serves in.")
@version_argument
def begin(path: Path, slot: str, version: Path) -> None:
    """Serve the first version of an installation."""
    steps.begin(_tools(path), slot, version)


@release.command()
@plan_option
@version_argument
def run(path: Path, version: Path) -> None:
    """Pre-flight, start, canary, compare, then promote or withdraw. Fails when it withdrew."""
    verdict = steps.release(_tools(path), version)
    if verdict is None or verdict.decision is not Decision.BETTER_OR_EQUAL:
        raise Problem("the version was withdrawn; the one before it serves")


@release.command("pre-flight")
@plan_option
@version_argument
def pre_flight(path: Path, version: Path) -> None:
    """Check configuration, space, proxy, measurements and migrations; name the candidate."""
    steps.pre_flight(_tools(path), version)


@release.command()
@plan_option
def start(path: Path) -> None:
    """Expand the schema and start the candidate beside the current version."""
    steps.start(_tools(path))


@release.command()
@plan_option
def canary(path: Path) -> None:
    """Give the candidate its share of requests and compare; fails unless it is as good."""
    verdict = steps.canary(_tools(path))
    if verdict.decision is not Decision.BETTER_OR_EQUAL:
        raise Problem(f"{verdict.decision}: {verdict.reason}")


@release.command()
@plan_option
def promote(path: Path) -> None:
    """Give the candidate everything, and drain the version before it."""
    steps.promote(_tools(path))


@release.command()
@plan_option
@click.option("--reason", default="withdrawn by hand", show_default=True)
def withdraw(path: Path, reason: str) -> None:
    """End a release that is under way; the current version gets everything."""
    steps.withdraw(_tools(path), reason)


@release.command()
@plan_option
def recover(path: Path) -> None:
    """After a power cut: serve what the journal says serves."""
    steps.recover(_tools(path))


@click.command()
@plan_option
def rollback(path: Path) -> None:
    """Serve the version before this one again."""
    state = steps.roll_back(_tools(path))
    click.echo(f"{state.version} serves in slot {state.slot}")
