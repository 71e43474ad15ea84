"""The commands behind the Makefile's targets."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.local.problem import Problem
from deploy.local.servers import delete_servers, running_servers, start_servers


class StackCommands(click.Group):
    """Shows a Problem as one message, without a trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise click.ClickException(str(problem)) from None


@click.group(cls=StackCommands)
def main() -> None:
    """Lazaret's native stack."""


@main.command("test-servers")
@click.argument("folder", type=click.Path(path_type=Path))
def test_servers(folder: Path) -> None:
    """Start a pair of servers that several test sessions may share."""
    if running_servers(folder) is None:
        start_servers(folder)
    click.echo(f"export LAZARET_TEST_SERVERS={folder}")


@main.command("stop-test-servers")
@click.argument("folder", type=click.Path(path_type=Path))
def stop_test_servers(folder: Path) -> None:
    """Stop such a pair and delete its data."""
    delete_servers(folder)
