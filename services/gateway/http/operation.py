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
    type, or to None for no body. Problem documents need not be listed. A GET answers HEAD too.

    `permission` is what the caller must have; None lets everybody in, without a key. A probe is
    answered however many requests are under way.
    `body_bytes_max` is for bodies without a model, or with less than the setting lets them have.
    `path_parameters` describes those of `path` that the description does not know.
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
    body_bytes_max: int | None = None
    probe: bool = False
    path_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: tuple[str, ...] = field(default=())

    @property
    def public(self) -> bool:
        return self.permission is None
