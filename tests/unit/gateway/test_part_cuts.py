"""Where a stored part is cut into slices."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.rendering.parts import StoredBody, StoredPart


@given(st.integers(0, 10**6), st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 1000))
def test_slices_are_cut_at_fixed_ordinals(
    first: int, skipped: int, more: int, slice_patients: int
) -> None:
    """They cover what is wanted without gap or overlap, and begin at multiples of the slice's size,
    whatever the range.
    """
    part = StoredPart(
        first_ordinal=first,
        last_ordinal=first + skipped + more,
        wanted_first=first + skipped,
        wanted_last=first + skipped + more,
        written_at=datetime(2026, 1, 1, tzinfo=UTC),
        body=StoredBody(None, UUID(int=0), first),  # type: ignore[arg-type]  # nothing is loaded
    )
    cuts = part.cut(slice_patients)
    assert (cuts[0][0], cuts[-1][1]) == (skipped, skipped + more + 1)
    assert all(before[1] == after[0] for before, after in pairwise(cuts))
    assert all(start < stop <= start + slice_patients for start, stop in cuts)
    assert all((first + start) % slice_patients == 0 for start, _stop in cuts[1:])
