"""The gateway's root as its clients reach it."""

from aiohttp import web

from services.gateway.context import GATEWAY


def public_url(request: web.Request) -> str:
    """Return the root, without a slash at its end: the setting `public_url`, or what was asked
    for.
    """
    configured = request.app[GATEWAY].config.public_url
    return (configured or f"{request.scheme}://{request.host}").rstrip("/")
