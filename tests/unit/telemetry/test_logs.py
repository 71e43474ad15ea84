import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from shared.errors import Unavailable
from shared.telemetry.logs import configure_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Logs of one test; the defaults return after it."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("info", "writer", "writer-1", stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_what_where_and_when(stream: io.StringIO) -> None:
    """One JSON object a line, with service, instance, level and time; below the level nothing."""
    log = structlog.get_logger()
    log.debug("unheard")
    log.info("part stored", patients=10_000)
    (line,) = lines(stream)
    assert line["event"] == "part stored"
    assert line["patients"] == 10_000
    assert (line["service"], line["instance"], line["level"]) == ("writer", "writer-1", "info")
    assert line["timestamp"].endswith("Z")
    assert "trace_id" not in line


def test_a_line_names_its_trace(stream: io.StringIO) -> None:
    """Inside a span, a log line can be found from the trace and back."""
    context = SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(context)):
        structlog.get_logger().info("part stored")
    assert lines(stream)[0]["trace_id"] == f"{0xABC:032x}"
    assert lines(stream)[0]["span_id"] == f"{0xDEF:016x}"


def test_libraries_log_the_same_way(stream: io.StringIO) -> None:
    """A warning of a library is the same JSON; its chatter is not."""
    logging.getLogger("asyncpg").info("chatter")
    logging.getLogger("asyncpg").warning("lost connection to %s", "amqp://user:hunter2@host")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == (
        "lost connection to amqp://user:***@host",
        "asyncpg",
        "warning",
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"api_key": "hunter2"},
        {"Authorization": "Bearer hunter2"},
        {"settings": {"database_password": "hunter2"}},
        {"url": "postgresql://lazaret:hunter2@127.0.0.1/lazaret"},
        {"arguments": ["--key", "lzt_ab12_hunter2"]},
        {"error": ValueError("amqp://u:hunter2@h")},
    ],
)
def test_secrets_do_not_reach_the_log(stream: io.StringIO, fields: dict[str, Any]) -> None:
    """Neither by name nor inside text, at any depth."""
    structlog.get_logger().info("configured", **fields)
    assert "***" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def connect(address: str) -> None:
    raise ConnectionError(f"{address} refused")


def test_secrets_in_tracebacks_are_blanked(stream: io.StringIO) -> None:
    """An exception's text passes the same sieve."""
    try:
        connect("postgresql://u:hunter2@h")
    except ConnectionError:
        structlog.get_logger().exception("unreachable")
    assert "ConnectionError: postgresql://u:***@h refused" in lines(stream)[0]["exception"]
    assert "hunter2" not in stream.getvalue()


def test_an_error_says_its_category_and_fingerprint(stream: io.StringIO) -> None:
    """An exception given as a value is told in one line; one being handled with its trace."""
    log = structlog.get_logger()
    log.warning("duty waits", reason=Unavailable("database away"))
    try:
        {}["x"]
    except KeyError:
        log.exception("duty failed")
    waits, failed = lines(stream)
    assert (waits["reason"], waits["lazaret.error.category"]) == ("database away", "dependency")
    assert (failed["error.type"], failed["lazaret.error.category"]) == ("KeyError", "defect")
    assert "Traceback" in failed["exception"]
    assert len(failed["lazaret.error.fingerprint"]) == 12
