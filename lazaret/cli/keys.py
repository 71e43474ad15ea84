"""`lazaret keys`: make, list and revoke API keys. It talks to the database, so it works before any
key exists.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.table import Table

from lazaret.cli.in_database import ask, check_names
from lazaret.cli.terminal import console
from services.gateway.identity.keys import KnownKey, create_key, list_keys, revoke_key
from services.gateway.identity.roles import KEY_ROLES, Role

json_option = click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")


@click.group()
def keys() -> None:
    """Make, list and revoke API keys. Needs LAZARET_DATABASE_URL."""


@keys.command()
@click.option("--name", required=True, help="What the key is for.")
@click.option("--tenant", required=True, help="Whose jobs it sees; made when new.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in KEY_ROLES]),
    default=Role.OPERATOR.value,
    show_default=True,
    help="What it may do; jobs stay its own tenant's.",
)
@json_option
def create(name: str, tenant: str, role: str, json_output: bool) -> None:
    """Make a key and print it: it is stored nowhere and cannot be shown again."""
    check_names(name=name, tenant=tenant)
    key = ask(
        lambda connection: create_key(
            connection, tenant=tenant.strip(), name=name.strip(), role=Role(role)
        )
    )
    if json_output:
        click.echo(
            json.dumps(
                {"api_key": key.api_key, "key_id": key.key_id, "tenant_id": str(key.tenant_id)}
            )
        )
    else:
        click.echo(key.api_key)


@keys.command("list")
@click.option("--tenant", help="Only this tenant's.")
@json_option
def list_(tenant: str | None, json_output: bool) -> None:
    """List the keys without their secrets, the oldest first."""
    known = ask(lambda connection: list_keys(connection, tenant))
    if json_output:
        click.echo(json.dumps([asdict(key) for key in known], default=str))
    else:
        _print(known)


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End the key of this id (the middle of lzt_ID_SECRET): the next request with it is refused."""
    ask(lambda connection: revoke_key(connection, key_id))
    click.echo(f"revoked {key_id}")


def _print(known: Sequence[KnownKey]) -> None:
    table = Table("id", "tenant", "name", "role", "made", "revoked", box=None)
    for key in known:
        revoked = "" if key.revoked_at is None else f"{key.revoked_at:%Y-%m-%d %H:%M}"
        table.add_row(
            key.key_id,
            key.tenant,
            key.name,
            key.role,
            f"{key.created_at:%Y-%m-%d %H:%M}",
            revoked,
        )
    console().print(table)
