"""What the API answers, for the page that shows it: people and programs read the same."""

from typing import Any

import orjson
from aiohttp import web

from services.gateway.http.problems import Handler


async def api_document(handler: Handler, request: web.Request) -> dict[str, Any]:
    """Call an API operation's handler with the page's own request, whose path parameters and query
    have the same names.

    Raises what the handler raises.
    """
    response = await handler(request)
    assert isinstance(response, web.Response)  # noqa: S101 -- documents are answered whole, only exports are streamed
    document: dict[str, Any] = orjson.loads(bytes(response.body or b""))  # type: ignore[arg-type]  # documents are bytes
    return document
