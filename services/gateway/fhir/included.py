"""The resources that come along with the matches of a page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import orjson

from services.gateway.fhir.inclusion import Inclusion
from services.gateway.fhir.page import find_by_id
from services.gateway.fhir.patient_runs import Tenant
from services.gateway.rendering.render_pool import RenderPool
from shared.encoders.fhir.ids import parse_resource_id

Resource = dict[str, Any]
ROUNDS_MAX = 4  # from an observation to its encounter, its facility, its organization


async def find_included(
    tenant: Tenant, pool: RenderPool, inclusions: Sequence[Inclusion], matches: list[Resource]
) -> list[Resource]:
    """Return each included resource once, and none that is a match.

    What is iterated is followed from what came along, until nothing new does or often enough.
    """
    known = {reference_to(each) for each in matches}
    found: list[Resource] = []
    fresh, followed = matches, inclusions
    for _ in range(ROUNDS_MAX):
        fresh = [
            resource
            for reference, resource in (await _included(tenant, pool, followed, fresh)).items()
            if reference not in known
        ]
        known.update(map(reference_to, fresh))
        found += fresh
        followed = [each for each in inclusions if each.iterated]
        if not (fresh and followed):
            break
    return found


async def _included(
    tenant: Tenant, pool: RenderPool, inclusions: Iterable[Inclusion], resources: list[Resource]
) -> dict[str, Resource]:
    """What these inclusions bring along with these resources, by reference."""
    found: dict[str, Resource] = {}
    backward: dict[str, list[Inclusion]] = defaultdict(list)
    for inclusion in inclusions:
        if inclusion.backward:
            backward[inclusion.source.name].append(inclusion)
        else:
            own = [each for each in resources if each["resourceType"] == inclusion.source.name]
            brought = await _forward(tenant, pool, inclusion, own)
            found |= {reference_to(each): each for each in brought}
    if backward:
        brought = await _backward(tenant, pool, backward, resources)
        found |= {reference_to(each): each for each in brought}
    return found


def reference_to(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def references(inclusion: Inclusion, resources: Iterable[Resource]) -> frozenset[str]:
    """Return what the inclusion's element of these resources points to."""
    values = (
        value
        for each in resources
        for value in inclusion.parameter.values(each)
        if isinstance(value, dict)
    )
    return frozenset(value["reference"] for value in values if "reference" in value)


async def _forward(
    tenant: Tenant, pool: RenderPool, inclusion: Inclusion, matches: list[Resource]
) -> list[Resource]:
    ids: dict[str, set[str]] = defaultdict(set)
    for reference in references(inclusion, matches):
        resource_type, _, resource_id = reference.partition("/")
        ids[resource_type].add(resource_id)
    return [
        resource
        for resource_type, wanted in ids.items()
        for resource in await find_by_id(tenant, pool, resource_type, frozenset(wanted))
    ]


async def _backward(
    tenant: Tenant,
    pool: RenderPool,
    inclusions: Mapping[str, list[Inclusion]],
    matches: list[Resource],
) -> list[Resource]:
    """What points at the matches; a type is rendered once a patient, however many ask for it."""
    targets = {reference_to(each) for each in matches}
    patients = [place for each in matches if (place := parse_resource_id(each["id"])) is not None]
    found: list[Resource] = []
    async with aclosing(tenant.named(patients)) as runs:
        async for run in runs:
            for source, of_source in inclusions.items():
                resources = map(orjson.loads, await run.render(pool, source))
                found += [each for each in resources if _points_at(targets, of_source, each)]
    return found


def _points_at(targets: set[str], inclusions: Iterable[Inclusion], resource: Resource) -> bool:
    return any(references(each, [resource]) & targets for each in inclusions)
