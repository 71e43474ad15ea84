"""For which tenant the present task works. The pool tells the database, whose policies then show
the gateway's role that tenant's rows only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)


@contextmanager
def acting_for(tenant_id: UUID) -> Iterator[None]:
    """Let this task, and those that it starts, work for a tenant."""
    token = _tenant.set(tenant_id)
    try:
        yield
    finally:
        _tenant.reset(token)


def present_tenant() -> UUID | None:
    """The tenant that this task works for."""
    return _tenant.get()
