from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from shared.records.columns import Array, Columns, Nested
from shared.records.vocabulary import Category, Outcome
from shared.scenarios import load_preset
from shared.simulation import simulate
from shared.validity.checks import check_groups, check_records
from shared.validity.groups import DEATHS, Groups

WOUNDED = {
    "category": Category.BATTLE_INJURY,
    "mechanism": 1,
    "triage_first": 1,
    "outcome": Outcome.EVACUATED,
    "role_last": 4,
    "iss": 9,
    "returned": 0,
    "lived_min": 0,
    "unordered": 0,
    "patients": 5,
}
RECORD_CHECKS = (
    "events stand in the order of time",
    "a story begins with the injury or the illness",
    "the last event says what the outcome says",
    "nothing happens before the beginning or after the end",
    "vital signs are possible",
    "no treatment ends before it begins",
    "everybody has a condition",
    "the Injury Severity Score follows from the wounds",
)


@pytest.fixture(scope="module")
def patients() -> Columns:
    """Twenty simulated casualties."""
    return simulate(load_preset("teaching-20"), 3, 0, 20).patients


def _broken_groups(**change: int) -> dict[str, int]:
    groups = Groups.of([WOUNDED, WOUNDED | change])
    return {check.statement: check.violations for check in check_groups(groups) if check.violations}


@pytest.mark.parametrize(
    ("change", "statement"),
    [
        ({"unordered": 1}, "nobody's story ends before it begins"),
        ({"triage_first": 0}, "everybody has a triage category and an outcome"),
        ({"outcome": Outcome.KIA}, "who was killed in action reached no facility"),
        ({"outcome": Outcome.DOW, "role_last": 0}, "who died of wounds had reached a facility"),
        (
            {"outcome": Outcome.DOW, "category": Category.DISEASE},
            "only battle injuries are killed in action or die of wounds",
        ),
        (
            {"outcome": Outcome.DIED_NON_BATTLE},
            "a battle injury that dies is killed in action or dies of wounds",
        ),
        ({"iss": 76}, "scores lie from 0 to 75"),
    ],
)
def test_a_contradiction_among_groups_is_counted(change: dict[str, int], statement: str) -> None:
    """The five patients of the planted group break that one statement; without it nothing is
    broken.
    """
    assert _broken_groups() == {}
    assert _broken_groups(**change) == {statement: 5}


def _changed(patients: Columns, name: str, field: str, change: Callable[[Array], None]) -> Columns:
    lists = patients.nested[name]
    values = lists.values[field].copy()
    change(values)
    return replace(
        patients,
        nested={**patients.nested, name: Nested(lists.offsets, {**lists.values, field: values})},
    )


def _row_of(patients: Columns, name: str) -> int:
    # The second row of the first patient with at least three.
    offsets = patients.nested[name].offsets
    return int(offsets[np.flatnonzero(np.diff(offsets) >= 3)[0]]) + 1


def _broken(patients: Columns) -> dict[str, int]:
    return {
        check.statement: check.violations for check in check_records(patients) if check.violations
    }


def test_simulated_records_hold_every_check(patients: Columns) -> None:
    """Nothing that the simulation makes contradicts itself."""
    checks = list(check_records(patients))
    assert tuple(check.statement for check in checks) == RECORD_CHECKS
    assert {(check.checked, check.violations) for check in checks} == {(20, 0)}


@pytest.mark.parametrize(
    ("name", "field", "value", "statement"),
    [
        ("vitals", "systolic", 20, "vital signs are possible"),
        ("vitals", "gcs", 2, "vital signs are possible"),
        ("vitals", "spo2", 101, "vital signs are possible"),
        ("treatments", "ended_at_s", -1, "no treatment ends before it begins"),
        ("treatments", "at_s", 2**31 - 1, "nothing happens before the beginning or after the end"),
        ("conditions", "ais", 6, "the Injury Severity Score follows from the wounds"),
        ("events", "at_s", 2**31 - 1, "events stand in the order of time"),
    ],
)
def test_a_contradiction_within_a_record_is_found(
    patients: Columns, name: str, field: str, value: int, statement: str
) -> None:
    """A planted value breaks its statement for one patient."""
    row = _row_of(patients, name)
    broken = _broken(_changed(patients, name, field, lambda values: values.__setitem__(row, value)))
    assert broken[statement] == 1


def test_an_outcome_that_no_event_tells_is_found(patients: Columns) -> None:
    """Whoever is said to have died must have an event of it, and nobody else."""
    alive = ~np.isin(patients.flat["outcome"], DEATHS)
    dead = replace(patients, flat={**patients.flat, "outcome": np.full(20, Outcome.DOW, np.int8)})
    assert _broken(dead) == {"the last event says what the outcome says": alive.sum()}


def test_a_story_without_a_beginning_is_found(patients: Columns) -> None:
    """The first event must be the injury, at its time."""
    later = replace(
        patients, flat={**patients.flat, "injured_at_s": patients.flat["injured_at_s"] + 1}
    )
    assert _broken(later)["a story begins with the injury or the illness"] == 20


def test_a_casualty_without_a_condition_is_found(patients: Columns) -> None:
    """Somebody is here for something."""
    lists = patients.nested["conditions"]
    offsets = lists.offsets.copy()
    offsets[1] = 0
    bare = replace(
        patients, nested={**patients.nested, "conditions": Nested(offsets, lists.values)}
    )
    assert _broken(bare)["everybody has a condition"] == 1
