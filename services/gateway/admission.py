"""Who is answered now: a request passes the intake's counts on its way to its handler.

A body is read before its request takes a place among those being answered, so slow senders hold up
nobody but themselves; and what comes without a key has a small share of its own.
"""

from collections.abc import Callable, Hashable
from functools import partial, wraps

from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.http.body import receive_body
from services.gateway.http.client_address import address_of
from services.gateway.http.operation import Operation
from services.gateway.http.outgoing import BALANCES
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler
from services.gateway.identity.caller import CALLER
from services.gateway.identity.guard import guarded
from services.gateway.limits.rates import Policy, Rates
from services.gateway.limits.slots import Slots
from services.gateway.rendering.turns import TURN, Turn


class _Door:
    """A place at the door: given back once, when the request goes in or is turned away."""

    def __init__(self, slots: Slots, holder: Hashable) -> None:
        slots.take(holder)
        self._give_back: Callable[[], None] | None = partial(slots.give_back, holder)

    def leave(self) -> None:
        if self._give_back is not None:
            self._give_back()
            self._give_back = None


RATES = web.AppKey("rates", Rates)
_DOOR = web.RequestKey("door", _Door)


def admit_keyed(operation: Operation, handler: Handler, permission: Permission) -> Handler:
    """Put a handler behind the guard of its permission, and both behind the counts."""
    inside = guarded(_inside(operation, handler), permission)

    @wraps(handler)
    async def at_the_door(request: web.Request) -> web.StreamResponse:
        door = request[_DOOR] = _Door(request.app[GATEWAY].intake.doors, address_of(request))
        try:
            return await inside(request)
        finally:
            door.leave()

    return at_the_door


def admit_public(operation: Operation, handler: Handler) -> Handler:
    """Put the handler of an operation that needs no key behind the strangers' count."""

    @wraps(handler)
    async def admitted(request: web.Request) -> web.StreamResponse:
        address = address_of(request)
        policy = Policy("address", request.app[GATEWAY].config.rate_address_per_minute)
        request[BALANCES] = request.app[RATES].charge((policy, str(address)))
        with request.app[GATEWAY].intake.strangers.one(address):
            if bytes_max := _bytes_max(request, operation):
                await receive_body(request, bytes_max)
            TURN.set(Turn(address, id(request)))
            return await handler(request)

    return admitted


def _inside(operation: Operation, handler: Handler) -> Handler:
    async def inside(request: web.Request) -> web.StreamResponse:
        request[_DOOR].leave()
        caller, config = request[CALLER], request.app[GATEWAY].config
        request[BALANCES] = request.app[RATES].charge(
            (Policy("key", config.rate_key_per_minute), caller.subject),
            (Policy("tenant", config.rate_tenant_per_minute), str(caller.tenant_id)),
        )
        intake, holder = request.app[GATEWAY].intake, request[CALLER].tenant_id
        if bytes_max := _bytes_max(request, operation):
            with intake.bodies.one(holder):
                await receive_body(request, bytes_max)
        with intake.requests.one(holder):
            TURN.set(Turn(holder, id(request)))
            return await handler(request)

    return inside


def _bytes_max(request: web.Request, operation: Operation) -> int:
    """How long a body may be; 0 where none is read."""
    if operation.body_bytes_max is not None:
        return operation.body_bytes_max
    return 0 if operation.body is None else request.app[GATEWAY].config.body_bytes_max
