"""One method on one path of the console."""

from dataclasses import dataclass

from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`path` is aiohttp's template. A public page has no guard: whoever comes may see it. On others
    the one who is signed in must have `permission`.
    """

    method: str
    path: str
    handler: Handler
    permission: Permission | None = None
    public: bool = False
