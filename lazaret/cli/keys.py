"""`lazaret keys`: make API keys. It talks to the database, so it works before any key exists."""

import asyncio
import json
import os

import click

from services.gateway.api_keys import NewKey, create_key
from shared.config import DatabaseSettings
from shared.db.migrate import check_schema_version
from shared.db.pool import Database

NAME_CHARACTERS_MAX = 100


@click.group()
def keys() -> None:
    """Make API keys."""


@keys.command()
@click.option("--name", required=True, help="What the key is for.")
@click.option("--tenant", required=True, help="Whose jobs it sees; made when new.")
@click.option("--admin", is_flag=True, help="Lets it use what is kept for administrators; jobs stay its own tenant's.")
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
def create(name: str, tenant: str, admin: bool, json_output: bool) -> None:
    """Make a key and print it: it is stored nowhere and cannot be shown again. Needs LAZARET_DATABASE_URL."""
    for option, value in (("--name", name), ("--tenant", tenant)):
        if not value.strip() or len(value) > NAME_CHARACTERS_MAX or "\0" in value:
            raise click.BadParameter(f"must have 1 to {NAME_CHARACTERS_MAX} characters", param_hint=option)
    key = asyncio.run(_create(DatabaseSettings.load(os.environ), tenant.strip(), name.strip(), admin=admin))
    if json_output:
        click.echo(json.dumps({"api_key": key.api_key, "key_id": key.key_id, "tenant_id": str(key.tenant_id)}))
    else:
        click.echo(key.api_key)


async def _create(settings: DatabaseSettings, tenant: str, name: str, *, admin: bool) -> NewKey:
    database = await Database.open(settings, "lazaret-keys")
    try:
        async with database.transaction() as connection:
            await check_schema_version(connection)
            return await create_key(connection, tenant=tenant, name=name, admin=admin)
    finally:
        await database.close()
