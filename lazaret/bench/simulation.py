"""The simulation alone, on one core: sectors into one Arrow body after another, in a process that
is warm as the generator's are.
"""

import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lazaret.bench.report import Figure
from services.generator.warm_start import warm_start
from shared.clock import SystemClock
from shared.records.body import to_record_batch, write_body
from shared.records.columns import Array, Columns
from shared.records.patient import PATIENT_SCHEMA
from shared.scenarios import Scenario, load_preset
from shared.simulation import simulate

BODY_SECTORS = 10
ROWS = ("events", "vitals", "conditions", "treatments")


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a process made, and how long it took without its start."""

    patients: int
    seconds: float
    body_bytes: int
    rows: Mapping[str, int]

    def figures(self) -> dict[str, Figure]:
        """Return the rate, and what a patient is made of."""
        return {
            "simulate_patients_per_s": self.patients / self.seconds,
            "bytes_per_patient": self.body_bytes / self.patients,
            "rows_per_patient": {name: rows / self.patients for name, rows in self.rows.items()},
        }


def measure_simulation(preset: str, seed: int, patients: int) -> Simulated:
    """Simulate in a fresh process, after what the generator's processes do before their first
    batch.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(simulate_bodies, (preset, seed, patients))


def simulate_bodies(preset: str, seed: int, patients: int) -> Simulated:
    """Simulate whole sectors until there are so many patients, encoding them as they come."""
    scenario, clock = load_preset(preset), SystemClock()
    warm_start()
    rows = dict.fromkeys(ROWS, 0)
    made = body_bytes = 0
    began = clock.monotonic()
    while made < patients:
        sectors = simulate_sectors(
            scenario, seed, BODY_SECTORS, first=made // scenario.sector_patients
        )
        body_bytes += len(write_body(to_record_batch(PATIENT_SCHEMA, sectors)))
        made += BODY_SECTORS * scenario.sector_patients
        for name in ROWS:
            rows[name] += sum(int(columns.nested[name].offsets[-1]) for columns in sectors)
    return Simulated(made, clock.monotonic() - began, body_bytes, rows)


def simulate_sectors(scenario: Scenario, seed: int, sectors: int, first: int = 0) -> list[Columns]:
    """Simulate whole sectors, placed in their job."""
    return [_sector(scenario, seed, first + number) for number in range(sectors)]


def _sector(scenario: Scenario, seed: int, sector: int) -> Columns:
    columns = simulate(scenario, seed, sector, scenario.sector_patients).patients
    ordinals = np.arange(columns.rows, dtype=np.int64) + sector * scenario.sector_patients
    place: dict[str, Array] = {
        "ordinal": ordinals,
        "sector": np.full(columns.rows, sector, dtype=np.int32),
    }
    return replace(columns, flat={**columns.flat, **place})
