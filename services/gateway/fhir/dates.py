"""FHIR dates as ranges of time: a day is all its seconds, so comparisons say what R4's search page
says.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

_DATE_TIME = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,6})?\d*)?(?P<offset>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
# A plus that was not escaped in a URL arrives as a space.
_LOST_PLUS = re.compile(r" (\d\d:\d\d)$", re.ASCII)
_START = "{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}{offset}"
_DEFAULTS = {
    "year": "",
    "month": "01",
    "day": "01",
    "hour": "00",
    "minute": "00",
    "second": "00",
    "fraction": "",
    "offset": "Z",
}
_ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class Span(NamedTuple):
    """From `start` to before `end`, both aware."""

    start: datetime
    end: datetime


def span_of(text: str) -> Span:
    """Read a date, dateTime or instant of any precision; without an offset it is UTC. Raises
    ValueError.
    """
    found = _DATE_TIME.fullmatch(_LOST_PLUS.sub(r"+\1", text))
    if found is None:
        raise ValueError(
            f"{text[:60]!r} is no date of FHIR's: YYYY, YYYY-MM, YYYY-MM-DD or "
            "YYYY-MM-DDThh:mm:ss.sssZ"
        )
    parts = found.groupdict()
    try:
        start = datetime.fromisoformat(
            _START.format(**{name: parts[name] or default for name, default in _DEFAULTS.items()})
        )
        return Span(start.astimezone(UTC), (start + _precision(start, parts)).astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:60]!r} is not in the calendar") from None


def _precision(start: datetime, parts: Mapping[str, str | None]) -> timedelta:
    """How long the span is that is named: a year, a month, and so on down to the last digit of a
    fraction.
    """
    if fraction := parts["fraction"]:
        return timedelta(microseconds=max(1, 10 ** (7 - len(fraction))))
    for name, length in (
        ("second", timedelta(seconds=1)),
        ("minute", timedelta(minutes=1)),
        ("day", timedelta(days=1)),
    ):
        if parts[name]:
            return length
    following = (
        start.replace(year=start.year + 1)
        if parts["month"] is None
        else (start + timedelta(days=31)).replace(day=1)
    )
    return following - start


def span_of_element(value: Any) -> Span | None:
    """The time of an element: a date, dateTime, instant or Period; None for anything else."""
    if isinstance(value, str):
        return span_of(value)
    if not isinstance(value, dict) or not {"start", "end"} & set(value):
        return None
    start = span_of(value["start"]).start if "start" in value else _ALWAYS[0]
    end = span_of(value["end"]).end if "end" in value else _ALWAYS[1]
    return Span(start, end)


def compare(prefix: str, element: Span, asked: Span) -> bool:
    """Whether the element's time stands so to the time that was asked for."""
    return _COMPARISONS[prefix](element, asked)


def _within(element: Span, asked: Span) -> bool:
    return asked.start <= element.start and element.end <= asked.end


_COMPARISONS: Mapping[str, Callable[[Span, Span], bool]] = {
    "eq": _within,
    "ne": lambda element, asked: not _within(element, asked),
    "gt": lambda element, asked: element.end > asked.end,
    "lt": lambda element, asked: element.start < asked.start,
    "ge": lambda element, asked: element.end > asked.end or _within(element, asked),
    "le": lambda element, asked: element.start < asked.start or _within(element, asked),
    "sa": lambda element, asked: element.start >= asked.end,
    "eb": lambda element, asked: element.end <= asked.start,
}


def split_prefix(text: str) -> tuple[str, str]:
    """`ge2030-01` as `("ge", "2030-01")`; without a prefix it is `eq`. Raises ValueError for
    prefixes that are not known here.
    """
    if text[:1].isdigit():
        return "eq", text
    if text[:2] not in _COMPARISONS:
        raise ValueError(
            f"{text[:60]!r} must be a date, after one of {', '.join(_COMPARISONS)} or nothing"
        )
    return text[:2], text[2:]
