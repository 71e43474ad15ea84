"""Sessions and one-time links, kept in the database by the digest of what the browser holds."""

import hashlib
import secrets
from datetime import timedelta
from pathlib import Path

from services.gateway.console.session.session import Session
from services.gateway.identity.caller import Caller, Way
from services.gateway.identity.roles import Role
from shared.db.named_queries import load_queries
from shared.db.pool import Connection

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
TOKEN_BYTES = 32
TOKEN_CHARACTERS_MAX = 100


async def open_session(connection: Connection, key_id: str, life_s: float) -> str:
    """Begin a session of a key's owner, forget those that are over; return the cookie."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await connection.execute(QUERIES["prune_sessions"])
    await connection.execute(
        QUERIES["insert_session"], _digest(token), key_id, timedelta(seconds=life_s)
    )
    return token


async def find_session(connection: Connection, token: str) -> Session | None:
    """Return a cookie's session; None when there is none, or its key has been revoked."""
    if len(token) > TOKEN_CHARACTERS_MAX:
        return None
    row = await connection.fetchrow(QUERIES["find_session"], _digest(token))
    if row is None:
        return None
    caller = Caller(
        tenant_id=row["tenant_id"],
        way=Way.API_KEY,
        subject=row["key_id"],
        role=Role(row["role"]),
    )
    return Session(token, caller, tuple(row["networks"]), row["key_name"], row["tenant"])


async def close_session(connection: Connection, token: str) -> None:
    """End a session."""
    await connection.execute(QUERIES["delete_session"], _digest(token))


async def make_link(connection: Connection, key_id: str, life_s: float) -> str:
    """Make the secret of a link that signs a key's owner in once."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await connection.execute(QUERIES["prune_links"])
    await connection.execute(
        QUERIES["insert_link"], _digest(token), key_id, timedelta(seconds=life_s)
    )
    return token


async def take_link(connection: Connection, token: str) -> str | None:
    """Use a link up and return its key's id; None when it is unknown, used, or too old."""
    key_id: str | None = await connection.fetchval(
        QUERIES["take_link"], _digest(token[:TOKEN_CHARACTERS_MAX])
    )
    return key_id


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
