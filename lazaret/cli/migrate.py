"""`lazaret migrate`: bring the database to this version's schema."""

import asyncio

import click

from lazaret.cli import EXIT_AWAY, Failure
from shared.db import migrate as migrations


@click.command()
@click.option("--database-url", envvar="LAZARET_DATABASE_URL", required=True, help="PostgreSQL address; LAZARET_DATABASE_URL by default.")
def migrate(database_url: str) -> None:
    """Apply the migrations that the database lacks and make the partitions of the next months. Doing it again changes nothing."""
    try:
        applied = asyncio.run(migrations.migrate(database_url))
    except (OSError, ValueError) as error:
        raise Failure(f"the database cannot be reached: {error}", EXIT_AWAY) from error
    for name in applied:
        click.echo(f"applied {name}")
    click.echo(f"the schema has version {migrations.REQUIRED_VERSION}")
