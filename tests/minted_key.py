"""An administrator's key, made in the database as the command line does it."""

import asyncpg

from services.gateway.identity.keys import KeyWish, NewKey, create_key, ensure_tenant
from services.gateway.identity.roles import Role
from tests.secrets_of_tests import SECRETS

PEPPER = SECRETS["key_pepper"].encode()


async def mint(
    connection: "asyncpg.Connection[asyncpg.Record]", tenant: str, pepper: bytes = PEPPER
) -> NewKey:
    """Make a key of a tenant, and the tenant when it is new."""
    wish = KeyWish(name="tests", role=Role.ADMIN)
    return await create_key(connection, await ensure_tenant(connection, tenant), wish, pepper)
