"""The Prefer header (RFC 7240) as FHIR uses it."""

from aiohttp import web


def preferences(request: web.Request) -> frozenset[str]:
    """Return what the client prefers: `respond-async`, `handling=lenient` ..., in lower case
    without parameters.
    """
    items = (item for header in request.headers.getall("Prefer", []) for item in header.split(","))
    return frozenset(
        item.partition(";")[0].strip().lower().replace(" ", "").replace('"', "") for item in items
    )


def is_lenient(request: web.Request) -> bool:
    """Whether parameters that are not known here are to be passed over."""
    return "handling=lenient" in preferences(request)
