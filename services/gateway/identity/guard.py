"""The one place where callers are identified and their permissions checked: in front of every
operation that is not public.
"""

from functools import wraps

from aiohttp import web

from services.gateway.http.client_address import address_of
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler
from services.gateway.identity.caller import CALLER
from services.gateway.identity.identify import DOORKEEPER, presented


def guarded(handler: Handler, permission: Permission) -> Handler:
    """Let a request through to `handler` with `request[CALLER]` set.

    Raises Unauthenticated without a valid key or token, Forbidden without the permission.
    """

    @wraps(handler)
    async def checked(request: web.Request) -> web.StreamResponse:
        doorkeeper = request.app[DOORKEEPER]
        caller = await doorkeeper.identify(presented(request), str(address_of(request)))
        caller.require(permission)
        request[CALLER] = caller
        return await handler(request)

    return checked
