"""What the interface says about itself."""

from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version

import orjson
from aiohttp import web
from pydantic import BaseModel

from services.gateway.http.answer import JSON, document_response, json_response
from services.gateway.http.openapi import openapi_document
from services.gateway.http.operation import Operation

DOCUMENT = web.AppKey("openapi document", bytes)


class Entrance(BaseModel):
    """Where to go from here."""

    name: str
    version: str
    openapi: str
    presets: str
    jobs: str


async def show_entrance(request: web.Request) -> web.Response:
    """Send browsers to the console; tell programs where things are."""
    if "text/html" in request.headers.get("Accept", ""):
        return web.Response(
            status=HTTPStatus.SEE_OTHER, headers={"Location": "/console", "Vary": "Accept"}
        )
    entrance = Entrance(
        name="lazaret",
        version=version("lazaret"),
        openapi="/api/v1/openapi.json",
        presets="/api/v1/presets",
        jobs="/api/v1/jobs",
    )
    return document_response(entrance)


async def show_openapi(request: web.Request) -> web.Response:
    return json_response(request.app[DOCUMENT])


def describe(app: web.Application, operations: Iterable[Operation]) -> None:
    """Write the OpenAPI document of these operations, once."""
    app[DOCUMENT] = orjson.dumps(openapi_document(operations))


OPERATIONS = (
    Operation(
        method="GET",
        path="/",
        handler=show_entrance,
        summary="Find the way",
        answers={200: Entrance, 303: None},
        permission=None,
        tags=("description",),
    ),
    Operation(
        method="GET",
        path="/api/v1/openapi.json",
        handler=show_openapi,
        summary="Read this description",
        answers={200: JSON},
        permission=None,
        tags=("description",),
    ),
)
