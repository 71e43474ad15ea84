"""Where the FHIR interface stands, as its clients see it."""

from aiohttp import web

from services.gateway.http.public_url import public_url

FHIR_BASE = "/fhir/R4"


def base_url(request: web.Request) -> str:
    """Return the FHIR service base URL, without a slash at its end."""
    return public_url(request) + FHIR_BASE
