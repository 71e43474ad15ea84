"""Which pages of other origins may use the interface from a browser: those on a list, else none."""

from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.http.problems import Handler

EXPOSED = (
    "Content-Location, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, "
    "Retry-After, X-Progress, X-Request-ID, X-Response-Time"
)
ALLOWED_HEADERS = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, "
    "Range, X-API-Key, X-Request-ID"
)
PREFLIGHT_S = 600


@web.middleware
async def answer_preflights(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell browsers of listed origins what a path allows; whatever else comes goes on."""
    is_preflight = "Access-Control-Request-Method" in request.headers
    if request.method != "OPTIONS" or not is_preflight or not _is_listed(request):
        return await handler(request)
    refusal = request.match_info.http_exception
    methods = refusal.allowed_methods if isinstance(refusal, web.HTTPMethodNotAllowed) else ()
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_S),
        },
    )


def add_cors_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Let pages of a listed origin read the answer."""
    if not request.app[GATEWAY].config.cors_origins or "Origin" not in request.headers:
        return
    vary = response.headers.get("Vary")
    response.headers["Vary"] = f"{vary}, Origin" if vary else "Origin"
    if _is_listed(request):
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _is_listed(request: web.Request) -> bool:
    return request.headers.get("Origin", "") in request.app[GATEWAY].config.listed_origins
