"""`lazaret-deploy`: what an operator does to an installation. A command's module is imported when
the command is run.
"""

from __future__ import annotations

from importlib import import_module

import click

from deploy.local.commands import StackCommands

COMMANDS = {
    "configure-backup": "deploy.backup.commands",
    "backup": "deploy.backup.commands",
    "restore": "deploy.backup.commands",
    "drill": "deploy.backup.commands",
    "readiness": "deploy.readiness.commands",
    "release": "deploy.release.commands",
    "rollback": "deploy.release.commands",
}


class Commands(StackCommands):
    """Knows its commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(COMMANDS[cmd_name]), cmd_name.replace("-", "_")
        )
        return command


@click.group(cls=Commands)
def main() -> None:
    """Operate Lazaret: back up, restore, drill, release, roll back."""
