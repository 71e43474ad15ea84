"""Where bulk requests stand."""

from uuid import UUID

from aiohttp import web

from services.gateway.http.parse import SHOWN_CHARACTERS_MAX, read_uuid
from services.gateway.http.public_url import public_url
from shared.errors import NotFound

BULK_BASE = "/fhir/bulk"


def status_url(request: web.Request, request_id: UUID) -> str:
    """Return where a client asks how its request stands; its files stand below."""
    return f"{public_url(request)}{BULK_BASE}/{request_id}"


def request_id_of(request: web.Request) -> UUID:
    """Read the path's request id. Raises NotFound: what is no id names nothing."""
    text = request.match_info["request_id"]
    request_id = read_uuid(text)
    if request_id is None:
        raise NotFound(f"there is no bulk request {text[:SHOWN_CHARACTERS_MAX]!r}")
    return request_id
