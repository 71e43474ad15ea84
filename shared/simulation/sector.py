"""A sector ready to run: the setting's arrays, fresh logs, empty queues."""

import numpy as np

from shared.records.columns import Array
from shared.simulation.agenda import WINDOW_BITS
from shared.simulation.evacuation import run
from shared.simulation.model import model
from shared.simulation.setting import Setting
from shared.simulation.world import (
    ENTRY,
    EVENT_ROW,
    LATER,
    NOWHERE,
    OVERFLOW,
    QUEUE,
    QUEUES,
    SAMPLE_ROW,
    SAMPLE_S,
    TREATMENT_ROW,
    VITALS_ROW,
    World,
)

# Rows of each log for a casualty, on a first try; a sector that needs more is run again with twice
# the room.
EVENTS_EACH, VITALS_EACH, TREATMENTS_EACH, ENTRIES_EACH = 48, 96, 32, 16
ROOM = 256  # rows besides, for small sectors
DOUBLINGS_MAX = 8


def _copied(rows: Array) -> Array:
    """As bytes: numpy copies records field by field, which takes eight times as long."""
    return rows.view(np.uint8).copy().view(rows.dtype)


def _world(setting: Setting, people: Array, times: int) -> World:
    patients, places = len(people), len(setting.places)
    samples = setting.horizon_s // int(setting.counters[SAMPLE_S]) + 1
    queues = np.zeros(places * QUEUES, dtype=QUEUE)
    queues["first"] = queues["last"] = NOWHERE
    return World(
        people=_copied(people),
        places=setting.places.copy(),
        ways=setting.ways,
        pools=setting.pools,
        resources=setting.resources.copy(),
        queues=queues,
        agenda=np.empty(times * (patients * ENTRIES_EACH + ROOM), dtype=ENTRY),
        later=np.empty(times * (patients * ENTRIES_EACH + ROOM), dtype=LATER),
        windows=np.zeros((setting.horizon_s >> WINDOW_BITS) + 1, dtype=np.int32),
        counters=setting.counters.copy(),
        events=np.empty(times * (patients * EVENTS_EACH + ROOM), dtype=EVENT_ROW),
        vitals=np.empty(times * (patients * VITALS_EACH + ROOM), dtype=VITALS_ROW),
        treatments=np.empty(times * (patients * TREATMENTS_EACH + ROOM), dtype=TREATMENT_ROW),
        samples=np.empty(samples * (places + len(setting.resources)), dtype=SAMPLE_ROW),
        model=model(),
    )


def run_sector(setting: Setting, people: Array) -> World:
    """Let the casualties in `people` (as `wounding.casualties` gives them) run through the setting
    to the horizon.
    """
    times = 1
    world = _world(setting, people, times)
    run(world)
    while world.counters[OVERFLOW] and times < 1 << DOUBLINGS_MAX:
        times *= 2
        world = _world(setting, people, times)
        run(world)
    return world
