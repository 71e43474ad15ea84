"""Who may read what under the FHIR base: API keys their tenant's everything, SMART tokens what
their scopes say.
"""

from dataclasses import dataclass
from functools import wraps
from uuid import UUID

from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.http.problems import Forbidden, Handler, Unauthenticated
from services.gateway.identity.callers import presented
from services.gateway.identity.keys import find_caller
from services.gateway.identity.scopes import EVERYTHING, Scopes
from services.gateway.identity.tokens import TOKEN_PREFIX, find_token


@dataclass(frozen=True, slots=True)
class Access:
    """`client` is the API key's id or the SMART client's."""

    tenant_id: UUID
    client: str
    scopes: Scopes

    def require(self, resource_type: str, act: str) -> None:
        """Raise Forbidden when the scopes do not allow it."""
        if not self.scopes.allows(resource_type, act):
            raise Forbidden(
                f"the token's scopes do not allow this: system/{resource_type}.{act} is needed"
            )


ACCESS = web.RequestKey("fhir access", Access)


def requires_access(handler: Handler) -> Handler:
    """Let a request through to `handler` with `request[ACCESS]` set. Raises Unauthenticated without
    a valid key or token.
    """

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        request[ACCESS] = await _find(request, presented(request))
        return await handler(request)

    return guarded


async def _find(request: web.Request, secret: str) -> Access:
    gateway = request.app[GATEWAY]
    async with gateway.database.connection() as connection:
        if secret.startswith(TOKEN_PREFIX):
            token = await find_token(connection, secret, gateway.clock.now())
            if token is not None:
                return Access(token.tenant_id, token.client_id, token.scopes)
            raise Unauthenticated("the access token is not known, or has expired")
        caller = await find_caller(connection, secret)
    if caller is None:
        raise Unauthenticated("the API key is not known, or has been revoked")
    return Access(caller.tenant_id, caller.key_id, EVERYTHING)
