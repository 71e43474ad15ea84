import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.records.body import (
    from_record_batch,
    read_body,
    slice_columns,
    to_record_batch,
    write_body,
)
from shared.records.digest import sector_digest
from shared.records.patient import PATIENT_SCHEMA
from shared.records.sector_result import SECTOR_RESULT_SCHEMA
from tests.unit.records.invented_columns import invent

RESULT = invent(SECTOR_RESULT_SCHEMA, 1, seed=0)


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5),
    cuts=st.lists(st.integers(0, 60), max_size=5),
    seed=st.integers(0, 99),
)
def test_a_sector_is_the_same_however_it_travelled(
    sizes: list[int], cuts: list[int], seed: int
) -> None:
    """Sectors joined into batches, cut anywhere into bodies and put together again keep their
    digests.
    """
    sectors = [
        invent(PATIENT_SCHEMA, size, seed=seed + number) for number, size in enumerate(sizes)
    ]
    joined = from_record_batch(to_record_batch(PATIENT_SCHEMA, sectors))
    edges = sorted({0, joined.rows, *(cut for cut in cuts if cut < joined.rows)})
    bodies = [
        write_body(to_record_batch(PATIENT_SCHEMA, [slice_columns(joined, start, stop)]))
        for start, stop in itertools.pairwise(edges)
    ]
    arrived = from_record_batch(
        to_record_batch(PATIENT_SCHEMA, [from_record_batch(read_body(body)) for body in bodies])
    )
    start = 0
    for sector in sectors:
        again = slice_columns(arrived, start, start + sector.rows)
        assert sector_digest(again, RESULT) == sector_digest(sector, RESULT)
        start += sector.rows
