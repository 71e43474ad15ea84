"""Come in with a key or a one-time link, and go out."""

import secrets
from http import HTTPStatus

from aiohttp import web

from services.gateway.console.answer import render, see_other
from services.gateway.console.page import Page
from services.gateway.console.session.cookies import (
    FORM_COOKIE,
    SESSION_COOKIE,
    drop_cookie,
    set_cookie,
)
from services.gateway.console.session.form_token import token_of
from services.gateway.console.session.guard import SIGN_IN, read_form, session_of
from services.gateway.console.session.session import SESSION
from services.gateway.console.session.store import close_session, open_session, take_link
from services.gateway.context import GATEWAY
from services.gateway.http.client_address import address_of
from services.gateway.http.problems import Unauthenticated
from services.gateway.identity.caller import Way
from services.gateway.identity.identify import DOORKEEPER

FORM_LIFE_S = 3_600.0
HOME = "/console"


async def show_sign_in(request: web.Request) -> web.Response:
    """Ask for the key, or let a link's holder in with one press; who is signed in goes on."""
    after = _inside(request.query.get("after", HOME))
    if "link" not in request.query and await session_of(request) is not None:
        return see_other(after)
    return _form(request, after=after, link=request.query.get("link", ""))


async def sign_in(request: web.Request) -> web.Response:
    fields = await read_form(request)
    after, link = _inside(fields.get("after", HOME)), fields.get("link", "")
    life_s = request.app[GATEWAY].config.console_session_s
    key_id = await (_key_of_link(request, link) if link else _key_id(request, fields))
    if key_id is None:
        wrong = "link" if link else "key"
        return _form(request, after=after, link="", wrong=wrong, status=HTTPStatus.UNAUTHORIZED)
    async with request.app[GATEWAY].database.transaction() as connection:
        token = await open_session(connection, key_id, life_s)
    response = see_other(after)
    set_cookie(request, response, SESSION_COOKIE, token, life_s)
    drop_cookie(response, FORM_COOKIE)
    return response


async def _key_of_link(request: web.Request, link: str) -> str | None:
    async with request.app[GATEWAY].database.transaction() as connection:
        return await take_link(connection, link)


async def _key_id(request: web.Request, fields: dict[str, str]) -> str | None:
    """Return the id of the key that was pasted; None for a wrong one. A token is no key."""
    try:
        caller = await request.app[DOORKEEPER].identify(
            fields.get("key", "").strip(), str(address_of(request))
        )
    except Unauthenticated:
        return None
    return caller.subject if caller.way is Way.API_KEY else None


async def sign_out(request: web.Request) -> web.Response:
    async with request.app[GATEWAY].database.connection() as connection:
        await close_session(connection, request[SESSION].token)
    response = see_other(SIGN_IN)
    drop_cookie(response, SESSION_COOKIE)
    return response


def _form(
    request: web.Request,
    *,
    after: str,
    link: str,
    wrong: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> web.Response:
    cookie = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe()
    sent = request.cookies.get(SESSION_COOKIE) or cookie
    response = render(
        request,
        "sign_in/sign_in.html",
        status,
        sign_in_token=token_of(sent),
        after=after,
        link=link,
        wrong=wrong,
    )
    set_cookie(request, response, FORM_COOKIE, cookie, FORM_LIFE_S)
    return response


def _inside(address: str) -> str:
    """Go on to pages of the console only: an address from elsewhere could lead to another site."""
    is_ours = address == HOME or address.startswith((f"{HOME}/", f"{HOME}?"))
    return address if is_ours and "\\" not in address and address.isprintable() else HOME


PAGES = (
    Page(method="GET", path=SIGN_IN, handler=show_sign_in, public=True),
    Page(method="POST", path=SIGN_IN, handler=sign_in, public=True),
    Page(method="POST", path="/console/sign-out", handler=sign_out),
)
