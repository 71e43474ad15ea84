"""What every answer of the application carries, added just before its headers are sent."""

from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.http.cors import add_cors_headers
from services.gateway.http.request_id import REQUEST_ID, REQUEST_ID_HEADER
from services.gateway.http.security_headers import add_security_headers
from services.gateway.limits.rates import Balance, rate_limit_headers

STARTED = web.RequestKey("started", float)  # of the monotonic clock, in seconds

BALANCES = web.RequestKey("balances", list[Balance])


async def before_response(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that do not depend on the operation."""
    add_cors_headers(request, response)
    add_security_headers(response)
    if (request_id := request.get(REQUEST_ID)) is not None:
        response.headers[REQUEST_ID_HEADER] = request_id
    if (balances := request.get(BALANCES)) is not None:
        response.headers.update(rate_limit_headers(balances))
    if (started := request.get(STARTED)) is not None:
        elapsed_ms = (request.app[GATEWAY].clock.monotonic() - started) * 1000
        response.headers["X-Response-Time"] = f"{elapsed_ms:.1f}ms"
