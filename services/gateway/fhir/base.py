"""Where the FHIR interface stands, as its clients see it."""

from aiohttp import web

from services.gateway.context import GATEWAY

FHIR_BASE = "/fhir/R4"


def public_url(request: web.Request) -> str:
    """Return the gateway's root as clients reach it, without a slash at its end: the setting `public_url`, or what was asked for."""
    configured = request.app[GATEWAY].config.public_url
    return (configured or f"{request.scheme}://{request.host}").rstrip("/")


def base_url(request: web.Request) -> str:
    """Return the FHIR service base URL, without a slash at its end."""
    return public_url(request) + FHIR_BASE
