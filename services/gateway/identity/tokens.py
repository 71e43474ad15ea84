"""Access tokens: 256 random bits each, kept as a plain SHA-256, for a few minutes."""

import hashlib
import secrets
from datetime import datetime, timedelta

from services.gateway.identity.caller import Caller, Way
from services.gateway.identity.queries import QUERIES
from services.gateway.identity.roles import Role
from services.gateway.identity.scopes import Scopes
from shared.db.pool import Connection

TOKEN_PREFIX = "lzat_"  # noqa: S105 -- it tells tokens from API keys
TOKEN_LIFE_S = 300
TOKEN_BYTES = 32
FORGOTTEN_AT_ONCE_MAX = 100


async def issue_token(connection: Connection, client_id: str, scopes: Scopes, now: datetime) -> str:
    """Make a token that lives for `TOKEN_LIFE_S`; it is stored nowhere in plain."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    await connection.execute(QUERIES["forget_tokens"], now, FORGOTTEN_AT_ONCE_MAX)
    await connection.execute(
        QUERIES["insert_token"],
        _digest(token),
        client_id,
        scopes.text(),
        now + timedelta(seconds=TOKEN_LIFE_S),
    )
    return token


async def use_assertion(
    connection: Connection, client_id: str, jti: str, expires_at: datetime, now: datetime
) -> bool:
    """Note that a client used an assertion, until it expires. False when it had been used
    before.
    """
    await connection.execute(QUERIES["forget_assertions"], now, FORGOTTEN_AT_ONCE_MAX)
    return (
        await connection.fetchval(QUERIES["use_assertion"], client_id, jti, expires_at) is not None
    )


async def find_token(connection: Connection, token: str, now: datetime) -> Caller | None:
    """Return whose token it is; None when it is unknown, has expired, or its client was revoked."""
    row = await connection.fetchrow(QUERIES["find_token"], _digest(token), now)
    if row is None:
        return None
    return Caller(
        tenant_id=row["tenant_id"],
        way=Way.SMART_TOKEN,
        subject=row["client_id"],
        role=Role.FHIR_CLIENT,
        scopes=Scopes.read(row["scopes"]),
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
