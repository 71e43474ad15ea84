"""Resources on their way out."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from services.gateway.fhir.media_types import FHIR_JSON
from services.gateway.http.content_coding import COMPRESSORS, IDENTITY, choose_coding

COMPRESSED_BYTES_MIN = 1024  # a smaller answer fits into a packet as it is


def fhir_response(
    request: web.Request,
    resource: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Answer with a resource; `_pretty=true` asks for a readable layout."""
    pretty = orjson.OPT_INDENT_2 if request.query.get("_pretty") == "true" else None
    body = orjson.dumps(resource, option=pretty)
    coding = choose_coding(
        request.headers.get("Accept-Encoding"), compressible=len(body) >= COMPRESSED_BYTES_MIN
    )
    varying = {"Vary": "Accept, Accept-Encoding, Authorization"}
    if coding != IDENTITY:
        compressor = COMPRESSORS[coding]()
        body = compressor.compress(body) + compressor.flush()
        varying["Content-Encoding"] = coding
    return web.Response(
        body=body,
        status=status,
        headers={**varying, **(headers or {})},
        content_type=FHIR_JSON,
        charset="utf-8",
    )
