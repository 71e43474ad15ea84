"""Each request is one server span, one measurement and one line in the log, under its route's
template.
"""

import structlog
from aiohttp import web
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from services.gateway.context import GATEWAY
from services.gateway.http.outgoing import STARTED
from services.gateway.http.problems import Handler
from services.gateway.http.request_id import identify
from shared.clock import Clock
from shared.telemetry import names
from shared.telemetry.carrier import TRACEPARENT, extract
from shared.telemetry.instruments import counter, histogram, tracer, up_down_counter
from shared.telemetry.names import Attribute

UNKNOWN_ROUTE = "unknown"
# the conventions' word: methods are the client's invention, labels must be few
OTHER_METHOD = "_OTHER"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_duration = histogram(names.HTTP_REQUEST_DURATION)
_active = up_down_counter(names.HTTP_ACTIVE_REQUESTS)
_requests = counter(names.API_REQUESTS)
log = structlog.get_logger(__name__)


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Measure a request from its headers to its prepared response."""
    gateway = request.app[GATEWAY]
    clock = gateway.clock
    with structlog.contextvars.bound_contextvars(request_id=identify(request, gateway.random)):
        return await _measure(request, handler, clock)


async def _measure(request: web.Request, handler: Handler, clock: Clock) -> web.StreamResponse:
    method = {
        Attribute.HTTP_METHOD.value: request.method if request.method in METHODS else OTHER_METHOD
    }
    attributes = {**method, Attribute.HTTP_ROUTE.value: _route(request)}
    parent = extract(request.headers.get(TRACEPARENT))
    started = request[STARTED] = clock.monotonic()
    _active.add(1, method)
    try:
        with tracer.start_as_current_span(
            " ".join(attributes.values()),
            parent,
            SpanKind.SERVER,
            attributes,
            record_exception=False,
        ) as span:
            response = await handler(request)
            _note_status(span, response.status)
            elapsed_s = clock.monotonic() - started
            answered: dict[str, str | int] = {
                **attributes,
                Attribute.HTTP_STATUS.value: response.status,
            }
            _duration.record(elapsed_s, answered)
            _requests.add(1, answered)
            log.debug(
                "request",
                method=request.method,
                path=request.path,
                status=response.status,
                seconds=round(elapsed_s, 4),
            )
            return response
    finally:
        _active.add(-1, method)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return UNKNOWN_ROUTE if resource is None else resource.canonical


def _note_status(span: Span, status: int) -> None:
    span.set_attribute(Attribute.HTTP_STATUS.value, status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
        span.set_attribute(Attribute.ERROR_TYPE.value, str(status))
