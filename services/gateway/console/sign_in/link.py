"""A link that signs its first user in: what `make run` and `lazaret console` print."""

from datetime import datetime, timedelta

from aiohttp import web
from pydantic import BaseModel, Field

from services.gateway.console.session.guard import SIGN_IN
from services.gateway.console.session.store import make_link
from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER


class SignInLink(BaseModel):
    """`path` is below the gateway's root. It works once, until `expires_at`."""

    path: str = Field(description="To be opened in a browser")
    expires_at: datetime


async def make_sign_in_link(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    life_s = gateway.config.console_link_s
    async with changing(request) as change:
        secret = await make_link(change.connection, request[CALLER].subject, life_s)
    expires_at = gateway.clock.now() + timedelta(seconds=life_s)
    link = SignInLink(path=f"{SIGN_IN}?link={secret}", expires_at=expires_at)
    return document_response(link, 201)


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/v1/sign-in-links",
        handler=make_sign_in_link,
        summary="Make a link that signs its first user in to the console",
        answers={201: SignInLink},
        permission=Permission.JOBS_READ,
        tags=("console",),
    ),
)
