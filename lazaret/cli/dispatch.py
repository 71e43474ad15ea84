"""`lazaret dispatch`: stop and resume the dispatch of batches, for one tenant or for all."""

import click

from lazaret.cli.in_database import Changed, change, check_names
from shared.config import IdentitySettings
from shared.db.pool import Connection
from shared.jobs.pausing import set_all_paused, set_tenant_paused

tenant_option = click.option("--tenant", help="Only this tenant's jobs; all without.")


@click.group()
def dispatch() -> None:
    """Stop and resume the dispatch of batches to the generators.

    Needs LAZARET_DATABASE_URL and the gateway's LAZARET_AUDIT_KEY and LAZARET_KEY_PEPPER.
    """


@dispatch.command()
@tenant_option
def pause(tenant: str | None) -> None:
    """Dispatch nothing more. What a generator has begun is finished and stored."""
    _set_paused(tenant, paused=True)


@dispatch.command()
@tenant_option
def resume(tenant: str | None) -> None:
    """Dispatch again."""
    _set_paused(tenant, paused=False)


def _set_paused(tenant: str | None, *, paused: bool) -> None:
    if tenant is not None:
        check_names(tenant=tenant)

    async def switch(connection: Connection, _settings: IdentitySettings) -> Changed[None]:
        if tenant is None:
            await set_all_paused(connection, paused=paused)
            return Changed(None, None, {"tenant": "all"})
        tenant_id = await set_tenant_paused(connection, tenant.strip(), paused=paused)
        return Changed(None, tenant_id, {"tenant": tenant.strip()})

    change(f"lazaret dispatch {'pause' if paused else 'resume'}", switch)
    whose = "all dispatch" if tenant is None else f"the dispatch of {tenant.strip()}'s jobs"
    click.echo(f"{'Paused' if paused else 'Resumed'} {whose}.")
