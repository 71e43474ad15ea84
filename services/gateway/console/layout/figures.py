"""How the console writes numbers, times and words: with separators and units, the same on every
page.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

THIN_SPACE = "\u202f"
MISSING = "\u2013"
MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")


def number(value: float | None, places: int = 0) -> str:
    """12 345.6, with a thin space every three digits; a dash for nothing."""
    if value is None:
        return MISSING
    return f"{value:,.{places}f}".replace(",", THIN_SPACE)


def share(value: float | None, places: int = 0) -> str:
    """A share from 0 to 1 in per cent."""
    return MISSING if value is None else f"{value * 100:.{places}f}{THIN_SPACE}%"


def moment(value: datetime | str | None) -> str:
    """A time of day in UTC, with its date: 30 Nov 2026, 15:40."""
    if value is None:
        return MISSING
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{at:%-d %b %Y, %H:%M}"


def span(seconds: float | None) -> str:
    """A length of time in its two largest units: 4 s, 12 min, 3 h 20 min, 2 d 4 h."""
    if seconds is None:
        return MISSING
    whole = round(seconds)
    if whole < MINUTE_S:
        return f"{whole}{THIN_SPACE}s"
    if whole < HOUR_S:
        return (
            _pair(whole, MINUTE_S, "min", 1, "s")
            if whole < 10 * MINUTE_S
            else f"{round(whole / MINUTE_S)}{THIN_SPACE}min"
        )
    if whole < DAY_S:
        return _pair(whole, HOUR_S, "h", MINUTE_S, "min")
    return _pair(whole, DAY_S, "d", HOUR_S, "h")


def _pair(whole: int, large: int, large_name: str, small: int, small_name: str) -> str:
    first, rest = divmod(whole, large)
    second = rest // small
    tail = f" {second}{THIN_SPACE}{small_name}" if second else ""
    return f"{first}{THIN_SPACE}{large_name}{tail}"


def size(octets: float) -> str:
    """Bytes in the unit that leaves one to three digits."""
    value = float(octets)
    for unit in BYTE_UNITS[:-1]:
        if value < 1_000:
            return (
                f"{value:.0f}{THIN_SPACE}{unit}"
                if value >= 10 or unit == "B"
                else f"{value:.1f}{THIN_SPACE}{unit}"
            )
        value /= 1_000
    return f"{value:.1f}{THIN_SPACE}{BYTE_UNITS[-1]}"


SPELT_OUT = {"kia": "Killed in action", "dow": "Died of wounds"}


def words(name: str) -> str:
    """A word as people write it: `returned_to_duty` is Returned to duty, `t1` is T1."""
    if name in SPELT_OUT:
        return SPELT_OUT[name]
    text = name.replace("_", " ")
    return text.upper() if len(text) <= 2 else text[:1].upper() + text[1:]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "share": share,
    "moment": moment,
    "span": span,
    "size": size,
    "words": words,
}
