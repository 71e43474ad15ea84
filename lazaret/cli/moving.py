"""The options --starts-at and --ends-today, which two commands have."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

Command = Callable[..., None]
DAY = "%Y-%m-%d"


def moving_options(command: Command) -> Command:
    """Add them; the command gets `starts_at`, a date or None, and `ends_today`."""
    ends_today = click.option(
        "--ends-today",
        is_flag=True,
        help="Begin so long ago that all of it is over by today (UTC).",
    )
    starts_at = click.option(
        "--starts-at",
        type=click.DateTime([DAY]),
        callback=_date,
        help="Begin on this day, at the scenario's own time of day; nothing else changes.",
    )
    return starts_at(ends_today(command))


def _date(_context: click.Context, _option: Any, moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
