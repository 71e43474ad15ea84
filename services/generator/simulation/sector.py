"""A sector ready to run: the setting's arrays, fresh logs, empty queues."""

from functools import cache

import numpy as np

from services.generator.simulation.disease import illness_care
from services.generator.simulation.elementary import normal_table
from services.generator.simulation.evacuation import run
from services.generator.simulation.setting import Setting, number, parameter_record
from services.generator.simulation.treatment import Treatment
from services.generator.simulation.world import (
    CENSUS_ROW,
    CLASSES,
    COUNTERS,
    EVENT_ROW,
    NOWHERE,
    OVERFLOW,
    QUEUES,
    SAMPLE_S,
    SERIES_ROW,
    TREATMENT_KIND,
    TREATMENT_ROW,
    VITALS_ROW,
    World,
)
from shared.clinical import tables
from shared.records.columns import Array

# Rows of each log for a casualty, on a first try; a sector that needs more is run again with twice the room.
EVENTS_EACH, VITALS_EACH, TREATMENTS_EACH, ENTRIES_EACH = 48, 96, 32, 48
ROOM = 256  # rows besides, for small sectors
DOUBLINGS_MAX = 8
MINUTE_S = 60


@cache
def _treatment_kinds() -> Array:
    by_name = {row.name: row for row in tables.treatments()}
    kinds = np.zeros(len(Treatment) + 1, dtype=TREATMENT_KIND)
    for treatment in Treatment:
        row = by_name[treatment.name.lower()]
        kinds[treatment] = (max(row.duration_min, 1) * MINUTE_S, number("treatment_spread"), row.dose)
    return kinds


def _world(setting: Setting, state: tuple[Array, Array, Array, Array], times: int) -> World:
    people, bleeding, hazard, reserve = (array.copy() for array in state)
    patients, places = len(people), len(setting.places)
    samples = setting.horizon_s // int(setting.rules[SAMPLE_S]) + 1
    return World(
        people=people,
        bleeding=bleeding,
        hazard=hazard,
        reserve=reserve,
        places=setting.places.copy(),
        links=setting.links,
        feeders=setting.feeders,
        distance_km=setting.distance_km,
        pools=setting.pools,
        resources=setting.resources.copy(),
        queue_first=np.full((places * QUEUES, CLASSES), NOWHERE, dtype=np.int32),
        queue_last=np.full((places * QUEUES, CLASSES), NOWHERE, dtype=np.int32),
        queue_length=np.zeros(places * QUEUES, dtype=np.int32),
        agenda_keys=np.empty(times * (patients * ENTRIES_EACH + ROOM), dtype=np.int64),
        agenda_items=np.empty(times * (patients * ENTRIES_EACH + ROOM), dtype=np.int64),
        counters=np.zeros(COUNTERS, dtype=np.int64),
        events=np.empty(times * (patients * EVENTS_EACH + ROOM), dtype=EVENT_ROW),
        vitals=np.empty(times * (patients * VITALS_EACH + ROOM), dtype=VITALS_ROW),
        treatments=np.empty(times * (patients * TREATMENTS_EACH + ROOM), dtype=TREATMENT_ROW),
        census=np.empty(samples * places, dtype=CENSUS_ROW),
        series=np.empty(samples * len(setting.resources), dtype=SERIES_ROW),
        kinds=_treatment_kinds(),
        illness_care=illness_care(),
        parameters=parameter_record(),
        normal=normal_table(4096),
        rules=setting.rules,
        touched=np.zeros(places + 1, dtype=np.int16),
    )


def run_sector(setting: Setting, state: tuple[Array, Array, Array, Array]) -> World:
    """Let the casualties in `state` (as `wounding.casualties` gives them) run through the setting to the horizon."""
    times = 1
    world = _world(setting, state, times)
    run(world)
    while world.counters[OVERFLOW] and times < 1 << DOUBLINGS_MAX:
        times *= 2
        world = _world(setting, state, times)
        run(world)
    return world
