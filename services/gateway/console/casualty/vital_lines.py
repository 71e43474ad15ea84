"""Vital signs over time as lines of a drawing, with the treatments as marks on the time axis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WIDTH, HEIGHT = 640, 96
TICKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """`points` are an SVG polyline's; `low` and `high` are the values at the drawing's edges."""

    name: str
    unit: str
    points: str
    low: float
    high: float
    last: float


@dataclass(frozen=True, slots=True)
class VitalLines:
    """All lines share the time axis; `ticks` and `marks` are places on it with their words."""

    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT


SIGNS = (
    ("heart_rate", "Heart rate", "a minute", 30.0, 180.0),
    ("systolic", "Systolic pressure", "mmHg", 40.0, 180.0),
    ("respiratory_rate", "Breaths", "a minute", 0.0, 45.0),
    ("spo2_pct", "Oxygen saturation", "%", 60.0, 100.0),
    ("gcs", "Glasgow Coma Scale", "of 15", 3.0, 15.0),
)


def vital_lines(record: Mapping[str, Any]) -> VitalLines | None:
    """Draw a record's vital signs; None when fewer than two were taken."""
    readings = record["vitals"]
    if len(readings) < 2:
        return None
    times = [datetime.fromisoformat(each["at"]) for each in readings]
    start, span_s = times[0], max((times[-1] - times[0]).total_seconds(), 1.0)

    def place(at: datetime) -> float:
        return round((at - start).total_seconds() / span_s * WIDTH, 1)

    lines = tuple(
        _line(sign, [(place(at), each[sign[0]]) for at, each in zip(times, readings, strict=True)])
        for sign in SIGNS
    )
    marks = tuple(
        (place(at), each["treatment"]["display"])
        for each in record["treatments"]
        if times[0] <= (at := datetime.fromisoformat(each["at"])) <= times[-1]
    )
    step = (times[-1] - start) / (TICKS - 1)
    ticks = tuple(
        (place(start + step * n), f"{start + step * n:%-d %b %H:%M}") for n in range(TICKS)
    )
    return VitalLines(lines, ticks, marks)


def _line(sign: tuple[str, str, str, float, float], values: list[tuple[float, float]]) -> Line:
    _, name, unit, low, high = sign
    points = " ".join(
        f"{x},{round((1 - (min(max(value, low), high) - low) / (high - low)) * HEIGHT, 1)}"
        for x, value in values
    )
    return Line(name, unit, points, low, high, values[-1][1])
