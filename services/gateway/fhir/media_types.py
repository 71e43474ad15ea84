"""Which representation a client asks for: JSON is the only one here."""

from functools import wraps

from aiohttp import web

from services.gateway.http.problems import Handler

FHIR_JSON = "application/fhir+json"
FHIR_NDJSON = "application/fhir+ndjson"
JSON_TYPES = frozenset({FHIR_JSON, "application/json", "text/json", "application/json+fhir"})
RANGES_MAX = 50  # of one Accept; what stands behind them is not looked at
R4 = frozenset({"4.0", "4.0.1"})
_RANGES = frozenset({"*/*", "application/*"})
_FORMATS = JSON_TYPES | {"json", "application/fhir json"}  # an unescaped plus in a query is a space


def speaks_json(handler: Handler) -> Handler:
    """Let a request through to `handler` when it takes JSON. Raises HTTPNotAcceptable; `_format`
    goes before Accept.
    """

    @wraps(handler)
    async def checked(request: web.Request) -> web.StreamResponse:
        if not _takes_json(request):
            told = f"Accept, _format: only {FHIR_JSON} of FHIR 4.0 is offered"
            raise web.HTTPNotAcceptable(text=told)
        return await handler(request)

    return checked


def _takes_json(request: web.Request) -> bool:
    if formats := request.query.getall("_format", None):
        return all(_essence(each) in _FORMATS and _is_r4(each) for each in formats)
    accepted = ",".join(request.headers.getall("Accept", ["*/*"]))
    return any(
        _essence(each) in JSON_TYPES | _RANGES and not _refused(each) and _is_r4(each)
        for each in accepted.split(",", RANGES_MAX)[:RANGES_MAX]
    )


def _essence(media_range: str) -> str:
    return media_range.partition(";")[0].strip().lower()


def _is_r4(media_range: str) -> bool:
    """Whether a version of FHIR that is asked for is the one that is spoken."""
    parameters = (each.strip().lower().partition("=") for each in media_range.split(";")[1:])
    return all(value.strip('" ') in R4 for name, _, value in parameters if name == "fhirversion")


def _refused(media_range: str) -> bool:
    parameters = (each.strip().lower().replace(" ", "") for each in media_range.split(";")[1:])
    return any(each in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for each in parameters)
