"""Proof that a form was sent from a page that this browser was shown: made from its cookie, which
other sites cannot read.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from aiohttp import web

from services.gateway.console.session.cookies import FORM_COOKIE, SESSION_COOKIE
from services.gateway.http.problems import Forbidden

FIELD = "form_token"


def form_token(request: web.Request) -> str:
    """Return the token that this browser's forms carry; empty for a browser without any of our
    cookies.
    """
    cookie = request.cookies.get(SESSION_COOKIE) or request.cookies.get(FORM_COOKIE)
    return token_of(cookie) if cookie else ""


def token_of(cookie: str) -> str:
    """Return the token that goes with a cookie."""
    return hashlib.sha256(f"form {cookie}".encode()).hexdigest()


def check_form(request: web.Request, given: str) -> None:
    """Raise Forbidden unless the form comes from our own page, in this browser."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Forbidden("the form was sent from another site")
    expected = form_token(request)
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forbidden(
            "the form is too old, or was not sent from this page: load the page again, "
            "and send it from there"
        )
