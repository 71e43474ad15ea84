"""`lazaret clients`: register clients of the FHIR interface that sign assertions. It talks to the
database, as `lazaret keys` does.
"""

import json
from pathlib import Path
from typing import Any

import click

from lazaret.cli.in_database import Changed, ask, change, check_names
from services.gateway.smart.clients import (
    Registration,
    create_client,
    find_client,
    list_clients,
    revoke_client,
)
from shared.config import IdentitySettings
from shared.db.pool import Connection
from shared.errors import FieldProblem, Invalid

KEY_SET_BYTES_MAX = 64 * 1024


@click.group()
def clients() -> None:
    """Register clients of the FHIR interface (SMART Backend Services)."""


@clients.command()
@click.option("--name", required=True, help="What the client is.")
@click.option("--tenant", required=True, help="Whose jobs it sees; made when new.")
@click.option(
    "--scopes",
    default="system/*.rs",
    show_default=True,
    help="What it may ask for at most, between spaces.",
)
@click.option(
    "--jwks",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with its public keys, a JWK set.",
)
@click.option("--jwks-url", help="Where it publishes them instead, over https.")
@click.option(
    "--private-host",
    is_flag=True,
    help="That URL may be in your own network; gateways need LAZARET_JWKS_PRIVATE_ALLOWED too.",
)
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
def create(
    name: str,
    tenant: str,
    scopes: str,
    jwks: Path | None,
    jwks_url: str | None,
    private_host: bool,
    json_output: bool,
) -> None:
    """Register a client and print its id. Needs LAZARET_DATABASE_URL."""
    check_names(name=name, tenant=tenant)
    if (jwks is None) == (jwks_url is None):
        raise click.UsageError("give either --jwks or --jwks-url")
    keys = None if jwks is None else _read_json(jwks)
    registration = Registration(
        tenant=tenant.strip(),
        name=name.strip(),
        scopes=scopes,
        jwks=keys,
        jwks_url=jwks_url,
        private_hosts=private_host,
    )

    async def register(connection: Connection, _settings: IdentitySettings) -> Changed[str]:
        client_id = await create_client(connection, registration)
        made = await find_client(connection, client_id)
        details = {"client_id": client_id, "name": registration.name, "scopes": scopes}
        return Changed(client_id, made.tenant_id if made else None, details)

    client_id = change("lazaret clients create", register)
    click.echo(json.dumps({"client_id": client_id}) if json_output else client_id)


@clients.command(name="list")
@click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")
def list_(json_output: bool) -> None:
    """Print every client, the oldest first. Needs LAZARET_DATABASE_URL."""
    rows = [
        {name: None if value is None else str(value) for name, value in row.items()}
        for row in ask(list_clients)
    ]
    if json_output:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        state = "revoked" if row["revoked_at"] else "active"
        click.echo(
            f"{row['client_id']}  {state:7}  {row['tenant']}  {row['name']}  "
            f"{row['scopes']}  {row['jwks_url'] or 'keys by value'}"
        )


@clients.command()
@click.argument("client_id")
def revoke(client_id: str) -> None:
    """End a client and its tokens at once. Needs LAZARET_DATABASE_URL."""

    async def end(connection: Connection, _settings: IdentitySettings) -> Changed[None]:
        found = await find_client(connection, client_id)
        await revoke_client(connection, client_id)
        return Changed(None, found.tenant_id if found else None, {"client_id": client_id})

    change("lazaret clients revoke", end)


def _read_json(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return json.loads(file.read(KEY_SET_BYTES_MAX))
    except ValueError as error:
        raise Invalid(
            (FieldProblem("jwks", f"{path} is not JSON of at most {KEY_SET_BYTES_MAX} bytes"),)
        ) from error
