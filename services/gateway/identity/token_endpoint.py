"""Where clients get their tokens."""

from aiohttp import web

from services.gateway.http.public_url import certain_url

TOKEN_PATH = "/fhir/auth/token"  # noqa: S105 -- a path


def token_url(request: web.Request) -> str:
    """Return the token endpoint as clients reach it: what an assertion must name as its
    audience.
    """
    return certain_url(request) + TOKEN_PATH
