"""The digest of a sector: the same for the same simulated values, however they were batched, cut,
compressed and stored.
"""

import hashlib
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from shared.records.body import ITEM
from shared.records.columns import Array, Columns
from shared.records.patient import PATIENT_SCHEMA
from shared.records.sector_result import SECTOR_RESULT_SCHEMA

LITTLE_ENDIAN = sys.byteorder == "little"
# Where a sector stands in a job says nothing about what happened in it.
PLACE_IN_JOB = frozenset({"ordinal", "sector", "first_ordinal", "digest"})


def _layout(schema: pa.Schema) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Every column that counts, in order, and the names of its lists' values; none for a flat
    one.
    """
    return tuple(
        (field.name, _list_values(field.type)) for field in schema if field.name not in PLACE_IN_JOB
    )


def _list_values(kind: pa.DataType) -> tuple[str, ...]:
    if not pa.types.is_list(kind):
        return ()
    item = kind.value_type
    return (
        tuple(item.field(index).name for index in range(item.num_fields))
        if pa.types.is_struct(item)
        else (ITEM,)
    )


_PATIENT_LAYOUT, _RESULT_LAYOUT = _layout(PATIENT_SCHEMA), _layout(SECTOR_RESULT_SCHEMA)


def sector_digest(patients: Columns, result: Columns) -> bytes:
    """SHA-256 (32 bytes) over the column buffers of one sector's patients and result, in schema
    order, little-endian.
    """
    sha = hashlib.sha256()
    for layout, columns in ((_PATIENT_LAYOUT, patients), (_RESULT_LAYOUT, result)):
        for name, list_values in layout:
            for buffer in _buffers(columns, name, list_values):
                sha.update(_little_endian(buffer).data)
    return sha.digest()


def _buffers(columns: Columns, name: str, list_values: tuple[str, ...]) -> Iterator[Array]:
    if not list_values:
        yield columns.flat[name]
        return
    lists = columns.nested[name]
    yield lists.offsets
    for each in list_values:
        yield lists.values[each]


def _little_endian(values: Array) -> Array:
    if LITTLE_ENDIAN and values.flags.c_contiguous:
        # numpy takes longer to find out for itself than SHA-256 takes for a short column
        return values
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
