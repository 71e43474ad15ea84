"""`lazaret-deploy readiness`: the checklist before production, answered by the running system."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import click

from deploy.backup.commands import configuration_option, metrics_option, stanza_option
from deploy.backup.repository import Repository
from deploy.local.problem import Problem
from deploy.readiness.checks import Line, look_at_backups, look_at_database, look_at_gateway
from shared.clock import SystemClock

CONNECT_WITHIN_S = 10.0


@click.command()
@click.option("--url", required=True, help="The gateway as clients reach it.")
@click.option("--database-url-file", type=click.Path(path_type=Path, exists=True), required=True)
@configuration_option
@stanza_option
@metrics_option
def readiness(
    url: str, database_url_file: Path, configuration: Path, stanza: str, metrics: Path | None
) -> None:
    """Look at each line of the checklist; fails when one is not good."""
    lines = look_at_gateway(url)
    lines += asyncio.run(_database_lines(database_url_file.read_text().strip()))
    lines += look_at_backups(Repository(configuration, stanza), metrics, SystemClock())
    for line in lines:
        click.echo(f"{'good' if line.good else 'NOT':<5} {line.what:<45} {line.evidence}")
    if bad := sum(not line.good for line in lines):
        raise Problem(f"{bad} of {len(lines)} lines are not good")


async def _database_lines(database_url: str) -> list[Line]:
    try:
        connection = await asyncpg.connect(database_url, timeout=CONNECT_WITHIN_S)
    except (OSError, asyncpg.PostgresError) as error:
        return [Line("the database answers", good=False, evidence=str(error))]
    try:
        return await look_at_database(connection)
    finally:
        await connection.close()
