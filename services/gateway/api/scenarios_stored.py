"""Scenarios that tenants keep: an edit makes the next version, and what a version says never
changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.errors import Conflict, NotFound
from shared.scenarios.scenario import Scenario, canonical_json, digest_of

QUERIES = load_queries(Path(__file__).with_name("scenarios.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredScenario:
    """One version of a scenario. `newest` is the newest version's number."""

    scenario_id: UUID
    name: str
    version: int
    newest: int
    document: Mapping[str, Any]
    digest: bytes
    created_at: datetime
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A scenario of a tenant."""

    tenant_id: UUID
    scenario_id: UUID


async def keep(
    connection: Connection,
    owned: Owned,
    name: str,
    scenario: Scenario,
    made_by: str,
    scenarios_max: int,
) -> None:
    """Keep a new scenario as version 1. To be called inside a transaction.

    Raises:
        Conflict: the tenant has a scenario of this name, or as many as it may have.
    """
    try:
        kept = await connection.fetchval(
            QUERIES["insert_scenario"], owned.scenario_id, owned.tenant_id, name, scenarios_max
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(f"there is a scenario named {name!r} already") from None
    if kept is None:
        raise Conflict(f"{scenarios_max} scenarios are kept already; delete one first")
    await _keep_version(connection, owned.scenario_id, 1, scenario, made_by)


async def lock(connection: Connection, owned: Owned) -> int:
    """Return the newest version's number, and hold the scenario until the transaction ends. Raises
    NotFound.
    """
    version: int | None = await connection.fetchval(
        QUERIES["lock_scenario"], owned.scenario_id, owned.tenant_id
    )
    if version is None:
        raise NotFound(f"there is no scenario {owned.scenario_id}")
    return version


async def replace(
    connection: Connection,
    owned: Owned,
    version: int,
    name: str | None,
    scenario: Scenario,
    made_by: str,
) -> None:
    """Keep the next version, this one, of a locked scenario. Raises Conflict when another scenario
    has the name.
    """
    await _keep_version(connection, owned.scenario_id, version, scenario, made_by)
    try:
        await connection.execute(QUERIES["advance_scenario"], owned.scenario_id, version, name)
    except asyncpg.UniqueViolationError:
        raise Conflict(f"there is a scenario named {name!r} already") from None


async def delete(connection: Connection, owned: Owned) -> None:
    """Delete a locked scenario with all its versions."""
    await connection.execute(QUERIES["delete_scenario"], owned.scenario_id)


async def find(connection: Connection, owned: Owned, version: int | None = None) -> StoredScenario:
    """Return a version of a scenario, the newest by itself. Raises NotFound."""
    row = await connection.fetchrow(
        QUERIES["find_scenario"], owned.scenario_id, owned.tenant_id, version
    )
    if row is None:
        raise NotFound(
            f"there is no scenario {owned.scenario_id}"
            + (f" with version {version}" if version else "")
        )
    return StoredScenario(**row)


async def list_scenarios(
    connection: Connection, tenant_id: UUID, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Return a tenant's scenarios without their documents, the newest first."""
    return await connection.fetch(QUERIES["list_scenarios"], tenant_id, after, limit)


async def list_versions(
    connection: Connection, owned: Owned, after: int | None, limit: int
) -> list[asyncpg.Record]:
    """Return a scenario's versions without their documents, the newest first."""
    return await connection.fetch(
        QUERIES["list_scenario_versions"], owned.scenario_id, owned.tenant_id, after, limit
    )


async def _keep_version(
    connection: Connection, scenario_id: UUID, version: int, scenario: Scenario, made_by: str
) -> None:
    canonical = canonical_json(scenario)
    await connection.execute(
        QUERIES["insert_scenario_version"],
        scenario_id,
        version,
        from_json(canonical),
        digest_of(canonical),
        made_by,
    )
