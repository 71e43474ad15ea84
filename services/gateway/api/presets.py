"""Scenarios that come with the product, and the schema of those that people write."""

from functools import cache, lru_cache

import orjson
from aiohttp import web
from pydantic import BaseModel

from services.gateway.http.answer import JSON, document_response, json_response
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from shared.scenarios.presets import list_presets, load_preset
from shared.scenarios.scenario import canonical_json, json_schema

PRESETS_KEPT_MAX = 64
SCHEMA_TYPE = "application/schema+json"


class PresetDocument(BaseModel):
    """A preset in short; the scenario itself is at /api/v1/presets/{name}."""

    name: str
    title: str
    description: str
    warfare: str
    intensity: str
    tempo: str
    days: int
    sector_patients: int


class PresetList(BaseModel):
    """Every preset, by name."""

    items: list[PresetDocument]


async def show_presets(_request: web.Request) -> web.Response:
    items = [
        PresetDocument(
            name=preset.name,
            title=preset.scenario.title,
            description=preset.scenario.description,
            warfare=preset.scenario.warfare,
            intensity=preset.scenario.intensity,
            tempo=preset.scenario.tempo,
            days=preset.scenario.days,
            sector_patients=preset.scenario.sector_patients,
        )
        for preset in list_presets()
    ]
    return document_response(PresetList(items=items))


async def show_preset(request: web.Request) -> web.Response:
    return json_response(_preset_json(request.match_info["name"]))


async def show_scenario_schema(_request: web.Request) -> web.Response:
    return web.Response(body=_schema_json(), content_type=SCHEMA_TYPE)


@lru_cache(maxsize=PRESETS_KEPT_MAX)
def _preset_json(name: str) -> bytes:
    return canonical_json(load_preset(name))


@cache
def _schema_json() -> bytes:
    return orjson.dumps(json_schema())


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/presets",
        handler=show_presets,
        permission=Permission.SCENARIOS_READ,
        summary="List presets",
        answers={200: PresetList},
        tags=("scenarios",),
    ),
    Operation(
        method="GET",
        path="/api/v1/presets/{name}",
        handler=show_preset,
        permission=Permission.SCENARIOS_READ,
        summary="Read a preset's scenario",
        answers={200: JSON},
        tags=("scenarios",),
    ),
    Operation(
        method="GET",
        path="/api/v1/schemas/scenario",
        handler=show_scenario_schema,
        permission=Permission.SCENARIOS_READ,
        summary="Read the JSON Schema of a scenario",
        answers={200: SCHEMA_TYPE},
        tags=("scenarios",),
    ),
)
