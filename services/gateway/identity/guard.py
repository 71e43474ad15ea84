"""The one place where callers are identified and their permissions checked: in front of every
operation that is not public.
"""

from functools import wraps

from aiohttp import web

from services.gateway.http.client_address import address_of
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler
from services.gateway.identity.caller import CALLER, Caller
from services.gateway.identity.identify import DOORKEEPER, presented
from shared.db.acting_for import acting_for
from shared.telemetry import names
from shared.telemetry.cardinality import Bounded
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

_actions = counter(names.USER_ACTIONS)
_tenant, _key = Bounded(Attribute.TENANT), Bounded(Attribute.KEY)


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
        _count_action(caller, permission)
        with acting_for(caller.tenant_id):
            return await handler(request)

    return checked


def _count_action(caller: Caller, permission: Permission) -> None:
    """Who does what how often: the key's public half, as many as the registry allows."""
    _actions.add(
        1,
        {
            Attribute.TENANT.value: _tenant(str(caller.tenant_id)),
            Attribute.KEY.value: _key(caller.subject),
            Attribute.ACTION.value: permission.value,
        },
    )
