"""Documents on their way out."""

from collections.abc import Mapping

from aiohttp import web
from pydantic import BaseModel

JSON = "application/json"


def document_response(
    document: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with a document as JSON."""
    return web.Response(
        body=document.model_dump_json().encode(), status=status, headers=headers, content_type=JSON
    )


def json_response(text: bytes) -> web.Response:
    """Answer with JSON that is already written."""
    return web.Response(body=text, content_type=JSON)
