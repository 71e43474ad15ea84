"""Which role may do what: one table. Whatever the role, a caller meets its own tenant's things
only.
"""

from collections.abc import Mapping
from enum import StrEnum

from services.gateway.http.permission import Permission


class Role(StrEnum):
    """`fhir_client` is what SMART tokens have; it cannot be given to a key."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    AUDITOR = "auditor"
    FHIR_CLIENT = "fhir_client"


KEY_ROLES = (Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.AUDITOR)

_V, _O, _A, _C = Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.FHIR_CLIENT
_U = Role.AUDITOR

ROLES_WITH: Mapping[Permission, frozenset[Role]] = {
    Permission.JOBS_READ: frozenset({_V, _O, _A, _U}),
    Permission.JOBS_SUBMIT: frozenset({_O, _A}),
    Permission.JOBS_CONTROL: frozenset({_O, _A}),
    Permission.JOBS_DELETE: frozenset({_O, _A}),
    Permission.PATIENTS_READ: frozenset({_V, _O, _A}),
    Permission.PATIENTS_EXPORT: frozenset({_V, _O, _A}),
    Permission.SCENARIOS_READ: frozenset({_V, _O, _A}),
    Permission.SCENARIOS_WRITE: frozenset({_O, _A}),
    Permission.KEYS_READ: frozenset({_A, _U}),
    Permission.KEYS_MANAGE: frozenset({_A}),
    Permission.AUDIT_READ: frozenset({_A, _U}),
    Permission.FHIR_READ: frozenset({_V, _O, _A, _C}),
    Permission.FHIR_EXPORT: frozenset({_V, _O, _A, _C}),
}
