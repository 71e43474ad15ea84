"""The batches of an offline job, each simulated by one worker process."""

from collections.abc import Iterator
from dataclasses import dataclass

from lazaret.offline.job import OfflineJob
from services.generator.batch import BatchWork, Part, generate_parts
from shared.jobs.cut import BatchCut, cut_batches
from shared.records.body import read_body

# The sizes decide how much one worker holds in memory, never a byte of what is written.
BATCH_PATIENTS = 10_000
PART_PATIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """A batch's parts in order, and the digests of its sectors in order."""

    parts: tuple[Part, ...]
    sector_digests: tuple[bytes, ...]


def batches(job: OfflineJob) -> Iterator[BatchCut]:
    """The job's batches in order, cut as the services would."""
    sizes = {"batch_patients": BATCH_PATIENTS, "part_patients": PART_PATIENTS}
    return cut_batches(job.count, sector_patients=job.scenario.sector_patients, **sizes)


def simulate_batch(job: OfflineJob, cut: BatchCut) -> Simulated:
    """Simulate one batch."""
    work = BatchWork(
        scenario=job.scenario,
        seed=job.seed,
        first_sector=cut.first_sector,
        sectors=cut.sectors,
        sector_patients=job.scenario.sector_patients,
        first_ordinal=cut.first_ordinal,
        patients=cut.patients,
        part_patients=PART_PATIENTS,
    )
    parts = tuple(generate_parts(work))
    return Simulated(parts, tuple(digest for part in parts for digest in _sector_digests(part)))


def _sector_digests(part: Part) -> list[bytes]:
    digests: list[bytes] = read_body(part.sector_results, ["digest"]).column(0).to_pylist() if part.sector_results else []
    return digests
