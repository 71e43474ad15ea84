"""How a job is cut into sectors, batches and parts. Pure: every attempt, on every machine, cuts
alike.

A sector is simulated whole, so a batch is a run of whole sectors. A part is a run of patients
inside one batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class BatchCut(NamedTuple):
    """One batch: its number, its sectors, its patients and the parts that its result travels in."""

    batch_no: int
    first_sector: int
    sectors: int
    first_ordinal: int
    patients: int
    parts_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSpec:
    """A batch beside its scenario: a run of whole sectors of one job, and how it is cut into parts.

    Only the job's last sector has fewer than `sector_patients`.
    """

    seed: int
    first_sector: int
    sectors: int
    sector_patients: int
    first_ordinal: int
    patients: int
    part_patients: int


class PartCut(NamedTuple):
    """One part: its number in the batch and its patients; the last ordinal is inclusive."""

    part_no: int
    first_ordinal: int
    last_ordinal: int


def cut_batches(
    patients: int, *, sector_patients: int, batch_patients: int, part_patients: int
) -> Iterator[BatchCut]:
    """Cut a job into batches of whole sectors with at most `batch_patients`, or of one sector where
    a sector is larger.

    Only the last sector, and so the last batch, may be smaller than the others.
    """
    sectors_total = -(-patients // sector_patients)
    batch_sectors = max(1, batch_patients // sector_patients)
    for batch_no, first_sector in enumerate(range(0, sectors_total, batch_sectors)):
        sectors = min(batch_sectors, sectors_total - first_sector)
        first_ordinal = first_sector * sector_patients
        inside = min(sectors * sector_patients, patients - first_ordinal)
        yield BatchCut(
            batch_no, first_sector, sectors, first_ordinal, inside, -(-inside // part_patients)
        )


def cut_parts(first_ordinal: int, patients: int, part_patients: int) -> Iterator[PartCut]:
    """Cut a batch, given by its first ordinal and its size, into parts of `part_patients`; the last
    one may be smaller.
    """
    end = first_ordinal + patients
    for part_no, start in enumerate(range(first_ordinal, end, part_patients)):
        yield PartCut(part_no, start, min(start + part_patients, end) - 1)
