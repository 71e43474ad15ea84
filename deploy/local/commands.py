"""The commands behind the Makefile's targets."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.local import sample
from deploy.local.choice import Choice, both, choose
from deploy.local.observed_stack import ObservedStack
from deploy.local.observing import Observers
from deploy.local.packages import (
    install,
    install_missing_operating_programs,
    install_missing_servers,
)
from deploy.local.problem import Problem
from deploy.local.programs import provide
from deploy.local.servers import delete_servers, running_servers, start_servers
from deploy.local.stack_folder import CHECKOUT, StackFolder
from deploy.local.supervisor import supervise as supervise_stack

stack_option = click.option(
    "--stack",
    "choice",
    type=click.Choice(["auto", "docker", "native"]),
    default="auto",
    help="How to run it.",
)


class StackCommands(click.Group):
    """Shows a Problem as one message, without a trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise click.ClickException(str(problem)) from None


@click.group(cls=StackCommands)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, resolve_path=True),
    default=CHECKOUT / ".lazaret",
    help="Where the stack keeps everything.",
)
@click.pass_context
def main(context: click.Context, folder: Path) -> None:
    """Lazaret's local stack."""
    context.obj = StackFolder(folder)


@main.command()
@stack_option
@click.pass_obj
def run(folder: StackFolder, choice: Choice) -> None:
    """Start the stack, run the sample exercise, go on until Ctrl-C."""
    sample.run(choose(folder, choice), click.echo)


@main.command()
@click.pass_obj
def observe(folder: StackFolder) -> None:
    """Start the native stack and what watches it, run the sample exercise, print the links."""
    choose(folder, "native")
    stack = ObservedStack(folder)
    sample.run(stack, click.echo, stack.links)


@main.command()
def tools() -> None:
    """Build and install the programs that watch the stack, once a machine and version."""
    provide(click.echo)


@main.command()
@stack_option
@click.pass_obj
def up(folder: StackFolder, choice: Choice) -> None:
    """Start the stack and return when it is ready."""
    variables = choose(folder, choice).up()
    click.echo(f"Ready at {variables['LAZARET_URL']}; the API key is in .lazaret/local.env")


@main.command()
@click.pass_obj
def stop(folder: StackFolder) -> None:
    """Drain and stop the stack."""
    for stack in both(folder):
        stack.stop()
    Observers(folder.observers).stop()


@main.command()
@click.pass_obj
def clean(folder: StackFolder) -> None:
    """Stop the stack and delete its data, logs and key."""
    for stack in both(folder):
        stack.clean()
    Observers(folder.observers).stop()
    folder.delete()


@main.command(hidden=True)
@click.pass_obj
def supervise(folder: StackFolder) -> None:
    """Be the native stack's supervisor, in this process."""
    supervise_stack(folder)


@main.command(hidden=True)
@stack_option
@click.pass_obj
def prepare(folder: StackFolder, choice: Choice) -> None:
    """Install what the stack needs from the distribution, so that it can be done beside set-up."""
    choose(folder, choice).prepare()


@main.command()
@click.option("--operating", is_flag=True, help="HAProxy, pgBackRest and Prometheus too.")
def packages(operating: bool) -> None:  # noqa: FBT001 -- click passes flags by name
    """Install the distribution's PostgreSQL and RabbitMQ, without starting them."""
    install_missing_servers()
    if operating:
        install_missing_operating_programs()


@main.command()
def browser() -> None:
    """Install the distribution's Chromium, for the tests of the console."""
    install(["chromium"])


@main.command("test-servers")
@click.argument("folder", type=click.Path(path_type=Path))
def test_servers(folder: Path) -> None:
    """Start a pair of servers that several test sessions may share."""
    install_missing_servers()
    if running_servers(folder) is None:
        start_servers(folder)
    click.echo(f"export LAZARET_TEST_SERVERS={folder}")


@main.command("stop-test-servers")
@click.argument("folder", type=click.Path(path_type=Path))
def stop_test_servers(folder: Path) -> None:
    """Stop such a pair and delete its data."""
    delete_servers(folder)
