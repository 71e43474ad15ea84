from functools import cache

import numpy as np
import pytest

from shared.clinical.tables import complications, conditions
from shared.records.columns import Array
from shared.scenarios import Scenario, load_preset
from shared.simulation import SectorOutput, simulate
from shared.simulation.arrivals import arrivals
from shared.simulation.demographics import demographics
from shared.simulation.disease import diseases
from shared.simulation.injuries import injuries
from shared.simulation.wounding import casualties
from tests.simulation.oracle.course import run
from tests.simulation.oracle.sector import Sector
from tests.simulation.stories import changed

SEED = 4711
FLAT = {
    "outcome": "outcome",
    "ended_at_s": "ended_at_s",
    "triage_first": "first_triage",
    "precedence": "precedence",
    "rts_e4": "rts_e4",
    "role_first": "first_role",
    "role_last": "last_role",
    "facility_last": "last_facility",
    "transfused_units": "units",
}
SIGNS = [
    "at_s",
    "context",
    "facility",
    "heart_rate",
    "systolic",
    "diastolic",
    "respiratory_rate",
    "spo2",
    "gcs",
    "temperature_dc",
    "pain",
]
EVENTS = ["at_s", "kind", "role", "facility", "vehicle", "detail"]
TREATMENTS = ["at_s", "ended_at_s", "treatment", "role", "facility", "region", "dose"]


def scarce() -> Scenario:
    """Few beds, teams and vehicles: everything waits for everything."""
    return changed(
        "brigade-conventional",
        days=1,
        facilities=lambda rows: [
            row | {"beds": min(row["beds"], 12), "treatment_teams": 1, "blood_units": 4}
            for row in rows
        ],
        transport=lambda pools: [
            pool | {"vehicles": max(pool["vehicles"] // 6, 1), "moves_at_night": False}
            for pool in pools
        ],
    )


SECTORS = {
    "teaching": (lambda: load_preset("teaching-20"), 20),
    "conventional": (lambda: load_preset("brigade-conventional"), 250),
    "scarce": (scarce, 150),
    "cbrn": (lambda: load_preset("brigade-cbrn"), 150),
    "epidemic": (lambda: load_preset("epidemic-town"), 100),
}


def wounded(scenario: Scenario, sector: int, patients: int) -> Array:
    """The casualties of a sector at the moment of wounding."""
    hurt = arrivals(scenario, SEED, sector, patients)
    people = demographics(scenario, SEED, sector, hurt)
    wounds = injuries(scenario, SEED, sector, hurt)
    return casualties(SEED, sector, hurt, people, wounds, diseases(SEED, sector, wounds.mechanism))


@cache
def both(name: str) -> tuple[SectorOutput, Sector]:
    load, patients = SECTORS[name]
    scenario = load()
    return simulate(scenario, SEED, 2, patients), run(scenario, wounded(scenario, 2, patients))


def rows(output: SectorOutput, table: str, names: list[str]) -> list[list[tuple[float, ...]]]:
    nested = output.patients.nested[table]
    columns = [nested.values[name].tolist() for name in names]
    lines = list(zip(*columns, strict=True))
    return [
        lines[first:last] for first, last in zip(nested.offsets, nested.offsets[1:], strict=False)
    ]


@pytest.mark.parametrize("name", SECTORS)
def test_everybody_has_the_same_events_as_in_the_oracle(name: str) -> None:
    """Each casualty has the events of an event loop written independently, at the same seconds and
    places.
    """
    output, oracle = both(name)
    assert rows(output, "events", EVENTS) == oracle.events


@pytest.mark.parametrize("name", SECTORS)
def test_everybody_has_the_same_vital_signs_as_in_the_oracle(name: str) -> None:
    """Every row of vital signs is what the state of the oracle's patient shows."""
    output, oracle = both(name)
    assert rows(output, "vitals", SIGNS) == oracle.signs


@pytest.mark.parametrize("name", SECTORS)
def test_everybody_has_the_same_treatments_as_in_the_oracle(name: str) -> None:
    """Treatments are chosen, timed and cut short alike."""
    output, oracle = both(name)
    expected = [
        [(*row[:-1], float(np.float32(row[-1]))) for row in patient]
        for patient in oracle.treatments
    ]
    assert rows(output, "treatments", TREATMENTS) == expected


@pytest.mark.parametrize("name", SECTORS)
def test_everybody_has_the_same_complications_as_in_the_oracle(name: str) -> None:
    """What comes of wounds sets in at the same seconds."""
    output, oracle = both(name)
    ids = {
        row.condition: next(each.id for each in conditions() if each.name == row.condition)
        for row in complications()
    }
    found = [
        [row for row in patient if row[0] in ids.values()]
        for patient in rows(output, "conditions", ["condition", "onset_s"])
    ]
    expected = [
        [(ids[name], patient.complications[name]) for name in ids if name in patient.complications]
        for patient in oracle.patients
    ]
    assert found == expected


@pytest.mark.parametrize("name", SECTORS)
def test_everybody_ends_as_in_the_oracle(name: str) -> None:
    """Outcome, its time, first triage, precedence, scores and transfusions agree."""
    output, oracle = both(name)
    for column, attribute in FLAT.items():
        assert output.patients.flat[column].tolist() == [
            getattr(patient, attribute) for patient in oracle.patients
        ], column
    lowest = [int(patient.lowest * 100 + 0.5) for patient in oracle.patients]
    assert output.patients.flat["blood_volume_min_pct"].tolist() == lowest


@pytest.mark.parametrize("name", SECTORS)
def test_resources_are_used_as_in_the_oracle(name: str) -> None:
    """Every resource has served as many, kept them waiting as long, with as long a line; the census
    agrees.
    """
    output, oracle = both(name)
    table = output.result.nested["resources"].values
    found = list(
        zip(
            *(
                table[column].tolist()
                for column in ("capacity", "served", "wait_max_s", "queue_max")
            ),
            strict=True,
        )
    )
    of_places = [
        place.resources[kind] for place in oracle.places if place.role for kind in place.resources
    ]
    used = [
        resource
        for resource in (*of_places, *(pool.fleet for pool in oracle.pools))
        if resource.capacity
    ]
    assert found == [
        (each.capacity, each.served, each.longest_wait_s, each.longest_line) for each in used
    ]
    census = output.result.nested["census"].values
    assert (
        list(
            zip(
                *(census[column].tolist() for column in ("at_s", "facility", "present")),
                strict=True,
            )
        )
        == oracle.census
    )
