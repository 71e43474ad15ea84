"""The services' own roles in PostgreSQL: each logs in with its own and may do what it needs.

Their passwords follow from the owner's, who may do everything in its databases anyway; none of them
knows the owner's, nor another's.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from deploy.services import NAMES
from shared.db.named_queries import load_queries

QUERIES = load_queries(Path(__file__).with_name("roles.sql"))
LOCK = 0x6C617A63
CONNECT_TIMEOUT_S = 10.0


def service_url(owner_url: str, service: str) -> str:
    """The URL of the owner's database for a service's role."""
    parts = urlsplit(owner_url)
    login = f"{role_of(service)}:{password_of(service, parts.password or '')}"
    return parts._replace(netloc=f"{login}@{parts.hostname}:{parts.port}").geturl()


def role_of(service: str) -> str:
    return f"lazaret_{service}"


def password_of(service: str, owner_password: str) -> str:
    """A service's password, given the owner's."""
    return hmac.new(owner_password.encode(), service.encode(), hashlib.sha256).hexdigest()


def make_roles(superuser_url: str, owner_password: str) -> None:
    """Make the roles that are missing; safe to repeat, and for several at once."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, _make(superuser_url, owner_password)).result()


async def _make(superuser_url: str, owner_password: str) -> None:
    connection = await asyncpg.connect(superuser_url, timeout=CONNECT_TIMEOUT_S)
    try:
        await connection.execute(QUERIES["lock_roles"], LOCK)
        known = {row["rolname"] for row in await connection.fetch(QUERIES["list_roles"])}
        for service in NAMES:
            if role_of(service) not in known:
                login = role_of(service), password_of(service, owner_password)
                await connection.execute(await connection.fetchval(QUERIES["write_role"], *login))
        await connection.execute(QUERIES["let_see_transactions"])
    finally:
        await connection.close()
