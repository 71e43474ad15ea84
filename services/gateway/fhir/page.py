"""One page of a search: patients are rendered run by run until enough of their resources match."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.gateway.fhir.order import in_order
from services.gateway.fhir.patient_runs import Run, Tenant
from services.gateway.fhir.position import START, Position
from services.gateway.fhir.search_query import Search
from services.gateway.rendering.render_pool import RenderPool
from shared.encoders.fhir.ids import ORDINAL_OF_JOB, parse_resource_id

# Resources looked at for one page at most: behind them the page ends, short or empty, with a link
# to go on.
PAGE_RESOURCES_MAX = 50_000
# Where there are no more in all, they are counted on behind the first page, so that it can say how
# many there are.
COUNTED_RESOURCES_MAX = 2_000
FIRST_RUN_PATIENTS = 2
RUN_PATIENTS_MAX = 16  # some thousand resources, parsed between two turns of the event loop
RUN_PATIENTS_ALONE_MAX = 1_000  # where a patient is one resource
# patients ruled out by a column for the price of a resource that is looked at
PASSED_OVER_PER_RESOURCE = 20
VALUES_PER_RESOURCE = 10  # compared for the price of reading a resource
# Parsed and compared between two turns of the event loop; more are left to a thread.
LINES_AT_ONCE_MAX = 20


@dataclass(frozen=True, slots=True)
class Match:
    """A resource that was found, as parsed and as written."""

    position: Position
    resource: dict[str, Any]
    text: bytes


@dataclass(slots=True)
class Page:
    """`following` is where the next page begins. `total` counts all pages; None when only a search
    of everything would tell.
    """

    matches: list[Match] = field(default_factory=list)
    following: Position | None = None
    total: int | None = None


async def find_page(tenant: Tenant, pool: RenderPool, search: Search) -> Page:
    """Find the page that begins at `search.start`, and how many resources there are in all where
    that is known.
    """
    if search.numbers is not None:
        numbered = frozenset([each async for each in tenant.numbered(search.numbers)])
        search.patients = numbered if search.patients is None else search.patients & numbered
    if search.type.name == "Patient" and not search.tests:
        page = (
            Page() if search.count_only else await _next_page(tenant, pool, search, counted_max=0)
        )
        page.total = await tenant.count_patients()
        return page
    if search.patients is not None or search.count_only:
        return await _cut_from_all(tenant, pool, search)
    return await _next_page(tenant, pool, search)


async def _next_page(
    tenant: Tenant, pool: RenderPool, search: Search, counted_max: int = COUNTED_RESOURCES_MAX
) -> Page:
    page = Page()
    total = looked_at = 0
    async with aclosing(_runs(tenant, pool, search, search.start)) as runs:
        async for run in runs:
            lines = await run.render(pool, search.type.name)
            found = [
                match
                for match in await _matches(run, lines, search)
                if match.position >= search.start
            ]
            _fill(page, found, search.count)
            total += len(found)
            looked_at += _cost(run, lines, search)
            if page.following is not None and (search.start != START or looked_at >= counted_max):
                return page
            if looked_at >= PAGE_RESOURCES_MAX:
                page.following = page.following or run.behind
                return page
    page.total = total if search.start == START else None
    return page


def _fill(page: Page, found: list[Match], count: int) -> None:
    room = count - len(page.matches)
    page.matches += found[:room]
    if page.following is None and len(found) > room:
        page.following = found[room].position


async def _cut_from_all(tenant: Tenant, pool: RenderPool, search: Search) -> Page:
    """All matches of few patients are found at once, so their number is known; of many they are
    only counted, as far as that goes.
    """
    found: list[Match] = []
    total = looked_at = 0
    async with aclosing(_runs(tenant, pool, search, START)) as runs:
        async for run in runs:
            lines = await run.render(pool, search.type.name)
            matches = await _matches(run, lines, search)
            total += len(matches)
            found += [] if search.count_only else matches
            looked_at += _cost(run, lines, search)
            if looked_at >= PAGE_RESOURCES_MAX and search.patients is None:
                return Page()
    found = _from_start(found, search)
    following = found[search.count].position if len(found) > search.count else None
    return Page(found[: search.count], following, total)


def _from_start(found: list[Match], search: Search) -> list[Match]:
    if not search.order:
        return [match for match in found if match.position >= search.start]
    ordered = in_order(found, search.order, lambda match: match.resource)
    places = [place for place, match in enumerate(ordered) if match.position == search.start]
    return ordered[places[0] :] if places else ordered if search.start == START else []


def _runs(tenant: Tenant, pool: RenderPool, search: Search, start: Position) -> AsyncGenerator[Run]:
    if search.patients is not None:
        return tenant.named(search.patients)
    if not search.type.of_patient:
        return tenant.job_firsts(start)
    if search.narrowings:
        return tenant.fitting(
            pool, start, search.written, search.narrowings, run_max=RUN_PATIENTS_ALONE_MAX
        )
    if search.type.name == "Patient":
        return tenant.all(
            start, search.written, first_run=search.count + 1, run_max=RUN_PATIENTS_ALONE_MAX
        )
    return tenant.all(start, search.written, first_run=FIRST_RUN_PATIENTS, run_max=RUN_PATIENTS_MAX)


def _cost(run: Run, lines: list[bytes], search: Search) -> int:
    """What a run cost, in resources that are looked at for a few values."""
    values = 1 + search.values // VALUES_PER_RESOURCE
    return len(lines) * values + run.passed_over // PASSED_OVER_PER_RESOURCE


async def _matches(run: Run, lines: list[bytes], search: Search) -> list[Match]:
    if len(lines) <= LINES_AT_ONCE_MAX:
        return _matches_now(run, lines, search)
    return await asyncio.to_thread(_matches_now, run, lines, search)


def _matches_now(run: Run, lines: list[bytes], search: Search) -> list[Match]:
    found = []
    numbers: dict[int, int] = {}
    for text in lines:
        resource = orjson.loads(text)
        place = parse_resource_id(resource["id"])
        ordinal = ORDINAL_OF_JOB if place is None else place.ordinal
        line = numbers[ordinal] = numbers.get(ordinal, -1) + 1
        if search.matches(resource):
            found.append(Match(Position(run.job.job_id, ordinal, line), resource, text))
    return found


async def find_by_id(
    tenant: Tenant, pool: RenderPool, resource_type: str, ids: frozenset[str]
) -> list[dict[str, Any]]:
    """Return the resources with these ids that are stored."""
    found = []
    patients = [place for place in map(parse_resource_id, ids) if place is not None]
    async with aclosing(tenant.named(patients)) as runs:
        async for run in runs:
            resources = map(orjson.loads, await run.render(pool, resource_type))
            found += [resource for resource in resources if resource["id"] in ids]
    return found
