"""API keys of one's own tenant: made, listed, rotated, revoked."""

from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from services.gateway.http.parse import Document, read_document
from services.gateway.http.permission import Permission
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER
from services.gateway.identity.identify import forget_known
from services.gateway.identity.keys import (
    NETWORKS_MAX,
    KeyWish,
    KnownKey,
    NewKey,
    create_key,
    get_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from services.gateway.identity.roles import Role
from shared.errors import FieldProblem, Invalid

NAME_CHARACTERS_MAX = 100
OVERLAP_DEFAULT_S = 86_400
OVERLAP_MAX_S = 30 * 86_400
KEY_ID: dict[str, Any] = {"key_id": {"type": "string", "pattern": "^[0-9a-f]{12}$"}}


class KeyDocument(BaseModel):
    """A key without its secret, which is stored nowhere."""

    key_id: str
    name: str
    role: Role
    networks: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: Annotated[datetime | None, Field(description="To the minute")]
    revoked_at: datetime | None
    replaced_by: str | None


class KeyList(BaseModel):
    """The tenant's keys, the oldest first."""

    items: list[KeyDocument]


class NewKeyDocument(BaseModel):
    """A key just made. `api_key` is shown now and never again."""

    key_id: str
    api_key: str


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ValueError(f"must be a network such as 192.0.2.0/24: {error}") from None


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must have printable characters only, and not only spaces")
    return text.strip()


class KeyRequest(Document):
    """A key to make. Without `expires_at` it lives until it is revoked; without `networks` it works
    from everywhere.
    """

    name: Annotated[
        str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX), AfterValidator(_printable)
    ]
    role: Annotated[Role, Field(strict=False)] = Role.OPERATOR
    expires_at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    networks: Annotated[
        tuple[Annotated[str, AfterValidator(_network)], ...],
        Field(max_length=NETWORKS_MAX, description="From where it may be used"),
    ] = ()


class RotationRequest(Document):
    """How long the old key works beside the new one."""

    overlap_s: Annotated[int, Field(ge=0, le=OVERLAP_MAX_S)] = OVERLAP_DEFAULT_S


async def show_keys(request: web.Request) -> web.Response:
    async with request.app[GATEWAY].database.connection() as connection:
        known = await list_keys(connection, tenant_id=request[CALLER].tenant_id)
    return document_response(KeyList(items=[_document(key) for key in known]))


async def show_key(request: web.Request) -> web.Response:
    async with request.app[GATEWAY].database.connection() as connection:
        known = await get_key(connection, request[CALLER].tenant_id, request.match_info["key_id"])
    return document_response(_document(known))


async def make_key(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    wanted = await read_document(request, KeyRequest)
    if wanted.role is Role.FHIR_CLIENT:
        raise Invalid((FieldProblem("role", "must be viewer, operator, admin or auditor"),))
    if wanted.expires_at is not None and wanted.expires_at <= gateway.clock.now():
        raise Invalid((FieldProblem("expires_at", "must lie in the future"),))
    wish = KeyWish(
        name=wanted.name,
        role=wanted.role,
        expires_at=wanted.expires_at,
        networks=[ip_network(each) for each in wanted.networks],
    )
    async with changing(request) as change:
        new = await create_key(
            change.connection, request[CALLER].tenant_id, wish, gateway.config.pepper
        )
        change.details |= {
            "key_id": new.key_id,
            "name": wish.name,
            "role": wish.role,
            "networks": " ".join(wanted.networks),
        }
    return _made(new)


async def replace_key(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    wanted = await read_document(request, RotationRequest)
    old_ends_at = gateway.clock.now() + timedelta(seconds=wanted.overlap_s)
    async with changing(request) as change:
        new = await rotate_key(
            change.connection,
            request[CALLER].tenant_id,
            request.match_info["key_id"],
            old_ends_at,
            gateway.config.pepper,
        )
        change.details |= {"new_key_id": new.key_id, "overlap_s": wanted.overlap_s}
    forget_known(request)
    return _made(new)


async def delete_key(request: web.Request) -> web.Response:
    async with changing(request) as change:
        await revoke_key(change.connection, request.match_info["key_id"], request[CALLER].tenant_id)
    forget_known(request)
    return web.Response(status=204)


def _made(new: NewKey) -> web.Response:
    document = NewKeyDocument(key_id=new.key_id, api_key=new.api_key)
    return document_response(document, 201, {"Location": f"/api/v1/keys/{new.key_id}"})


def _document(key: KnownKey) -> KeyDocument:
    return KeyDocument(
        key_id=key.key_id,
        name=key.name,
        role=key.role,
        networks=[str(each) for each in key.networks],
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        replaced_by=key.replaced_by,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/keys",
        handler=show_keys,
        summary="List the tenant's API keys",
        answers={200: KeyList},
        permission=Permission.KEYS_READ,
        tags=("keys",),
    ),
    Operation(
        method="POST",
        path="/api/v1/keys",
        handler=make_key,
        summary="Make an API key",
        body=KeyRequest,
        answers={201: NewKeyDocument},
        permission=Permission.KEYS_MANAGE,
        tags=("keys",),
    ),
    Operation(
        method="GET",
        path="/api/v1/keys/{key_id}",
        handler=show_key,
        summary="Read what is known of an API key",
        answers={200: KeyDocument},
        path_parameters=KEY_ID,
        permission=Permission.KEYS_READ,
        tags=("keys",),
    ),
    Operation(
        method="POST",
        path="/api/v1/keys/{key_id}/rotate",
        handler=replace_key,
        summary="Make a key that takes this one's place; both work for a while",
        body=RotationRequest,
        answers={201: NewKeyDocument},
        path_parameters=KEY_ID,
        permission=Permission.KEYS_MANAGE,
        tags=("keys",),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/keys/{key_id}",
        handler=delete_key,
        summary="Revoke an API key",
        answers={204: None},
        path_parameters=KEY_ID,
        permission=Permission.KEYS_MANAGE,
        tags=("keys",),
    ),
)
