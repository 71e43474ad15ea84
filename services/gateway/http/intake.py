"""A limit to what is answered at once: beyond it, waiting would only make everybody slow."""

from aiohttp import web
from aiohttp.typedefs import Middleware

from services.gateway.http.problems import Handler
from shared.errors import Unavailable

PROBES = "/health/"


class Intake:
    """Counts the requests in flight; probes are let through, so that a busy process is not taken
    for a dead one.
    """

    def __init__(self, requests_max: int) -> None:
        self._requests_max = requests_max
        self._requests = 0

    def middleware(self) -> Middleware:
        @web.middleware
        async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(PROBES):
                return await handler(request)
            if self._requests >= self._requests_max:
                raise Unavailable(f"{self._requests_max} requests are being answered already")
            self._requests += 1
            try:
                return await handler(request)
            finally:
                self._requests -= 1

        return admit
