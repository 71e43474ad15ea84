"""Every operation that is not public asks for an API key."""

from functools import wraps

from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.http.problems import Handler, Unauthenticated
from services.gateway.identity.keys import Caller, find_caller

CALLER = web.RequestKey("caller", Caller)


def requires_key(handler: Handler) -> Handler:
    """Let a request through to `handler` with `request[CALLER]` set. Raises Unauthenticated without
    a valid key.
    """

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        api_key = presented(request)
        async with request.app[GATEWAY].database.connection() as connection:
            caller = await find_caller(connection, api_key)
        if caller is None:
            raise Unauthenticated("the API key is not known, or has been revoked")
        request[CALLER] = caller
        return await handler(request)

    return guarded


def presented(request: web.Request) -> str:
    """Return the key or token that a request carries. Raises Unauthenticated when it carries
    none.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if api_key := request.headers.get("X-API-Key", "").strip():
        return api_key
    raise Unauthenticated("send an API key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")
