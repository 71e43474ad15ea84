"""One method on one path, as the router serves it and as OpenAPI describes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from services.gateway.auth import requires_key
from services.gateway.errors import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`path` is aiohttp's template. `answers` maps a status to its document's model, to a media type, or to None for no body.

    Problem documents need not be listed. A public operation has no guard: it needs no API key. A GET answers HEAD too.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Mapping[int, type[BaseModel] | str | None]
    query: type[BaseModel] | None = None
    headers: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    public: bool = False
    guard: Callable[[Handler], Handler] = requires_key
    tags: tuple[str, ...] = field(default=())
