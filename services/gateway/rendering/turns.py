"""Turns at a few workers: each tenant in turn, and of one tenant each request in turn.

So somebody with a hundred slices in the queue delays somebody with one by one slice, not by all.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Turn(NamedTuple):
    """Whose work it is: a tenant's, and for which of its requests."""

    tenant: Hashable
    request: Hashable


NOBODY = Turn(None, None)
TURN: ContextVar[Turn] = ContextVar("turn", default=NOBODY)

_Waiter = asyncio.Future[None]
_OfTenant = OrderedDict[Hashable, deque[_Waiter]]


class Turns:
    """At most `workers` at once; who waits is served in turn, by the context's `TURN`."""

    def __init__(self, workers: int) -> None:
        self._free = workers
        self._waiting: OrderedDict[Hashable, _OfTenant] = OrderedDict()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Have a worker meanwhile."""
        await self._take(TURN.get())
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, turn: Turn) -> None:
        if self._free:
            self._free -= 1
            return
        waiter: _Waiter = asyncio.get_running_loop().create_future()
        of_tenant = self._waiting.setdefault(turn.tenant, OrderedDict())
        of_tenant.setdefault(turn.request, deque()).append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # it was our turn just then
                self._give_back()
            raise

    def _give_back(self) -> None:
        while self._waiting:
            waiter = self._next()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1

    def _next(self) -> _Waiter:
        """Take out who is next; its tenant and its request go to the end of their lines."""
        tenant, requests = self._waiting.popitem(last=False)
        request, waiters = requests.popitem(last=False)
        waiter = waiters.popleft()
        if waiters:
            requests[request] = waiters
        if requests:
            self._waiting[tenant] = requests
        return waiter
