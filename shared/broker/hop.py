"""A message's hop as telemetry: the spans and metrics of the messaging conventions.

A message is handled alone, so its `process` span is a child of the `send` span that brought it: one
trace from the request to the rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from shared.broker.topology import Route
from shared.clock import Clock
from shared.telemetry import names
from shared.telemetry.carrier import extract
from shared.telemetry.instruments import counter, histogram, tracer, up_down_counter
from shared.telemetry.names import Attribute

SYSTEM = "rabbitmq"

_sent = counter(names.SENT_MESSAGES)
_send_duration = histogram(names.SEND_DURATION)
_consumed = counter(names.CONSUMED_MESSAGES)
_redelivered = counter(names.REDELIVERED_MESSAGES)
_process_duration = histogram(names.PROCESS_DURATION)

held = up_down_counter(names.HELD_MESSAGES)
channel_resets = counter(names.CHANNEL_RESETS)
unroutable = counter(names.UNROUTABLE_MESSAGES)


@contextmanager
def sending(
    route: Route, message_id: str, trace_context: str | None, clock: Clock
) -> Iterator[None]:
    """Span and metrics of one publish, from the call to the confirm; the span is a child of
    `trace_context` or of the current span.
    """
    labels: dict[str, str] = {
        **_labels(_destination(route), "send"),
        Attribute.MESSAGING_ROUTING_KEY: route.key,
    }
    began = clock.monotonic()
    with tracer.start_as_current_span(
        f"send {_destination(route)}",
        context=extract(trace_context) if trace_context else None,
        kind=SpanKind.PRODUCER,
        attributes={**labels, Attribute.MESSAGING_MESSAGE_ID: message_id},
    ):
        error: dict[str, str] = {}
        try:
            yield
        except BaseException as raised:
            error = {Attribute.ERROR_TYPE: type(raised).__name__}
            raise
        finally:
            _sent.add(1, {**labels, **error})
            _send_duration.record(clock.monotonic() - began, {**labels, **error})


@contextmanager
def processing(
    queue: str, message_id: str, trace_context: str | None, *, redelivered: bool
) -> Iterator[Span]:
    """Span of one delivery, a child of the send span; counts the delivery."""
    labels = _labels(queue, "process")
    _consumed.add(1, labels)
    if redelivered:
        _redelivered.add(1, labels)
    with tracer.start_as_current_span(
        f"process {queue}",
        context=extract(trace_context),
        kind=SpanKind.CONSUMER,
        attributes={**labels, Attribute.MESSAGING_MESSAGE_ID: message_id},
    ) as span:
        yield span


def processed(
    span: Span, queue: str, ending: str, seconds: float, error: BaseException | None
) -> None:
    """Say how a delivery ended."""
    span.set_attribute(Attribute.ENDING, ending)
    if error is not None:
        span.set_status(Status(StatusCode.ERROR, str(error)))
        span.set_attribute(Attribute.ERROR_TYPE, type(error).__name__)
    _process_duration.record(seconds, {**_labels(queue, "process"), Attribute.ENDING: ending})


def _destination(route: Route) -> str:
    """An exchange for news, a queue for work: routing keys of news may be many."""
    return route.exchange or route.label or route.key


def _labels(destination: str, operation: str) -> dict[str, str]:
    return {
        Attribute.MESSAGING_SYSTEM: SYSTEM,
        Attribute.MESSAGING_DESTINATION: destination,
        Attribute.MESSAGING_OPERATION: operation,
        Attribute.MESSAGING_OPERATION_TYPE: operation,
    }
