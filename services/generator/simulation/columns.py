"""The finished sector as columns under the Arrow schemas: logs sorted by casualty, flat fields, the sector's result."""

from functools import cache
from typing import Any

import numpy as np

from services.generator.simulation.arrivals import Arrivals
from services.generator.simulation.demographics import People
from services.generator.simulation.disease import Diseases
from services.generator.simulation.elementary import exp
from services.generator.simulation.injuries import Injuries
from services.generator.simulation.kernel import entry
from services.generator.simulation.logs import events_by_casualty, treatments_by_casualty, vitals_by_casualty
from services.generator.simulation.setting import DAY_S
from services.generator.simulation.treatment import Treatment
from services.generator.simulation.world import (
    EVENT_ROWS,
    FRONTS,
    HORIZON_S,
    RESOURCES,
    SAMPLE_ROWS,
    TREATMENT_ROWS,
    VITALS_ROWS,
    World,
)
from shared.clinical import tables
from shared.records.columns import Array, Columns, Nested
from shared.records.vocabulary import Outcome

RTD_LIMIT_S = 72 * 3600
PENETRATING = frozenset({"gunshot", "blade", "explosion"})


@cache
def _treatment_ids() -> Array:
    ids = {row.name: row.id for row in tables.treatments()}
    return np.array([0, *(ids[treatment.name.lower()] for treatment in Treatment)], dtype=np.int16)


@entry
def _survival(rts_e4: Any, iss: Any, penetrating: Any, old: Any, survival: Any) -> None:
    """TRISS probability of survival in ten-thousandths (Boyd 1987, MTOS coefficients; P006, P007)."""
    for who in range(len(rts_e4)):
        if iss[who] == 0:
            survival[who] = -1
            continue
        rts = rts_e4[who] / 10000.0
        if penetrating[who]:
            b = -2.5355 + 0.9934 * rts - 0.0651 * iss[who] - 1.1360 * old[who]
        else:
            b = -0.4499 + 0.8085 * rts - 0.0835 * iss[who] - 1.7430 * old[who]
        survival[who] = int(10000.0 / (1.0 + exp(-b)) + 0.5)


@cache
def _penetrates() -> Array:
    flags = np.zeros(max(row.id for row in tables.mechanisms()) + 1, dtype=bool)
    flags[[row.id for row in tables.mechanisms() if row.kind in PENETRATING]] = True
    return flags


@cache
def _complication_ids() -> Array:
    ids = {row.name: row.id for row in tables.conditions()}
    return np.array([ids[row.condition] for row in tables.complications()], dtype=np.int16)


def _conditions(hurt: Arrivals, wounds: Injuries, ill: Diseases, rows: Array) -> Nested:
    """Every wound, or for the ill their disease, then what came of it."""
    sick = ill.condition > 0
    onset_s = rows["complication_at_s"]
    before = np.diff(wounds.offsets) + sick
    offsets = np.zeros(len(sick) + 1, dtype=np.int32)
    np.cumsum(before + np.count_nonzero(onset_s, axis=1), out=offsets[1:])
    first = np.repeat(offsets[:-1], before)
    at_first = first + np.arange(len(first)) - np.repeat(np.cumsum(before) - before, before)
    later = np.ones(int(offsets[-1]), dtype=bool)
    later[at_first] = False
    wounded = np.ones(len(at_first), dtype=bool)
    wounded[(np.cumsum(before) - before)[sick]] = False
    values: dict[str, Array] = {}
    for name, source in (("condition", wounds.condition), ("region", wounds.region), ("side", wounds.side), ("ais", wounds.ais)):
        values[name] = np.zeros(len(later), dtype=source.dtype)
        values[name][at_first[wounded]] = source
    values["condition"][at_first[~wounded]] = ill.condition[sick]
    values["onset_s"] = np.empty(len(later), dtype=np.int32)
    values["onset_s"][at_first] = np.repeat(hurt.injured_at_s, before)
    who, which = np.nonzero(onset_s)
    values["condition"][later] = _complication_ids()[which]
    values["onset_s"][later] = onset_s[who, which]
    return Nested(offsets, values)


def patient_columns(w: World, hurt: Arrivals, people: People, wounds: Injuries, ill: Diseases) -> Columns:
    """Every column of the patient schema but `ordinal` and `sector`."""
    rows = w.people
    patients = len(rows)
    events = w.events[: w.counters[EVENT_ROWS]]
    transport = np.append(w.pools["transport"], -1).astype(np.int16)
    events["vehicle"] = transport[events["vehicle"]]
    treatments = w.treatments[: w.counters[TREATMENT_ROWS]]
    treatments["treatment"] = _treatment_ids()[treatments["treatment"]]
    survival = np.empty(patients, dtype=np.int16)
    _survival(rows["rts_e4"], wounds.iss, _penetrates()[wounds.mechanism], people.age >= 55, survival)
    flat = {
        **people.flat,
        **{
            name: getattr(hurt, name) for name in ("injured_at_s", "category", "front", "compound_event", "latitude_udeg", "longitude_udeg")
        },
        **{
            name: np.ascontiguousarray(rows[name])
            for name in ("triage_first", "precedence", "rts_e4", "outcome", "role_first", "role_last")
        },
        **{name: np.ascontiguousarray(rows[name]) for name in ("facility_last", "ended_at_s")},
        "mechanism": wounds.mechanism,
        "iss": wounds.iss,
        "niss": wounds.niss,
        "triss_e4": survival,
        "blood_volume_min_pct": (rows["volume_min"] * 100 + 0.5).astype(np.int8),
        "burn_tbsa_pct": np.ascontiguousarray(rows["burn_pct"]),
        "transfused_units": np.ascontiguousarray(rows["transfused"]),
        "death_cause": np.where(rows["alive"] == 1, 0, rows["death_cause"]).astype(np.int8),
        "returned_within_72h": _returned_soon(rows),
    }
    nested = {
        **people.nested,
        "events": events_by_casualty(events, patients),
        "vitals": vitals_by_casualty(w.vitals[: w.counters[VITALS_ROWS]], patients),
        "conditions": _conditions(hurt, wounds, ill, rows),
        "treatments": treatments_by_casualty(treatments, patients),
    }
    return Columns(patients, flat, nested)


def _returned_soon(rows: Array) -> Array:
    soon = rows["ended_at_s"] - rows["injured_at_s"] <= RTD_LIMIT_S
    returned: Array = soon & (rows["outcome"] == Outcome.RETURNED_TO_DUTY)
    return returned.astype(np.int8)


def _one_list(values: dict[str, Array]) -> Nested:
    length = len(next(iter(values.values())))
    return Nested(np.array([0, length], dtype=np.int32), values)


def _counts(rows: Array) -> dict[str, Array]:
    code = rows["category"].astype(np.int64) * 64 + rows["triage_first"] * 8 + rows["outcome"]
    present, patients = np.unique(code, return_counts=True)
    return {
        "category": (present // 64).astype(np.int8),
        "triage_first": (present // 8 % 8).astype(np.int8),
        "outcome": (present % 8).astype(np.int8),
        "patients": patients.astype(np.int32),
    }


def _resources(w: World) -> tuple[dict[str, Array], Array]:
    """The resources that exist, and each one's position among them by its place in `w.resources` (-1: not shown)."""
    horizon_s = int(w.counters[HORIZON_S])
    facilities = len(w.places) * RESOURCES
    shown = np.flatnonzero(w.resources["capacity"] > 0)
    shown = shown[shown >= w.counters[FRONTS] * RESOURCES]
    rows = w.resources[shown]
    position = np.full(len(w.resources), -1, dtype=np.int16)
    position[shown] = np.arange(len(shown))
    pool = shown >= facilities
    kind = np.where(pool, 0, shown % RESOURCES + 1)
    kind[pool] = w.pools["kind"][shown[pool] - facilities]
    busy = rows["busy_s"] + rows["in_use"].astype(np.int64) * (horizon_s - rows["changed_at_s"])
    blood = kind == 7
    busy[blood] = rows["served"][blood].astype(np.int64) * DAY_S
    values = {
        "kind": kind.astype(np.int8),
        "facility": np.where(pool, -1, shown // RESOURCES - w.counters[FRONTS]).astype(np.int16),
        "pool": np.full(len(shown), -1, dtype=np.int16),
        "capacity": rows["capacity"],
        "served": rows["served"],
        "wait_mean_s": (rows["waited_s"] / np.maximum(rows["served"], 1)).astype(np.float32),
        "wait_max_s": rows["wait_max_s"],
        "queue_max": rows["queue_max"],
        "busy_share": (busy / (rows["capacity"].astype(np.int64) * horizon_s)).astype(np.float32),
    }
    values["pool"][pool] = w.pools["transport"][shown[pool] - facilities]
    return {name: np.ascontiguousarray(column) for name, column in values.items()}, position


def result_columns(w: World) -> Columns:
    """The sector's result: one row, without what `shared.records` adds when it is placed in a job."""
    resources, position = _resources(w)
    samples = w.samples[: w.counters[SAMPLE_ROWS]]
    census, series = samples[samples["resource"] < 0], samples[samples["resource"] >= 0]
    flat = {
        "patients": np.array([len(w.people)], dtype=np.int32),
        "ended_at_s": np.array([w.people["ended_at_s"].max()], dtype=np.int32),
    }
    nested = {
        "counts": _one_list(_counts(w.people)),
        "resources": _one_list(resources),
        "census": _one_list(
            {
                "at_s": np.ascontiguousarray(census["at_s"]),
                "facility": np.ascontiguousarray(census["facility"]),
                "present": np.ascontiguousarray(census["in_use"]),
            }
        ),
        "queues": _one_list(
            {
                "at_s": np.ascontiguousarray(series["at_s"]),
                "resource": position[series["resource"]],
                "in_use": np.ascontiguousarray(series["in_use"]),
                "waiting": np.ascontiguousarray(series["waiting"]),
            }
        ),
    }
    return Columns(1, flat, nested)
