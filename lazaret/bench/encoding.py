"""The encoders alone, on one core: stored patients into the bytes of each format, in a fresh
process.
"""

import multiprocessing
import resource
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import pyarrow as pa

from lazaret.bench.report import Figure
from lazaret.bench.simulation import simulate_sectors
from shared.encoders.formats import FORMATS, Format, compile_kernels
from shared.encoders.interface.context import EncodingContext
from shared.records.body import to_record_batch
from shared.records.patient import PATIENT_SCHEMA
from shared.scenarios import load_preset

JOB_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
_FHIR = FORMATS["fhir-ndjson"]
WITHOUT_OBSERVATIONS = "fhir-ndjson without Observation"
ROUNDS = 2  # the better one counts: what a busy machine adds is not the encoder's
# What users load by the million; the other formats are made for a few casualties or for a person.
MEASURED: Mapping[str, Format] = {
    **{
        name: FORMATS[name]
        for name in (
            "ndjson",
            "csv",
            "csv-synthea",
            "parquet",
            "omop",
            "fhir-ndjson",
            "fhir-bundle",
            "ips",
            "hl7v2",
        )
    },
    **{
        f"parquet {table}": replace(FORMATS["parquet"], tables=(table,))
        for table in FORMATS["parquet"].tables
    },
    # Four fifths of all bytes are Observations, most of them vital signs; who leaves them out has
    # some 25 resources a patient.
    WITHOUT_OBSERVATIONS: replace(
        FORMATS["fhir-ndjson"],
        tables=tuple(each for each in FORMATS["fhir-ndjson"].tables if each != "Observation"),
    ),
}
# What a file of the format is counted by besides patients, and how each begins or ends there.
UNITS: Mapping[str, tuple[str, bytes]] = {
    "fhir-ndjson": ("resources", b"\n"),
    WITHOUT_OBSERVATIONS: ("resources", b"\n"),
    "hl7v2": ("messages", b"MSH|^~\\&|"),
}
BYTES_PER_MB = 1e6


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a format made of so many patients, and the processor time of its better round."""

    patients: int
    seconds: float
    size: int
    units: int


def measure_encoding(preset: str, seed: int, patients: int) -> dict[str, Figure]:
    """Return figures by format, from a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        encoded = pool.apply(encode_all, (preset, seed, patients))
    counted = {name: (unit, encoded[name]) for name, (unit, _) in UNITS.items()}
    return {
        "encode_patients_per_s": _each(encoded, lambda made: made.patients / made.seconds),
        "encode_mb_per_s": _each(encoded, lambda made: made.size / BYTES_PER_MB / made.seconds),
        "encoded_bytes_per_patient": _each(encoded, lambda made: made.size / made.patients),
        "encoded_units_per_patient": {
            f"{name} {unit}": made.units / made.patients for name, (unit, made) in counted.items()
        },
        "encode_units_per_s": {
            f"{name} {unit}": made.units / made.seconds for name, (unit, made) in counted.items()
        },
    }


def encode_all(preset: str, seed: int, patients: int) -> dict[str, Encoded]:
    """Encode whole sectors of at least so many patients in every measured format."""
    scenario = load_preset(preset)
    compile_kernels()
    sectors = simulate_sectors(scenario, seed, -(-patients // scenario.sector_patients))
    batch = to_record_batch(PATIENT_SCHEMA, sectors)
    context = EncodingContext(scenario, JOB_ID, written_at=scenario.starts_at)
    return {name: _best(name, batch, context) for name in MEASURED}


def _best(name: str, batch: pa.RecordBatch, context: EncodingContext) -> Encoded:
    _, mark = UNITS.get(name, ("", b""))
    size = units = 0
    # this round fills the encoders' tables, too
    for piece in _pieces(MEASURED[name], batch, context):
        size += len(piece)
        units += piece.count(mark) if mark else 0
    seconds = min(_one_round(MEASURED[name], batch, context) for _ in range(ROUNDS))
    return Encoded(batch.num_rows, seconds, size, units)


def _one_round(chosen: Format, batch: pa.RecordBatch, context: EncodingContext) -> float:
    before = _spent_s()
    deque(_pieces(chosen, batch, context), maxlen=0)
    return _spent_s() - before


def _spent_s() -> float:
    """This process's time on processors, in microseconds' steps."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _pieces(chosen: Format, batch: pa.RecordBatch, context: EncodingContext) -> Iterator[bytes]:
    for table in chosen.tables or ("",):
        assembly = chosen.assembly()
        for first in range(0, batch.num_rows, chosen.slice_patients):
            yield assembly.add(
                chosen.encode(batch.slice(first, chosen.slice_patients), context, table)
            )
        yield assembly.end()


def _each(encoded: Mapping[str, Encoded], value: Callable[[Encoded], float]) -> dict[str, float]:
    return {name: value(made) for name, made in encoded.items()}
