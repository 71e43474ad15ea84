"""Who is asking: one value, whichever way the caller came in."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from aiohttp import web

from services.gateway.http.permission import Permission
from services.gateway.http.problems import Forbidden
from services.gateway.identity.roles import ROLES_WITH, Role
from services.gateway.identity.scopes import EVERYTHING, Scopes


class Way(StrEnum):
    """How a caller came in."""

    API_KEY = "api_key"
    SMART_TOKEN = "smart_token"  # noqa: S105 -- a kind, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`subject` names the caller within its way: a key's or a client's id. `scopes` narrow what is
    read under /fhir.
    """

    tenant_id: UUID
    way: Way
    subject: str
    role: Role
    scopes: Scopes = EVERYTHING

    def may(self, permission: Permission) -> bool:
        return self.role in ROLES_WITH[permission]

    def require(self, permission: Permission) -> None:
        """Raise Forbidden, naming the permission, when the role does not have it."""
        if not self.may(permission):
            raise Forbidden(
                f"the permission {permission} is needed, which the role {self.role} does not have"
            )

    def require_scope(self, resource_type: str, act: str) -> None:
        """Raise Forbidden when the scopes do not allow it."""
        if not self.scopes.allows(resource_type, act):
            raise Forbidden(
                f"the token's scopes do not allow this: system/{resource_type}.{act} is needed"
            )


CALLER = web.RequestKey("caller", Caller)
