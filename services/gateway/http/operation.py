"""One method on one path, as the router serves it and as OpenAPI describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`path` is aiohttp's template. `answers` maps a status to its document's model, to a media
    type, or to None for no body.

    Problem documents need not be listed. `permission` is what the caller must have; None lets
    everybody in, without a key. `path_parameters` describes those of `path` that the description
    does not know. A GET answers HEAD too.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    permission: Permission | None
    answers: Mapping[int, type[BaseModel] | str | None]
    query: type[BaseModel] | None = None
    headers: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    path_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: tuple[str, ...] = field(default=())

    @property
    def public(self) -> bool:
        return self.permission is None
