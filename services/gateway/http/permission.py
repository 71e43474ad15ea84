"""What an operation may ask of whoever calls it. Which role has what is one table,
`identity/roles.py`.
"""

from enum import StrEnum


class Permission(StrEnum):
    """`what:act`, as refusals name it."""

    JOBS_READ = "jobs:read"
    JOBS_SUBMIT = "jobs:submit"
    JOBS_CONTROL = "jobs:control"
    JOBS_DELETE = "jobs:delete"
    PATIENTS_READ = "patients:read"
    PATIENTS_EXPORT = "patients:export"
    SCENARIOS_READ = "scenarios:read"
    SCENARIOS_WRITE = "scenarios:write"
    KEYS_READ = "keys:read"
    KEYS_MANAGE = "keys:manage"
    AUDIT_READ = "audit:read"
    FHIR_READ = "fhir:read"
    FHIR_EXPORT = "fhir:export"
