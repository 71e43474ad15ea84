"""The same scenario on other days.

Only the time of day matters to the simulation (nights are quieter, aircraft wait), so a scenario
that is moved by whole days has the same casualties: their dates and birthdays move with it.
"""

from datetime import date, timedelta
from math import ceil

from shared.errors import FieldProblem, Invalid
from shared.scenarios.scenario import Scenario, whole_seconds_utc

# After the longest stay that the evacuation policy allows, for the last journeys.
CLOSING_DAYS = 3


def lasting_days(scenario: Scenario) -> float:
    """From its beginning until nothing is simulated any more."""
    stays = scenario.evacuation.policy_days
    return scenario.days + max(stays.role_1, stays.role_2, stays.role_3) + CLOSING_DAYS


def beginning_on(scenario: Scenario, day: date) -> Scenario:
    """The scenario from a day on, at its own time of day (UTC). Raises Invalid for `starts_at`."""
    try:
        moved = whole_seconds_utc(scenario.starts_at + (day - scenario.starts_at.date()))
    except (ValueError, OverflowError) as error:
        raise Invalid((FieldProblem("starts_at", f"{day}: {error}"),)) from error
    return scenario.model_copy(update={"starts_at": moved})


def ending_by(scenario: Scenario, day: date) -> Scenario:
    """The scenario so that all of it is over at the end of a day."""
    return beginning_on(scenario, day - timedelta(days=ceil(lasting_days(scenario))))


def moved(scenario: Scenario, starts_at: date | None, *, ends_today: bool, today: date) -> Scenario:
    """As was asked for; as it is where nothing was. Raises Invalid when both are given."""
    if starts_at is not None and ends_today:
        problem = FieldProblem("ends_today", "cannot be joined with starts_at: name one of them")
        raise Invalid((problem,))
    if ends_today:
        return ending_by(scenario, today)
    return scenario if starts_at is None else beginning_on(scenario, starts_at)
