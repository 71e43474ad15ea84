"""How the console answers: with a page made from a template, or by sending the browser on."""

from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.gateway.console.layout.figures import FILTERS
from services.gateway.console.session.form_token import form_token
from services.gateway.console.session.session import SESSION
from services.gateway.console.static_files import static_address

TEMPLATES = Path(__file__).parent
NONCE_BYTES = 16
NAVIGATION = (
    ("overview", "/console", "Overview"),
    ("exercises", "/console/exercises", "Exercises"),
    ("submission", "/console/exercises/plan", "Plan an exercise"),
)
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def render(
    request: web.Request,
    template: str,
    status: int = HTTPStatus.OK,
    *,
    here: str = "",
    **values: Any,
) -> web.Response:
    """Answer with a template; `here` is the place in the navigation. What every page needs is added
    here.
    """
    nonce = token_urlsafe(NONCE_BYTES)
    text = (
        environment()
        .get_template(template)
        .render(
            session=request.get(SESSION),
            form_token=form_token(request),
            nonce=nonce,
            here=here,
            navigation=NAVIGATION,
            version=version("lazaret"),
            **values,
        )
    )
    headers = {
        "Content-Security-Policy": POLICY.format(nonce=nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        # `no-referrer` would take the origin from our own forms, which are known by it.
        "Referrer-Policy": "same-origin",
    }
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def see_other(address: str) -> web.Response:
    """Send the browser on, with a GET."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})


@cache
def environment() -> Environment:
    """Templates are escaped whatever their names end with; a name that a page forgot is an error,
    not a gap.
    """
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.globals["static"] = static_address
    return made
