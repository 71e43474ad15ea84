"""One batch of an offline job, simulated and encoded into files of its own: what a worker process
does.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from lazaret.offline.job import OfflineJob
from shared.encoders.formats import FORMATS, Format
from shared.encoders.interface.context import EncodingContext
from shared.encoders.interface.options import USUAL, Options
from shared.records.body import read_body
from shared.records.cut import BatchCut, BatchSpec, cut_batches
from shared.records.part import Part
from shared.simulation.batch import BatchWork, generate_parts

# The services' own defaults, so that slices begin where they begin in an export.
BATCH_PATIENTS = 10_000
PART_PATIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A format, and what was chosen of it."""

    format_name: str
    options: Options = USUAL


@dataclass(frozen=True, slots=True)
class Rendered:
    """A batch's encoded pieces, one behind the other in one file for each of the job's files, with
    the pieces' sizes in bytes.
    """

    patients: int
    pieces: Mapping[str, tuple[int, ...]]
    folder: Path
    sector_digests: tuple[bytes, ...]


def file_names(format_name: str) -> dict[str, str]:
    """The files of a format, each with the table that it holds."""
    chosen = FORMATS[format_name]
    return {f"{table}{chosen.suffix}": table for table in chosen.tables or ("patients",)}


def batches(job: OfflineJob) -> Iterator[BatchCut]:
    """The job's batches in order, cut as the services would."""
    sizes = {"batch_patients": BATCH_PATIENTS, "part_patients": PART_PATIENTS}
    return cut_batches(job.count, sector_patients=job.scenario.sector_patients, **sizes)


def render_batch(job: OfflineJob, wanted: Wanted, folder: Path, cut: BatchCut) -> Rendered:
    """Simulate one batch and encode it, slice by slice, into a new folder inside `folder`. Raises
    OSError.
    """
    place = folder / str(cut.batch_no)
    place.mkdir()
    pieces: dict[str, list[int]] = {name: [] for name in file_names(wanted.format_name)}
    digests: list[bytes] = []
    with ExitStack() as open_files:
        files = {name: open_files.enter_context((place / name).open("wb")) for name in pieces}
        for part in generate_parts(_work(job, cut)):
            for name, piece in _encode(job, wanted, part):
                pieces[name].append(files[name].write(piece))
            digests += _sector_digests(part)
    return Rendered(
        cut.patients, {name: tuple(sizes) for name, sizes in pieces.items()}, place, tuple(digests)
    )


def _encode(job: OfflineJob, wanted: Wanted, part: Part) -> Iterator[tuple[str, bytes]]:
    chosen = FORMATS[wanted.format_name]
    context = EncodingContext(
        job.scenario, job.id, written_at=job.scenario.starts_at, options=wanted.options
    )
    patients = read_body(part.body)
    for start, stop in _slices(chosen, part):
        for name, table in file_names(wanted.format_name).items():
            yield name, chosen.encode(patients.slice(start, stop - start), context, table)


def _slices(chosen: Format, part: Part) -> Iterator[tuple[int, int]]:
    """Rows of the part, cut at the ordinals that are multiples of the format's slice."""
    end = part.last_ordinal + 1
    first = part.first_ordinal
    while first < end:
        stop = min((first // chosen.slice_patients + 1) * chosen.slice_patients, end)
        yield first - part.first_ordinal, stop - part.first_ordinal
        first = stop


def _work(job: OfflineJob, cut: BatchCut) -> BatchWork:
    return BatchWork(
        scenario=job.scenario,
        spec=BatchSpec(
            seed=job.seed,
            first_sector=cut.first_sector,
            sectors=cut.sectors,
            sector_patients=job.scenario.sector_patients,
            first_ordinal=cut.first_ordinal,
            patients=cut.patients,
            part_patients=PART_PATIENTS,
        ),
    )


def _sector_digests(part: Part) -> list[bytes]:
    digests: list[bytes] = (
        read_body(part.sector_results, ["digest"]).column(0).to_pylist()
        if part.sector_results
        else []
    )
    return digests
