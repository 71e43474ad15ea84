"""A trace that goes on in another process: the W3C `traceparent` as one string, in a message header
or a column.
"""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT = "traceparent"

_propagator = TraceContextTextMapPropagator()


def inject(context: Context | None = None) -> str | None:
    """Return the current span's traceparent, or nothing outside a span."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, context)
    return carrier.get(TRACEPARENT)


def extract(traceparent: str | None) -> Context:
    """Return a context whose new spans are children of that span; an empty one when there is none
    or it is malformed.
    """
    carrier = {TRACEPARENT: traceparent} if traceparent else {}
    return _propagator.extract(carrier, context=Context())


def current_ids() -> dict[str, str]:
    """Return the current span's `trace_id` and `span_id` in hexadecimal; nothing outside a span."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(span.trace_id),
        "span_id": trace.format_span_id(span.span_id),
    }
