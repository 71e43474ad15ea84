"""Clients that authenticate with signed assertions: registered by an operator, with keys by value
or by URL.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg

from services.gateway.identity.queries import QUERIES as IDENTITY_QUERIES
from services.gateway.identity.scopes import Scopes
from services.gateway.smart.keys import read_key_set
from services.gateway.smart.public_hosts import may_be_public
from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.errors import FieldProblem, Invalid, NotFound

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
CLIENT_ID_BYTES = 12
URL_CHARACTERS_MAX = 2000


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client; it has either `jwks` or `jwks_url`."""

    client_id: str
    tenant_id: UUID
    name: str
    scopes: Scopes
    jwks: Mapping[str, Any] | None
    jwks_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What an operator says about a new client. `scopes` are what it may ask for at most. With
    `private_hosts` its URL may lead into the operator's own network.
    """

    tenant: str
    name: str
    scopes: str
    jwks: Mapping[str, Any] | None = None
    jwks_url: str | None = None
    private_hosts: bool = False


async def create_client(connection: Connection, registration: Registration) -> str:
    """Register a client, and its tenant when it is new, and return its id. To be called inside a
    transaction.

    Raises:
        Invalid: the scopes grant nothing, or the keys cannot be used.
    """
    scopes = Scopes.read(registration.scopes)
    if problems := [*_scope_problems(registration, scopes), *_key_problems(registration)]:
        raise Invalid(tuple(problems))
    tenant_id = await connection.fetchval(
        IDENTITY_QUERIES["ensure_tenant"], uuid4(), registration.tenant
    )
    client_id = secrets.token_hex(CLIENT_ID_BYTES)
    await connection.execute(
        QUERIES["insert_client"],
        client_id,
        tenant_id,
        registration.name,
        scopes.text(),
        registration.jwks,
        registration.jwks_url,
    )
    return client_id


async def find_client(connection: Connection, client_id: str) -> Client | None:
    """Return a client that has not been revoked."""
    row = await connection.fetchrow(QUERIES["find_client"], client_id)
    return None if row is None else Client(**dict(row) | {"scopes": Scopes.read(row["scopes"])})


async def list_clients(connection: Connection) -> list[asyncpg.Record]:
    """Return every client: `client_id, tenant, name, scopes, jwks_url, created_at, revoked_at`."""
    return await connection.fetch(QUERIES["list_clients"])


async def revoke_client(connection: Connection, client_id: str) -> None:
    """End a client and its tokens at once. Raises NotFound."""
    if await connection.fetchval(QUERIES["revoke_client"], client_id) is None:
        raise NotFound(f"there is no client {client_id[:60]!r}, or it has been revoked")


def _scope_problems(registration: Registration, scopes: Scopes) -> list[FieldProblem]:
    if scopes.pairs and len(registration.scopes.split()) == len(Scopes.known(registration.scopes)):
        return []
    return [
        FieldProblem(
            "scopes",
            (
                "must be system scopes that read or search, such as 'system/*.rs' or "
                "'system/Patient.read'"
            ),
        )
    ]


def _key_problems(registration: Registration) -> list[FieldProblem]:
    if registration.jwks_url is not None:
        return _url_problems(registration.jwks_url, private_hosts=registration.private_hosts)
    try:
        read_key_set(registration.jwks)
    except ValueError as error:
        return [FieldProblem("jwks", str(error))]
    return []


def _url_problems(url: str, *, private_hosts: bool) -> list[FieldProblem]:
    parts = urlsplit(url)
    is_web = parts.scheme in {"https", "http"} and len(url) <= URL_CHARACTERS_MAX
    if not is_web or not parts.hostname:
        return [FieldProblem("jwks_url", "must be an https URL")]
    if not private_hosts and not may_be_public(parts.hostname):
        return [FieldProblem("jwks_url", f"{parts.hostname[:60]!r} is no public host")]
    return []
