"""Logs: one JSON object a line, with the trace it belongs to and without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

from shared.clock import SystemClock
from shared.telemetry.carrier import current_ids
from shared.telemetry.error_kinds import fields_of
from shared.telemetry.log_sampling import LogSampling

REDACTED = "***"
_SECRET_KEYS = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api[_-]?key", re.IGNORECASE
)
# The password of an address, and the second half of an API key, wherever they stand in the text.
_SECRET_TEXT = (
    (re.compile(r"(://[^:/@\s]*:)[^@/\s]+@"), rf"\1{REDACTED}@"),
    (re.compile(r"(lzt_[A-Za-z0-9]+_)[A-Za-z0-9_-]+"), rf"\1{REDACTED}"),
)

Event = MutableMapping[str, Any]


def configure_logs(
    level: str,
    service: str,
    instance: str,
    stream: TextIO = sys.stdout,
    export: structlog.typing.Processor | None = None,
) -> None:
    """Send structlog's and the standard library's records to `stream`, and to `export` as well;
    libraries are heard from `warning` on.
    """

    def add_origin(_logger: object, _method: str, event: Event) -> Event:
        return {**event, "service": service, "instance": instance, **current_ids()}

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_origin,
        add_error_kind,
        structlog.processors.format_exc_info,
        redact,
        *([export] if export else []),
    ]
    structlog.configure(
        processors=[
            LogSampling(SystemClock()),
            *shared,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_library_formatter(shared))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)


def add_error_kind(_logger: object, _method: str, event: Event) -> Event:
    """Say of an event that carries an exception, as `exc_info` or as a value, what kind it is."""
    error = _error_in(event)
    if error is None:
        return event
    said = fields_of(str(event.get("event", "")), error)
    told = str(error) or type(error).__name__
    shown = {
        key: told if value is error and key != "exc_info" else value for key, value in event.items()
    }
    return {**shown, **said}


def _error_in(event: Event) -> BaseException | None:
    given = event.get("exc_info")
    if isinstance(given, BaseException):
        return given
    if given:
        return given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    return next((value for value in event.values() if isinstance(value, BaseException)), None)


def redact(_logger: object, _method: str, event: Event) -> Event:
    """Blank what is named like a secret or looks like one, at any depth."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: Any) -> Any:
    if _SECRET_KEYS.search(key):
        return REDACTED
    if isinstance(value, dict):
        return {str(inner): _redacted(str(inner), each) for inner, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted("", each) for each in value]
    return without_secrets(value) if isinstance(value, str) else value


def without_secrets(text: str) -> str:
    """Blank passwords in addresses and API keys in free text."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _library_formatter(shared: list[structlog.typing.Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ],
    )


def _to_json(event: Event, **_options: object) -> str:
    return orjson.dumps(
        event, default=lambda value: without_secrets(str(value)), option=orjson.OPT_NON_STR_KEYS
    ).decode()
