"""API keys: `lzt_<key id>_<secret>`. The secret is 256 random bits, so its plain SHA-256 is safe to
store.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from services.gateway.identity.caller import Caller, Way
from services.gateway.identity.queries import QUERIES
from services.gateway.identity.roles import Role
from shared.db.pool import Connection
from shared.errors import NotFound

PREFIX = "lzt"
KEY_ID_BYTES = 6
SECRET_BYTES = 32
KEY_CHARACTERS_MAX = 200

_NO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: `api_key` is shown now and never again."""

    api_key: str
    key_id: str
    tenant_id: UUID


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What is known of a key that was made: everything but its secret."""

    key_id: str
    tenant: str
    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None


async def create_key(connection: Connection, *, tenant: str, name: str, role: Role) -> NewKey:
    """Make a key for a tenant, and the tenant when it is new. To be called inside a transaction."""
    tenant_id = await connection.fetchval(QUERIES["ensure_tenant"], uuid4(), tenant)
    key_id, secret = secrets.token_hex(KEY_ID_BYTES), secrets.token_hex(SECRET_BYTES)
    await connection.execute(
        QUERIES["insert_api_key"], key_id, tenant_id, name, _digest(secret), role
    )
    return NewKey(f"{PREFIX}_{key_id}_{secret}", key_id, tenant_id)


async def list_keys(connection: Connection, tenant: str | None = None) -> tuple[KnownKey, ...]:
    """Return every key, or those of the tenant of this name, the oldest first."""
    return tuple(
        KnownKey(**dict(row) | {"role": Role(row["role"])})
        for row in await connection.fetch(QUERIES["list_api_keys"], tenant)
    )


async def revoke_key(connection: Connection, key_id: str) -> None:
    """End a key: each request looks its key up, so the next one with it is refused. Revoking again
    changes nothing.

    Raises:
        NotFound: no key has this id.
    """
    if not await connection.fetchval(QUERIES["revoke_api_key"], key_id):
        raise NotFound(f"there is no API key {key_id!r}")


async def find_key(connection: Connection, api_key: str) -> Caller | None:
    """Return whose key this is; None when it is malformed, unknown or revoked, each in the same
    time.
    """
    prefix, _, rest = api_key.partition("_")
    key_id, _, secret = rest.partition("_")
    if (
        prefix != PREFIX
        or not api_key.isascii()
        or len(api_key) > KEY_CHARACTERS_MAX
        or not key_id.isalnum()
    ):
        return None
    row = await connection.fetchrow(QUERIES["find_api_key"], key_id)
    matches = hmac.compare_digest(_digest(secret), row["digest"] if row else _NO_DIGEST)
    if row is None or not matches:
        return None
    role = Role(row["role"])
    return Caller(tenant_id=row["tenant_id"], way=Way.API_KEY, subject=key_id, role=role)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
