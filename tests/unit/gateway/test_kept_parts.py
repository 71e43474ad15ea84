"""What a rendering process remembers."""

from uuid import UUID

import pyarrow as pa

from services.gateway.rendering.kept_parts import KeptParts

JOB = UUID(int=1)


def part(rows: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"ordinal": pa.array(range(rows), pa.int64())})


def test_the_last_used_ones_are_kept() -> None:
    """Beyond its bytes the part goes that was not used for longest."""
    kept = KeptParts(3 * part(10).nbytes)
    for first in (0, 10, 20):
        kept.keep((JOB, first), part(10))
    assert kept.get((JOB, 0)) is not None
    kept.keep((JOB, 30), part(10))
    assert [first for first in (0, 10, 20, 30) if kept.get((JOB, first)) is not None] == [0, 20, 30]


def test_bytes_are_counted_not_parts() -> None:
    """A large part takes the place of several small ones; what is gone leaves its room behind."""
    kept = KeptParts(3 * part(10).nbytes)
    for first, rows in ((0, 10), (10, 10), (20, 25), (45, 5), (50, 10), (60, 10)):
        kept.keep((JOB, first), part(rows))
    assert [first for first in (0, 10, 20, 45, 50, 60) if kept.get((JOB, first)) is not None] == [
        45,
        50,
        60,
    ]


def test_the_one_in_use_is_always_kept() -> None:
    """A part that is larger than all room is rendered all the same."""
    kept = KeptParts(0)
    kept.keep((JOB, 0), part(10))
    kept.keep((JOB, 10), part(10))
    assert kept.get((JOB, 0)) is None
    assert kept.get((JOB, 10)) is not None
