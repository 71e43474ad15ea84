"""Pages that are not public are shown to who has signed in; forms are taken from our own pages
only.
"""

from functools import wraps
from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import web

from services.gateway.console.answer import see_other
from services.gateway.console.session.cookies import SESSION_COOKIE
from services.gateway.console.session.form_token import FIELD, check_form
from services.gateway.console.session.session import SESSION, Session
from services.gateway.console.session.store import find_session
from services.gateway.context import GATEWAY
from services.gateway.http import parse
from services.gateway.http.body import receive_body
from services.gateway.http.client_address import address_of
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler
from services.gateway.identity.caller import CALLER
from services.gateway.identity.known_callers import is_within
from shared.db.acting_for import acting_for

SIGN_IN = "/console/sign-in"
FORM_BYTES_MAX = 1024**2
FORM_FIELDS_MAX = 5_000
FORM = web.RequestKey("form", dict[str, str])


def requires_session(handler: Handler, permission: Permission | None) -> Handler:
    """Let a request through to `handler` with `request[SESSION]` and `request[CALLER]` set; send
    others to sign in.
    """

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        session = await session_of(request)
        if session is None:
            return _to_sign_in(request)
        request[SESSION], request[CALLER] = session, session.caller
        if permission is not None:
            session.caller.require(permission)
        tenant_id = session.caller.tenant_id
        with acting_for(tenant_id), request.app[GATEWAY].intake.requests.one(tenant_id):
            if request.method == "POST":
                await read_form(request)
            return await handler(request)

    return guarded


async def session_of(request: web.Request) -> Session | None:
    """Find the session of the browser's cookie; a key for some networks is no good elsewhere."""
    token = request.cookies.get(SESSION_COOKIE)
    if token is None:
        return None
    async with request.app[GATEWAY].database.connection() as connection:
        session = await find_session(connection, token)
    if session is None or not session.networks:
        return session
    return session if is_within(str(address_of(request)), session.networks) else None


async def read_form(request: web.Request) -> dict[str, str]:
    """Read a form's fields, the last of each name, and keep them as `request[FORM]`.

    Raises Forbidden when it was not sent from our own page in this browser.
    """
    await receive_body(request, FORM_BYTES_MAX)
    fields = dict(parse.read_form(request, FORM_FIELDS_MAX))
    check_form(request, fields.pop(FIELD, ""))
    request[FORM] = fields
    return fields


def _to_sign_in(request: web.Request) -> web.Response:
    """Parts of a page that are loaded by script cannot show a form: the script is told where to go
    instead.
    """
    after = request.path_qs if request.method == "GET" else "/console"
    if "HX-Request" in request.headers:
        return web.Response(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": SIGN_IN})
    if "text/html" not in request.headers.get("Accept", ""):
        return web.Response(status=HTTPStatus.UNAUTHORIZED, text="sign in first")
    return see_other(f"{SIGN_IN}?{urlencode({'after': after})}")


def admits_strangers(handler: Handler) -> Handler:
    """Let a request through to a page that needs no session, within the strangers' share."""

    @wraps(handler)
    async def admitted(request: web.Request) -> web.StreamResponse:
        with request.app[GATEWAY].intake.strangers.one(address_of(request)):
            return await handler(request)

    return admitted
