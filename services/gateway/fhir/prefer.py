"""The Prefer header (RFC 7240) as FHIR uses it."""

from aiohttp import web

PREFERENCES_MAX = 20  # what stands behind them is not looked at


def preferences(request: web.Request) -> frozenset[str]:
    """Return what the client prefers: `respond-async`, `handling=lenient` ..., in lower case
    without parameters.
    """
    given = ",".join(request.headers.getall("Prefer", []))
    items = given.split(",", PREFERENCES_MAX)[:PREFERENCES_MAX]
    return frozenset(
        item.partition(";")[0].strip().lower().replace(" ", "").replace('"', "") for item in items
    )


def is_strict(request: web.Request) -> bool:
    """Whether every parameter that is not known here is to be refused."""
    return "handling=strict" in preferences(request)


def is_lenient(request: web.Request) -> bool:
    """Whether parameters that are not known here are to be passed over."""
    return "handling=lenient" in preferences(request)
