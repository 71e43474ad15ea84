"""The console's two cookies: no script reads them, no other site's page has them sent."""

from aiohttp import web

from services.gateway.context import GATEWAY

SESSION_COOKIE = "lazaret_session"
FORM_COOKIE = "lazaret_form"


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, life_s: float
) -> None:
    """Give the browser a cookie; over TLS it is never sent without."""
    public_url = request.app[GATEWAY].config.public_url or ""
    response.set_cookie(
        name,
        value,
        max_age=round(life_s),
        path="/console",
        secure=request.secure or public_url.startswith("https://"),
        httponly=True,
        samesite="Strict",
    )


def drop_cookie(response: web.StreamResponse, name: str) -> None:
    """Take a cookie back."""
    response.del_cookie(name, path="/console", httponly=True, samesite="Strict")
