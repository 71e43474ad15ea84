"""Scenarios on other days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from shared.errors import Invalid
from shared.records.digest import sector_digest
from shared.scenarios import list_presets, load_preset
from shared.scenarios.shift import beginning_on, ending_by, lasting_days, moved
from shared.simulation import simulate

PATIENTS = 200


@pytest.mark.parametrize("preset", ["brigade-conventional", "joint-operation", "teaching-20"])
def test_nothing_but_dates_changes(preset: str) -> None:
    """Moved back by as many days, birthdays give the digest of the scenario as it was."""
    scenario = load_preset(preset)
    other = beginning_on(scenario, date(2024, 2, 29))
    plain, shifted = (simulate(each, 3, 0, PATIENTS) for each in (scenario, other))
    days = (other.starts_at - scenario.starts_at).days
    birth_date = (shifted.patients.flat["birth_date"] - days).astype(np.int32)
    patients = replace(shifted.patients, flat={**shifted.patients.flat, "birth_date": birth_date})
    assert sector_digest(patients, shifted.result) == sector_digest(plain.patients, plain.result)


@pytest.mark.parametrize("preset", [each.name for each in list_presets()])
def test_all_of_it_is_over_by_the_day(preset: str) -> None:
    """Nothing is simulated after its end, and a day later it would not fit."""
    day = date(2026, 1, 31)
    ending = ending_by(load_preset(preset), day)
    end = ending.starts_at + timedelta(days=lasting_days(ending))
    assert datetime(2026, 1, 30, tzinfo=UTC) < end <= datetime(2026, 2, 1, tzinfo=UTC)
    assert ending.starts_at.time() == load_preset(preset).starts_at.time()


def test_what_cannot_be_is_refused() -> None:
    """Both at once, and years that no scenario has."""
    scenario = load_preset("teaching-20")
    day = date(2025, 1, 1)
    with pytest.raises(Invalid, match="ends_today"):
        moved(scenario, day, ends_today=True, today=day)
    with pytest.raises(Invalid, match="must lie in the years 1950 to 2150"):
        beginning_on(scenario, date(1949, 12, 31))
    assert moved(scenario, None, ends_today=False, today=day) is scenario
