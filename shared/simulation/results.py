"""The sector's result: how many casualties ended how, and what each resource did, at the end and
over time.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from shared.records.columns import Array, Columns, Nested
from shared.simulation.kernel import entry, kernel
from shared.simulation.setting import DAY_S
from shared.simulation.world import BLOOD, FRONTS, HORIZON_S, NOWHERE, RESOURCES, SAMPLE_ROWS, World

RESOURCE_COLUMNS: dict[str, DTypeLike] = {
    "kind": np.int8,
    "facility": np.int16,
    "pool": np.int16,
    "capacity": np.int32,
    "served": np.int32,
    "wait_mean_s": np.float32,
    "wait_max_s": np.int32,
    "queue_max": np.int32,
    "busy_share": np.float32,
}
CENSUS_COLUMNS: dict[str, DTypeLike] = {"at_s": np.int32, "facility": np.int16, "present": np.int32}
QUEUE_COLUMNS: dict[str, DTypeLike] = {
    "at_s": np.int32,
    "resource": np.int16,
    "in_use": np.int32,
    "waiting": np.int32,
}


@kernel
def _busy_share(row: Any, blood: bool, horizon_s: int) -> float:
    """Of its capacity; units of blood are used up and count for a day."""
    in_use_s = row["busy_s"] + np.int64(row["in_use"]) * (horizon_s - row["changed_at_s"])
    busy_s = np.int64(row["served"]) * DAY_S if blood else in_use_s
    return float(busy_s / (np.int64(row["capacity"]) * horizon_s))


@entry
def _write_resources(resources: Any, pools: Any, rules: Any, position: Any, columns: Any) -> None:
    """The resources that exist, and each one's `position` among them by its place in
    `resources`.
    """
    kind, facility, pool, capacity, served, wait_mean_s, wait_max_s, queue_max, busy_share = columns
    fleets = len(resources) - len(pools)
    shown = 0
    for index in range(rules[FRONTS] * RESOURCES, len(resources)):
        row = resources[index]
        if row["capacity"] <= 0:
            continue
        position[index] = shown
        kind[shown] = index % RESOURCES + 1 if index < fleets else pools[index - fleets]["kind"]
        facility[shown] = index // RESOURCES - rules[FRONTS] if index < fleets else NOWHERE
        pool[shown] = NOWHERE if index < fleets else pools[index - fleets]["transport"]
        capacity[shown] = row["capacity"]
        served[shown] = row["served"]
        wait_mean_s[shown] = row["waited_s"] / max(row["served"], 1)
        wait_max_s[shown] = row["wait_max_s"]
        queue_max[shown] = row["queue_max"]
        busy_share[shown] = _busy_share(
            row, index < fleets and index % RESOURCES == BLOOD, rules[HORIZON_S]
        )
        shown += 1


@entry
def _write_series(samples: Any, position: Any, census: Any, queues: Any) -> None:
    census_at_s, census_facility, present = census
    at_s, resource, in_use, waiting = queues
    counted = changed = 0
    for number in range(len(samples)):
        row = samples[number]
        if row["resource"] < 0:
            census_at_s[counted] = row["at_s"]
            census_facility[counted] = row["facility"]
            present[counted] = row["in_use"]
            counted += 1
        else:
            at_s[changed] = row["at_s"]
            resource[changed] = position[row["resource"]]
            in_use[changed] = row["in_use"]
            waiting[changed] = row["waiting"]
            changed += 1


def _empty(columns: dict[str, DTypeLike], rows: int) -> dict[str, Array]:
    return {name: np.empty(rows, dtype=dtype) for name, dtype in columns.items()}


def _one_list(values: dict[str, Array]) -> Nested:
    length = len(next(iter(values.values())))
    return Nested(np.array([0, length], dtype=np.int32), values)


def _counts(people: Array) -> dict[str, Array]:
    code = people["category"].astype(np.int64) * 64 + people["triage_first"] * 8 + people["outcome"]
    patients = np.bincount(code)
    present = np.flatnonzero(patients)
    return {
        "category": (present // 64).astype(np.int8),
        "triage_first": (present // 8 % 8).astype(np.int8),
        "outcome": (present % 8).astype(np.int8),
        "patients": patients[present].astype(np.int32),
    }


def result_columns(w: World) -> Columns:
    """The sector's result: one row, without what `shared.records` adds when it is placed in a
    job.
    """
    exist = int(np.count_nonzero(w.resources["capacity"][w.counters[FRONTS] * RESOURCES :] > 0))
    resources = _empty(RESOURCE_COLUMNS, exist)
    position = np.full(len(w.resources), NOWHERE, dtype=np.int16)
    _write_resources(w.resources, w.pools, w.counters, position, tuple(resources.values()))
    samples = w.samples[: w.counters[SAMPLE_ROWS]]
    counted = int(np.count_nonzero(samples["resource"] < 0))
    census, queues = _empty(CENSUS_COLUMNS, counted), _empty(QUEUE_COLUMNS, len(samples) - counted)
    _write_series(samples, position, tuple(census.values()), tuple(queues.values()))
    flat = {
        "patients": np.array([len(w.people)], dtype=np.int32),
        "ended_at_s": np.array([w.people["ended_at_s"].max()], dtype=np.int32),
    }
    nested = {
        "counts": _counts(w.people),
        "resources": resources,
        "census": census,
        "queues": queues,
    }
    return Columns(1, flat, {name: _one_list(values) for name, values in nested.items()})
