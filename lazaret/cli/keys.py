"""`lazaret keys`: make, list, rotate and revoke API keys. It talks to the database, so it works
before any key exists.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from ipaddress import ip_network

import click
from rich.table import Table

from lazaret.cli.in_database import Changed, ask, change, check_names
from lazaret.cli.terminal import console
from services.gateway.identity.keys import (
    KeyWish,
    KnownKey,
    Network,
    NewKey,
    create_key,
    ensure_tenant,
    list_keys,
    revoke_key,
    rotate_key,
)
from services.gateway.identity.roles import KEY_ROLES, Role
from shared.clock import SystemClock
from shared.config import IdentitySettings
from shared.db.pool import Connection
from shared.errors import FieldProblem, Invalid

DAYS_MAX = 3650
OVERLAP_HOURS_MAX = 30 * 24
json_option = click.option("--json", "json_output", is_flag=True, help="Print JSON for programs.")


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke API keys.

    Needs LAZARET_DATABASE_URL, and the gateway's LAZARET_KEY_PEPPER and LAZARET_AUDIT_KEY.
    """


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
@click.option("--days", type=click.IntRange(1, DAYS_MAX), help="Let it expire after so many days.")
@click.option(
    "--network",
    "networks",
    multiple=True,
    help="From where it may be used, such as 192.0.2.0/24; from everywhere without. Repeatable.",
)
@json_option
def create(
    name: str,
    tenant: str,
    role: str,
    days: int | None,
    networks: tuple[str, ...],
    json_output: bool,
) -> None:
    """Make a key and print it: it is stored nowhere and cannot be shown again."""
    check_names(name=name, tenant=tenant)
    wish = KeyWish(
        name=name.strip(),
        role=Role(role),
        expires_at=None if days is None else SystemClock().now() + timedelta(days=days),
        networks=tuple(map(_network, networks)),
    )

    async def make(connection: Connection, settings: IdentitySettings) -> Changed[NewKey]:
        tenant_id = await ensure_tenant(connection, tenant.strip())
        key = await create_key(connection, tenant_id, wish, settings.pepper)
        details = {"key_id": key.key_id, "name": wish.name, "role": role}
        return Changed(key, tenant_id, details)

    _show_once(change("lazaret keys create", make), json_output=json_output)


@keys.command("list")
@click.option("--tenant", help="Only this tenant's.")
@json_option
def list_(tenant: str | None, json_output: bool) -> None:
    """List the keys without their secrets, the oldest first."""
    known = ask(lambda connection: list_keys(connection, tenant=tenant))
    if json_output:
        click.echo(json.dumps([asdict(key) for key in known], default=str))
    else:
        _print(known)


@keys.command()
@click.argument("key_id")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, OVERLAP_HOURS_MAX),
    default=24,
    show_default=True,
    help="How long the old key works beside the new one.",
)
@json_option
def rotate(key_id: str, overlap_hours: int, json_output: bool) -> None:
    """Make a key that takes the place of the one of this id, and print it."""
    old_ends_at = SystemClock().now() + timedelta(hours=overlap_hours)

    async def replace(connection: Connection, settings: IdentitySettings) -> Changed[NewKey]:
        new = await rotate_key(connection, None, key_id, old_ends_at, settings.pepper)
        details = {"key_id": key_id, "new_key_id": new.key_id}
        return Changed(new, new.tenant_id, details)

    _show_once(change("lazaret keys rotate", replace), json_output=json_output)


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End the key of this id (the middle of lzt_ID_SECRET): it is refused within seconds."""

    async def end(connection: Connection, _settings: IdentitySettings) -> Changed[None]:
        return Changed(None, await revoke_key(connection, key_id), {"key_id": key_id})

    change("lazaret keys revoke", end)
    click.echo(f"revoked {key_id}")


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise Invalid(
            (FieldProblem("--network", f"{text[:60]!r} is no network: {error}"),)
        ) from None


def _show_once(key: NewKey, *, json_output: bool) -> None:
    document = {"api_key": key.api_key, "key_id": key.key_id, "tenant_id": str(key.tenant_id)}
    click.echo(json.dumps(document) if json_output else key.api_key)


def _print(known: Sequence[KnownKey]) -> None:
    table = Table("id", "tenant", "name", "role", "made", "used", "ends", "replaced by", box=None)
    for key in known:
        ends = [moment for moment in (key.revoked_at, key.expires_at) if moment is not None]
        moments = map(_minute, (key.created_at, key.last_used_at, min(ends, default=None)))
        table.add_row(key.key_id, key.tenant, key.name, key.role, *moments, key.replaced_by or "")
    console().print(table)


def _minute(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
