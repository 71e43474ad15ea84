"""The front of a body: its first columns are read without the rest, which is most of it.

A body is one Arrow stream, its columns' buffers one behind the other in the schema's order. Of a
body that is cut, the columns before the cut are whole; what is missing is filled up, and never
decompressed.
"""

from collections.abc import Sequence

import pyarrow as pa

from shared.records.body import read_body
from shared.records.patient import PATIENT_SCHEMA

# The schema's message and the batch's, which say where each buffer lies: of all columns, whatever
# is read.
MESSAGES_BYTES_MAX = 32 * 1024
# A buffer that does not get smaller grows by its frame (zstd's bound: 1/256 and 64 bytes; LZ4's is
# less), its length and its alignment.
_GROWTH, _FRAME_BYTES_MAX = 256, 256


def front_bytes_max(names: Sequence[str], rows: int) -> int:
    """Return how long a front that holds these columns of a body with so many patients is at most.

    Raises ValueError for columns that stand behind a list: how long that is nobody knows.
    """
    fields = [
        PATIENT_SCHEMA.field(index)
        for index in range(1 + max(map(PATIENT_SCHEMA.get_field_index, names)))
    ]
    if any(pa.types.is_list(field.type) for field in fields):
        raise ValueError(f"{', '.join(names)}: not all stand before the first list of a body")
    sizes: list[int] = [rows * field.type.bit_width // 8 for field in fields]
    return MESSAGES_BYTES_MAX + sum(size + size // _GROWTH + _FRAME_BYTES_MAX for size in sizes)


def read_front(front: bytes, size: int, names: Sequence[str]) -> pa.RecordBatch:
    """Read columns of a body that has `size` bytes in all from its front.

    Raises:
        RejectedForGood: this is no front of a body, or too short a one.
    """
    return read_body(front.ljust(size, b"\0"), names)
