"""Resources on their way out."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from services.gateway.fhir.media_types import FHIR_JSON


def fhir_response(
    request: web.Request,
    resource: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Answer with a resource; `_pretty=true` asks for a readable layout."""
    pretty = orjson.OPT_INDENT_2 if request.query.get("_pretty") == "true" else None
    return web.Response(
        body=orjson.dumps(resource, option=pretty),
        status=status,
        headers={"Vary": "Accept, Authorization", **(headers or {})},
        content_type=FHIR_JSON,
        charset="utf-8",
    )
