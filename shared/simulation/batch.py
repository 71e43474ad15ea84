"""From a batch's description to its parts. Pure: the services and the offline command make the same
bytes' worth of records.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.errors import LazaretError
from shared.records.body import slice_columns, to_record_batch, write_body
from shared.records.columns import Columns
from shared.records.cut import BatchSpec, PartCut, cut_parts
from shared.records.digest import sector_digest
from shared.records.part import PART_BYTES_MAX, Part
from shared.records.patient import PATIENT_SCHEMA
from shared.records.sector_result import SECTOR_RESULT_SCHEMA
from shared.scenarios import Scenario
from shared.simulation import simulate


class PartTooLarge(LazaretError):
    """A part's body is larger than a message may be: the job was cut into too large parts for its
    scenario.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWork:
    """One batch to simulate."""

    scenario: Scenario
    spec: BatchSpec
    part_bytes_max: int = PART_BYTES_MAX


@dataclass(frozen=True, slots=True)
class _Sector:
    """`end` is the ordinal after its last patient."""

    end: int
    patients: Columns
    result: Columns


def generate_parts(work: BatchWork) -> Iterator[Part]:
    """Simulate sector by sector and yield each part as soon as its last patient is there.

    Raises:
        PartTooLarge: a body exceeds `part_bytes_max`.
    """
    spec = work.spec
    cuts = tuple(cut_parts(spec.first_ordinal, spec.patients, spec.part_patients))
    sectors = _simulate_sectors(work)
    held: list[_Sector] = []
    for cut in cuts:
        while not held or held[-1].end <= cut.last_ordinal:
            held.append(next(sectors))
        yield _make_part(cut, len(cuts), held, work.part_bytes_max)
        held = [sector for sector in held if sector.end > cut.last_ordinal + 1]


def _simulate_sectors(work: BatchWork) -> Iterator[_Sector]:
    spec = work.spec
    start, stop = spec.first_ordinal, spec.first_ordinal + spec.patients
    for sector in range(spec.first_sector, spec.first_sector + spec.sectors):
        patients = min(spec.sector_patients, stop - start)
        output = simulate(work.scenario, spec.seed, sector, patients)
        digest = sector_digest(output.patients, output.result)
        yield _Sector(
            start + patients,
            _with_columns(
                output.patients,
                ordinal=np.arange(start, start + patients),
                sector=np.full(patients, sector, np.int32),
            ),
            _with_columns(
                output.result,
                sector=np.array([sector], np.int32),
                first_ordinal=np.array([start], np.int64),
                digest=np.frombuffer(digest, dtype="V32"),
            ),
        )
        start += patients


def _with_columns(
    columns: Columns, **added: np.ndarray[tuple[int], np.dtype[np.generic]]
) -> Columns:
    return Columns(columns.rows, {**columns.flat, **added}, columns.nested)


def _make_part(cut: PartCut, parts_total: int, held: list[_Sector], part_bytes_max: int) -> Part:
    stop = cut.last_ordinal + 1
    body = write_body(
        to_record_batch(
            PATIENT_SCHEMA, [_inside(sector, cut.first_ordinal, stop) for sector in held]
        )
    )
    if len(body) > part_bytes_max:
        raise PartTooLarge(
            f"part {cut.part_no} has {len(body)} bytes, at most {part_bytes_max} can be "
            "sent: use smaller parts"
        )
    ended = [sector.result for sector in held if sector.end <= stop]
    results = write_body(to_record_batch(SECTOR_RESULT_SCHEMA, ended)) if ended else b""
    return Part(cut.part_no, parts_total, cut.first_ordinal, cut.last_ordinal, body, results)


def _inside(sector: _Sector, start: int, stop: int) -> Columns:
    """The sector's patients from ordinal `start` to before `stop`."""
    first = sector.end - sector.patients.rows
    if first >= start and sector.end <= stop:
        return sector.patients
    return slice_columns(
        sector.patients, max(start - first, 0), min(stop - first, sector.patients.rows)
    )
