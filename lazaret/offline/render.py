"""One batch of an offline job, simulated and encoded: what a worker process does."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from lazaret.offline.job import OfflineJob
from services.generator.batch import BatchWork, generate_parts
from shared.encoders import csv, ndjson
from shared.encoders.context import EncodingContext
from shared.encoders.flat_tables import TABLES
from shared.jobs.cut import BatchCut, cut_batches
from shared.records.body import read_body

# The size decides how much one worker holds in memory, never a byte of what is written.
BATCH_PATIENTS = 10_000
PART_PATIENTS = 10_000

Encoder = Callable[[pa.RecordBatch, EncodingContext], bytes]

FORMATS: Mapping[str, Mapping[str, Encoder]] = {
    "ndjson": {"patients.ndjson": ndjson.encode},
    "csv": {f"{table}.csv": partial(csv.encode, table=table) for table in TABLES},
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A batch's share of each file, by the file's name, and the digests of its sectors in order."""

    patients: int
    files: Mapping[str, bytes]
    sector_digests: tuple[bytes, ...]


def batches(job: OfflineJob) -> Iterator[BatchCut]:
    """The job's batches in order, cut as the services would."""
    return cut_batches(job.count, sector_patients=job.scenario.sector_patients, batch_patients=BATCH_PATIENTS, part_patients=PART_PATIENTS)


def render(job: OfflineJob, format_name: str, cut: BatchCut) -> Rendered:
    """Simulate one batch and encode it."""
    context = EncodingContext(job.scenario, job.id, written_at=job.scenario.starts_at)
    files = dict.fromkeys(FORMATS[format_name], b"")
    digests: list[bytes] = []
    for part in generate_parts(_work(job, cut)):
        patients = read_body(part.body)
        for name, encode in FORMATS[format_name].items():
            files[name] += encode(patients, context)
        if part.sector_results:
            digests += read_body(part.sector_results, ["digest"]).column(0).to_pylist()
    return Rendered(cut.patients, files, tuple(digests))


def _work(job: OfflineJob, cut: BatchCut) -> BatchWork:
    return BatchWork(
        scenario=job.scenario,
        seed=job.seed,
        first_sector=cut.first_sector,
        sectors=cut.sectors,
        sector_patients=job.scenario.sector_patients,
        first_ordinal=cut.first_ordinal,
        patients=cut.patients,
        part_patients=PART_PATIENTS,
    )
