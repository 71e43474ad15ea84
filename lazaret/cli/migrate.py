"""`lazaret migrate`: bring the database to this version's schema."""

import asyncio
import os

import click

from lazaret.cli import EXIT_AWAY, Failure
from shared.config import DatabaseSettings
from shared.db import migrate as migrations


@click.command()
@click.option(
    "--database-url",
    help="PostgreSQL address; by default LAZARET_DATABASE_URL or the file in "
    "LAZARET_DATABASE_URL_FILE.",
)
def migrate(database_url: str | None) -> None:
    """Apply the migrations that the database lacks and make the partitions of the next months.
    Doing it again changes nothing.
    """
    if database_url is None:
        database_url = DatabaseSettings.load(os.environ).database_url.get_secret_value()
    try:
        applied = asyncio.run(migrations.migrate(database_url))
    except (OSError, ValueError) as error:
        raise Failure(f"the database cannot be reached: {error}", EXIT_AWAY) from error
    for name in applied:
        click.echo(f"applied {name}")
    click.echo(f"the schema has version {migrations.REQUIRED_VERSION}")
