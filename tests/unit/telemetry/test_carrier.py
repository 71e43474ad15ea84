import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from shared.telemetry.carrier import current_ids, extract, inject

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_trace_goes_on_in_another_process() -> None:
    """What one side injects, the other extracts, and its spans have the first as parent."""
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("accept") as accept:
        traceparent = inject()
    with tracer.start_as_current_span("dispatch", context=extract(traceparent)) as dispatch:
        assert dispatch.parent is not None
        assert dispatch.parent.span_id == accept.get_span_context().span_id
        assert current_ids()["trace_id"] == trace.format_trace_id(
            accept.get_span_context().trace_id
        )


def test_outside_a_span_there_is_nothing_to_carry() -> None:
    """No span, no traceparent, no ids."""
    assert inject() is None
    assert current_ids() == {}


@pytest.mark.parametrize("traceparent", [None, "", "nonsense", "00-0-0-01"])
def test_without_a_traceparent_a_new_trace_begins(traceparent: str | None) -> None:
    """A missing or malformed one is no error and no parent."""
    assert not trace.get_current_span(extract(traceparent)).get_span_context().is_valid


def test_a_foreign_traceparent_is_understood() -> None:
    """The W3C form, whoever wrote it."""
    context = trace.get_current_span(extract(TRACEPARENT)).get_span_context()
    assert trace.format_trace_id(context.trace_id) == "0af7651916cd43dd8448eb211c80319c"
