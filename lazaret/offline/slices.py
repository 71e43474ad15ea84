"""Slices: what is encoded at once. They begin where an export's would, so that both write the same bytes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lazaret.offline.job import OfflineJob
from services.generator.batch import Part
from shared.encoders.context import EncodingContext
from shared.encoders.formats import FORMATS
from shared.records.body import from_record_batch, read_body, slice_columns, to_record_batch
from shared.records.columns import Columns
from shared.records.patient import PATIENT_SCHEMA

# A multiple of every format's own slice.
SLICE_PATIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Slice:
    """Patients from `first_ordinal` to before `end`, with the parts that hold them."""

    first_ordinal: int
    end: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A slice's piece of each file, by the file's name."""

    patients: int
    pieces: Mapping[str, bytes]


def file_names(format_name: str) -> dict[str, str]:
    """The files of a format, each with the table that it holds."""
    chosen = FORMATS[format_name]
    return {f"{table}{chosen.suffix}": table for table in chosen.tables or ("patients",)}


def cut_slices(parts: Iterable[Part], count: int) -> Iterator[Slice]:
    """Cut a job's parts, which come in order, into slices of SLICE_PATIENTS; the last one may be smaller."""
    held: list[Part] = []
    first = 0
    for part in parts:
        held.append(part)
        while first < count and part.last_ordinal + 1 >= (end := min(first + SLICE_PATIENTS, count)):
            yield Slice(first, end, tuple(held))
            held = [each for each in held if each.last_ordinal >= end]
            first = end


def encode_slice(job: OfflineJob, format_name: str, slice_: Slice) -> Encoded:
    """Encode one slice for every file of the format."""
    context = EncodingContext(job.scenario, job.id, written_at=job.scenario.starts_at)
    patients = to_record_batch(PATIENT_SCHEMA, [_inside(part, slice_) for part in slice_.parts])
    encode = FORMATS[format_name].encode
    pieces = {name: encode(patients, context, table) for name, table in file_names(format_name).items()}
    return Encoded(slice_.end - slice_.first_ordinal, pieces)


def _inside(part: Part, slice_: Slice) -> Columns:
    start = max(slice_.first_ordinal, part.first_ordinal) - part.first_ordinal
    stop = min(slice_.end, part.last_ordinal + 1) - part.first_ordinal
    return slice_columns(from_record_batch(read_body(part.body)), start, stop)
