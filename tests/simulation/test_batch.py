from __future__ import annotations

import hashlib
from itertools import chain

import pytest

from shared.records.body import from_record_batch, read_body, slice_columns, to_record_batch
from shared.records.cut import BatchSpec, cut_batches
from shared.records.digest import sector_digest
from shared.records.part import Part
from shared.records.patient import PATIENT_SCHEMA
from shared.scenarios import load_preset
from shared.simulation.batch import BatchWork, PartTooLarge, generate_parts

SCENARIO = load_preset("teaching-20")
PATIENTS, SECTOR_PATIENTS = 95, 20


def work(first_sector: int, sectors: int, part_patients: int, **changes: int) -> BatchWork:
    first = first_sector * SECTOR_PATIENTS
    patients = min(sectors * SECTOR_PATIENTS, PATIENTS - first)
    return BatchWork(
        scenario=SCENARIO,
        spec=BatchSpec(
            seed=7,
            first_sector=first_sector,
            sectors=sectors,
            sector_patients=SECTOR_PATIENTS,
            first_ordinal=first,
            patients=patients,
            part_patients=part_patients,
        ),
        **changes,
    )


def run(batch_patients: int, part_patients: int) -> list[Part]:
    """All parts of the job, cut into batches of this size."""
    cuts = cut_batches(
        PATIENTS,
        sector_patients=SECTOR_PATIENTS,
        batch_patients=batch_patients,
        part_patients=part_patients,
    )
    return list(
        chain.from_iterable(
            generate_parts(work(cut.first_sector, cut.sectors, part_patients)) for cut in cuts
        )
    )


def digests(parts: list[Part]) -> list[bytes]:
    results = [read_body(part.sector_results).to_pylist() for part in parts if part.sector_results]
    return [row["digest"] for row in chain.from_iterable(results)]


@pytest.mark.parametrize(
    ("batch_patients", "part_patients"), [(20, 20), (40, 7), (100, 30), (100, 100), (60, 1)]
)
def test_batches_and_parts_change_no_value(batch_patients: int, part_patients: int) -> None:
    """Every ordinal comes once, in order, with the same record, and every sector's digest is the
    same.
    """
    parts, whole = run(batch_patients, part_patients), run(100, 100)
    assert [n for part in parts for n in range(part.first_ordinal, part.last_ordinal + 1)] == list(
        range(PATIENTS)
    )
    records = [record for part in parts for record in read_body(part.body).to_pylist()]
    assert records == read_body(whole[0].body).to_pylist()
    assert [record["ordinal"] for record in records] == list(range(PATIENTS))
    assert digests(parts) == digests(whole)
    assert len(set(digests(whole))) == 5


def test_a_sector_result_comes_with_the_last_part_of_its_sector() -> None:
    """A part in which no sector ends carries none."""
    parts = list(generate_parts(work(0, 2, 15)))
    ended = [
        read_body(part.sector_results).column("sector").to_pylist() if part.sector_results else []
        for part in parts
    ]
    assert ended == [[], [0], [1]]
    assert [(part.part_no, part.parts_total) for part in parts] == [(0, 3), (1, 3), (2, 3)]


def test_a_stored_sector_still_has_its_digest() -> None:
    """What is read back from the bodies hashes to the digest that was sent."""
    (part,) = run(100, 100)
    patients = from_record_batch(read_body(part.body))
    results = from_record_batch(read_body(part.sector_results))
    assert (
        sector_digest(slice_columns(patients, 20, 40), slice_columns(results, 1, 2))
        == digests([part])[1]
    )
    assert to_record_batch(PATIENT_SCHEMA, [patients]).num_rows == PATIENTS
    assert hashlib.sha256(b"".join(digests([part]))).digest()


def test_a_part_that_no_message_can_carry_is_refused() -> None:
    """The reason names both sizes."""
    with pytest.raises(PartTooLarge, match="at most 100 can be sent"):
        list(generate_parts(work(0, 1, 20, part_bytes_max=100)))
