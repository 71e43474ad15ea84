"""A tenant's own scenarios: kept in versions, edited only by who has seen the newest one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field

from services.gateway.api.scenarios_stored import (
    Owned,
    StoredScenario,
    delete,
    find,
    keep,
    list_scenarios,
    list_versions,
    lock,
    replace,
)
from services.gateway.api.scenarios_wanted import (
    ScenarioChoice,
    read_choice,
    scenario_id_of,
    version_of,
)
from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.aside import ASIDE
from services.gateway.http.conditions import check_if_match
from services.gateway.http.operation import Operation
from services.gateway.http.paging import page_limit
from services.gateway.http.parse import Document, Parameters, read_document, read_query
from services.gateway.http.permission import Permission
from services.gateway.http.problems import PreconditionRequired
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER
from shared.jobs.job_id import new_job_id
from shared.scenarios.scenario import parse_scenario

NAME_CHARACTERS_MAX = 100
SCENARIO_ID: Mapping[str, Any] = {"scenario_id": {"type": "string", "format": "uuid"}}
VERSION: Mapping[str, Any] = {**SCENARIO_ID, "version": {"type": "integer", "minimum": 1}}


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must have printable characters only, and not only spaces")
    return text.strip()


Name = Annotated[
    str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX), AfterValidator(_printable)
]


class ScenarioRequest(ScenarioChoice):
    """A scenario to keep, under a name that the tenant does not use yet."""

    name: Name


class ScenarioEdit(ScenarioChoice):
    """The next version. Without `name` the name stays."""

    name: Name | None = None


class CloneRequest(Document):
    """A copy's name, and which version to copy: the newest by itself."""

    name: Name
    version: Annotated[int | None, Field(ge=1, lt=2**31)] = None


class ScenarioSummary(BaseModel):
    """A kept scenario without its document. `digest` is the SHA-256 of the document's canonical
    JSON.
    """

    id: UUID
    name: str
    version: int
    title: str
    digest: str
    created_at: datetime
    made_at: datetime
    made_by: str


class ScenarioPage(BaseModel):
    """Scenarios, newest first. `next` is the following page's `after`; null on the last page."""

    items: list[ScenarioSummary]
    next: str | None


class KeptScenario(BaseModel):
    """A version of a kept scenario. `made_at` and `made_by` are the version's."""

    id: UUID
    name: str
    version: int
    newest_version: int
    digest: str
    created_at: datetime
    made_at: datetime
    made_by: str
    scenario: dict[str, Any]


class VersionSummary(BaseModel):
    """A version without its document."""

    version: int
    title: str
    digest: str
    made_at: datetime
    made_by: str


class VersionPage(BaseModel):
    """Versions, newest first. `next` is the following page's `after`; null on the last page."""

    items: list[VersionSummary]
    next: int | None


class ScenarioQuery(Parameters):
    """Which page of scenarios."""

    after: Annotated[UUID | None, Field(description="`next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, description="Items at most")] = 100


class VersionQuery(Parameters):
    """Which page of versions."""

    after: Annotated[int | None, Field(ge=1, lt=2**31, description="`next` of the page before")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, description="Items at most")] = 100


async def show_scenarios(request: web.Request) -> web.Response:
    query = read_query(request, ScenarioQuery)
    limit = page_limit(query.limit, request.app[GATEWAY].config)
    async with request.app[GATEWAY].database.connection() as connection:
        rows = await list_scenarios(connection, request[CALLER].tenant_id, query.after, limit + 1)
    items = [ScenarioSummary(id=row["scenario_id"], **_readable(row)) for row in rows[:limit]]
    return document_response(
        ScenarioPage(items=items, next=str(items[-1].id) if len(rows) > limit else None)
    )


async def keep_scenario(request: web.Request) -> web.Response:
    wanted, scenario = await read_choice(request, ScenarioRequest)
    gateway, tenant_id = request.app[GATEWAY], request[CALLER].tenant_id
    owned = Owned(tenant_id=tenant_id, scenario_id=new_job_id(gateway.clock.now()))
    async with changing(request) as change:
        await keep(
            change.connection,
            owned,
            wanted.name,
            scenario,
            request[CALLER].subject,
            gateway.config.scenarios_max,
        )
        change.details |= {"scenario_id": str(owned.scenario_id), "name": wanted.name}
        kept = await find(change.connection, owned)
    return _answer(kept, 201, {"Location": f"/api/v1/scenarios/{owned.scenario_id}"})


async def show_scenario(request: web.Request) -> web.Response:
    async with request.app[GATEWAY].database.connection() as connection:
        return _answer(await find(connection, _owned(request)))


async def edit_scenario(request: web.Request) -> web.Response:
    owned = _owned(request)
    wanted, scenario = await read_choice(request, ScenarioEdit)
    async with changing(request) as change:
        newest = await lock(change.connection, owned)
        _check_seen(request, newest)
        await replace(
            change.connection, owned, newest + 1, wanted.name, scenario, request[CALLER].subject
        )
        change.details["version"] = newest + 1
        kept = await find(change.connection, owned)
    return _answer(kept)


async def delete_scenario(request: web.Request) -> web.Response:
    owned = _owned(request)
    async with changing(request) as change:
        _check_seen(request, await lock(change.connection, owned))
        await delete(change.connection, owned)
    return web.Response(status=204)


async def clone_scenario(request: web.Request) -> web.Response:
    wanted = await read_document(request, CloneRequest)
    gateway, original = request.app[GATEWAY], _owned(request)
    owned = Owned(tenant_id=original.tenant_id, scenario_id=new_job_id(gateway.clock.now()))
    async with gateway.database.connection() as connection:
        source = await find(connection, original, wanted.version)
    scenario = await request.app[ASIDE].run(parse_scenario, source.document)
    async with changing(request) as change:
        await keep(
            change.connection,
            owned,
            wanted.name,
            scenario,
            request[CALLER].subject,
            gateway.config.scenarios_max,
        )
        change.details |= {
            "clone_id": str(owned.scenario_id),
            "name": wanted.name,
            "version": source.version,
        }
        kept = await find(change.connection, owned)
    return _answer(kept, 201, {"Location": f"/api/v1/scenarios/{owned.scenario_id}"})


async def show_versions(request: web.Request) -> web.Response:
    query, owned = read_query(request, VersionQuery), _owned(request)
    limit = page_limit(query.limit, request.app[GATEWAY].config)
    async with request.app[GATEWAY].database.connection() as connection:
        await find(connection, owned)
        rows = await list_versions(connection, owned, query.after, limit + 1)
    items = [VersionSummary(**_readable(row)) for row in rows[:limit]]
    return document_response(
        VersionPage(items=items, next=items[-1].version if len(rows) > limit else None)
    )


async def show_version(request: web.Request) -> web.Response:
    async with request.app[GATEWAY].database.connection() as connection:
        return _answer(await find(connection, _owned(request), version_of(request)))


def _owned(request: web.Request) -> Owned:
    return Owned(tenant_id=request[CALLER].tenant_id, scenario_id=scenario_id_of(request))


def _check_seen(request: web.Request, newest: int) -> None:
    """Raise unless the client says, with If-Match, that it has seen the newest version."""
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionRequired(
            'send If-Match with the ETag of the version that you have seen, or "*"'
        )
    check_if_match(header, f'"{newest}"', "the scenario")


def _answer(
    kept: StoredScenario, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    document = KeptScenario(
        id=kept.scenario_id,
        name=kept.name,
        version=kept.version,
        newest_version=kept.newest,
        digest=kept.digest.hex(),
        created_at=kept.created_at,
        made_at=kept.made_at,
        made_by=kept.made_by,
        scenario=dict(kept.document),
    )
    return document_response(document, status, {"ETag": f'"{kept.version}"', **(headers or {})})


def _readable(row: asyncpg.Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"scenario_id", "digest"}} | {
        "digest": row["digest"].hex()
    }


def _operation(method: str, path: str, **described: Any) -> Operation:
    reads = method == "GET"
    permission = Permission.SCENARIOS_READ if reads else Permission.SCENARIOS_WRITE
    return Operation(
        method=method,
        path=f"/api/v1/scenarios{path}",
        permission=permission,
        tags=("scenarios",),
        **described,
    )


OPERATIONS = (
    _operation(
        "GET",
        "",
        handler=show_scenarios,
        summary="List the tenant's scenarios, newest first",
        query=ScenarioQuery,
        answers={200: ScenarioPage},
    ),
    _operation(
        "POST",
        "",
        handler=keep_scenario,
        summary="Keep a scenario",
        body=ScenarioRequest,
        answers={201: KeptScenario},
    ),
    _operation(
        "GET",
        "/{scenario_id}",
        handler=show_scenario,
        summary="Read a scenario's newest version",
        answers={200: KeptScenario},
        path_parameters=SCENARIO_ID,
    ),
    _operation(
        "PUT",
        "/{scenario_id}",
        handler=edit_scenario,
        summary="Keep a scenario's next version; If-Match says which one was seen",
        body=ScenarioEdit,
        answers={200: KeptScenario},
        path_parameters=SCENARIO_ID,
    ),
    _operation(
        "DELETE",
        "/{scenario_id}",
        handler=delete_scenario,
        summary="Delete a scenario with all its versions; If-Match says which one was seen",
        answers={204: None},
        path_parameters=SCENARIO_ID,
    ),
    _operation(
        "POST",
        "/{scenario_id}/clone",
        handler=clone_scenario,
        summary="Keep a copy of a scenario",
        body=CloneRequest,
        answers={201: KeptScenario},
        path_parameters=SCENARIO_ID,
    ),
    _operation(
        "GET",
        "/{scenario_id}/versions",
        handler=show_versions,
        summary="List a scenario's versions, newest first",
        query=VersionQuery,
        answers={200: VersionPage},
        path_parameters=SCENARIO_ID,
    ),
    _operation(
        "GET",
        "/{scenario_id}/versions/{version}",
        handler=show_version,
        summary="Read a version of a scenario",
        answers={200: KeptScenario},
        path_parameters=VERSION,
    ),
)
