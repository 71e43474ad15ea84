"""The one place where callers are identified and their permissions checked: in front of every
operation that is not public.
"""

from functools import wraps

from aiohttp import web

from services.gateway.context import GATEWAY, Gateway
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler, Unauthenticated
from services.gateway.identity.caller import CALLER, Caller
from services.gateway.identity.keys import find_key
from services.gateway.identity.tokens import TOKEN_PREFIX, find_token


def guarded(handler: Handler, permission: Permission) -> Handler:
    """Let a request through to `handler` with `request[CALLER]` set.

    Raises Unauthenticated without a valid key or token, Forbidden without the permission.
    """

    @wraps(handler)
    async def checked(request: web.Request) -> web.StreamResponse:
        caller = await identify(request.app[GATEWAY], presented(request))
        caller.require(permission)
        request[CALLER] = caller
        return await handler(request)

    return checked


def presented(request: web.Request) -> str:
    """Return the key or token of a request. Raises Unauthenticated when it carries none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if api_key := request.headers.get("X-API-Key", "").strip():
        return api_key
    raise Unauthenticated("send an API key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")


async def identify(gateway: Gateway, secret: str) -> Caller:
    """Return whose key or token this is. Raises Unauthenticated."""
    is_token = secret.startswith(TOKEN_PREFIX)
    async with gateway.database.connection() as connection:
        if is_token:
            caller = await find_token(connection, secret, gateway.clock.now())
        else:
            caller = await find_key(connection, secret)
    if caller is None:
        raise Unauthenticated(_REFUSALS[is_token])
    return caller


_REFUSALS = {
    True: "the access token is not known, or has expired",
    False: "the API key is not known, or has been revoked",
}
