"""API keys for tests."""

from services.gateway.config import GatewayConfig
from services.gateway.identity.keys import KeyWish, NewKey, create_key, ensure_tenant
from services.gateway.identity.roles import Role
from shared.db.pool import Database


async def make_key(
    database: Database, config: GatewayConfig, tenant: str, role: Role, **wish: object
) -> NewKey:
    """Make a key of a tenant in a role."""
    wanted = KeyWish(name="test", role=role, **wish)  # type: ignore[arg-type]
    async with database.transaction() as connection:
        tenant_id = await ensure_tenant(connection, tenant)
        return await create_key(connection, tenant_id, wanted, config.pepper)
