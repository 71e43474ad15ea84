from hypothesis import given
from hypothesis import strategies as st

from shared.records.cut import cut_batches, cut_parts

SIZES = {
    "patients": st.integers(1, 3_000),
    "sector_patients": st.integers(1, 500),
    "batch_patients": st.integers(1, 1_000),
    "part_patients": st.integers(1, 400),
}


def test_a_million_patients_in_sectors_of_a_thousand() -> None:
    """The default sizes give a hundred batches of ten sectors and one part."""
    batches = list(
        cut_batches(1_000_000, sector_patients=1_000, batch_patients=10_000, part_patients=10_000)
    )
    assert len(batches) == 100
    assert batches[7] == (7, 70, 10, 70_000, 10_000, 1)


def test_a_large_sector_is_a_batch_of_its_own_in_several_parts() -> None:
    """A sector above the batch's size stays whole; its result travels in parts."""
    batches = list(
        cut_batches(60_000, sector_patients=50_000, batch_patients=10_000, part_patients=10_000)
    )
    assert batches == [(0, 0, 1, 0, 50_000, 5), (1, 1, 1, 50_000, 10_000, 1)]


@given(**SIZES)
def test_every_sector_and_ordinal_is_in_one_batch(
    patients: int, sector_patients: int, batch_patients: int, part_patients: int
) -> None:
    """Batches follow each other without a gap, in whole sectors, and end with the last patient."""
    ordinal = sector = 0
    for number, batch in enumerate(
        cut_batches(
            patients,
            sector_patients=sector_patients,
            batch_patients=batch_patients,
            part_patients=part_patients,
        )
    ):
        assert (batch.batch_no, batch.first_sector, batch.first_ordinal) == (
            number,
            sector,
            ordinal,
        )
        assert batch.first_ordinal == batch.first_sector * sector_patients
        assert batch.patients <= max(batch_patients, sector_patients)
        assert (
            (batch.sectors - 1) * sector_patients
            < batch.patients
            <= batch.sectors * sector_patients
        )
        ordinal += batch.patients
        sector += batch.sectors
    assert ordinal == patients


@given(**SIZES)
def test_parts_cover_their_batch(
    patients: int, sector_patients: int, batch_patients: int, part_patients: int
) -> None:
    """Parts follow each other without a gap, and there are as many as the batch says."""
    for batch in cut_batches(
        patients,
        sector_patients=sector_patients,
        batch_patients=batch_patients,
        part_patients=part_patients,
    ):
        parts = list(cut_parts(batch.first_ordinal, batch.patients, part_patients))
        ordinals = [
            ordinal
            for part in parts
            for ordinal in range(part.first_ordinal, part.last_ordinal + 1)
        ]
        assert ordinals == list(range(batch.first_ordinal, batch.first_ordinal + batch.patients))
        assert [part.part_no for part in parts] == list(range(batch.parts_total))
