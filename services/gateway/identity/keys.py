"""API keys in the database. Only an HMAC of the secret is stored, under a pepper that the database
does not know.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Any
from uuid import UUID, uuid4

from services.gateway.identity.key_format import KeyText, draw_key
from services.gateway.identity.queries import QUERIES
from services.gateway.identity.roles import Role
from shared.db.pool import Connection
from shared.errors import Conflict, NotFound

NETWORKS_MAX = 50
Network = IPv4Network | IPv6Network

_NO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """What a new key shall be. Without `expires_at` it lives until it is revoked; without
    `networks` it works from everywhere.
    """

    name: str
    role: Role
    expires_at: datetime | None = None
    networks: Sequence[Network] = ()


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
    networks: Sequence[Network]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What a presented key is checked against."""

    tenant_id: UUID
    role: Role
    digest: bytes
    peppered: bool
    networks: Sequence[Network]
    expires_at: datetime | None
    last_used_at: datetime | None


async def ensure_tenant(connection: Connection, name: str) -> UUID:
    """Return the tenant of this name, made when it is new."""
    tenant_id: UUID = await connection.fetchval(QUERIES["ensure_tenant"], uuid4(), name)
    return tenant_id


async def create_key(
    connection: Connection, tenant_id: UUID, wish: KeyWish, pepper: bytes
) -> NewKey:
    """Make a key for a tenant."""
    text = draw_key()
    await connection.execute(
        QUERIES["insert_api_key"],
        text.key_id,
        tenant_id,
        wish.name,
        peppered_digest(text.secret, pepper),
        wish.role,
        wish.expires_at,
        list(wish.networks),
    )
    return NewKey(str(text), text.key_id, tenant_id)


async def rotate_key(
    connection: Connection,
    tenant_id: UUID | None,
    key_id: str,
    old_ends_at: datetime,
    pepper: bytes,
) -> NewKey:
    """Make a key that takes another's place. The old one works until `old_ends_at`, or until it
    expires before.

    `tenant_id` None looks at every tenant's keys. To be called inside a transaction.

    Raises:
        NotFound: the tenant has no such key.
        Conflict: it has been revoked or replaced.

    """
    row = await connection.fetchrow(QUERIES["lock_api_key"], key_id, tenant_id)
    if row is None:
        raise NotFound(f"there is no API key {key_id!r}")
    if row["revoked_at"] is not None or row["replaced_by"] is not None:
        raise Conflict(f"the API key {key_id!r} has been revoked or replaced already")
    wish = KeyWish(name=row["name"], role=Role(row["role"]), networks=row["networks"])
    new = await create_key(connection, row["tenant_id"], wish, pepper)
    await connection.execute(QUERIES["replace_api_key"], key_id, new.key_id, old_ends_at)
    return new


async def list_keys(
    connection: Connection, *, tenant: str | None = None, tenant_id: UUID | None = None
) -> tuple[KnownKey, ...]:
    """Return every key, or those of one tenant, the oldest first."""
    return tuple(
        _known(row)
        for row in await connection.fetch(QUERIES["list_api_keys"], tenant, tenant_id, None)
    )


async def get_key(connection: Connection, tenant_id: UUID, key_id: str) -> KnownKey:
    """Return a tenant's key. Raises NotFound."""
    row = await connection.fetchrow(QUERIES["list_api_keys"], None, tenant_id, key_id)
    if row is None:
        raise NotFound(f"there is no API key {key_id!r}")
    return _known(row)


async def revoke_key(connection: Connection, key_id: str, tenant_id: UUID | None = None) -> UUID:
    """End a key and return its tenant. Gateways that have just seen it forget it within
    `key_cache_s`. Revoking again changes nothing.

    Raises:
        NotFound: no key has this id, or the tenant given has none.
    """
    owner: UUID | None = await connection.fetchval(QUERIES["revoke_api_key"], key_id, tenant_id)
    if owner is None:
        raise NotFound(f"there is no API key {key_id[:60]!r}")
    return owner


async def find_key(connection: Connection, text: KeyText, pepper: bytes) -> StoredKey | None:
    """Return the key that was presented; None when it is unknown or revoked, or the secret is
    another, each in the same time.
    """
    row = await connection.fetchrow(QUERIES["find_api_key"], text.key_id)
    found = None if row is None else StoredKey(**dict(row) | {"role": Role(row["role"])})
    expected = found.digest if found else _NO_DIGEST
    is_plain = found is not None and not found.peppered
    given = plain_digest(text.secret) if is_plain else peppered_digest(text.secret, pepper)
    return found if hmac.compare_digest(given, expected) else None


async def note_use(connection: Connection, text: KeyText, pepper: bytes, now: datetime) -> None:
    """Remember when a key was used, and its peppered digest where a plain one stands."""
    await connection.execute(
        QUERIES["note_api_key_use"], text.key_id, now, peppered_digest(text.secret, pepper)
    )


def peppered_digest(secret: str, pepper: bytes) -> bytes:
    """What is stored of a secret."""
    return hmac.new(pepper, secret.encode(), hashlib.sha256).digest()


def plain_digest(secret: str) -> bytes:
    """What was stored of a secret before there was a pepper: safe too, for a secret is 256 random
    bits.
    """
    return hashlib.sha256(secret.encode()).digest()


def _known(row: Any) -> KnownKey:
    return KnownKey(**dict(row) | {"role": Role(row["role"])})
