"""The digest of a sector: the same for the same simulated values, however they were batched, cut, compressed and stored."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from shared.records.body import ITEM
from shared.records.columns import Array, Columns, Nested
from shared.records.patient import PATIENT_SCHEMA
from shared.records.sector_result import SECTOR_RESULT_SCHEMA

# Where a sector stands in a job says nothing about what happened in it.
PLACE_IN_JOB = frozenset({"ordinal", "sector", "first_ordinal", "digest"})


def sector_digest(patients: Columns, result: Columns) -> bytes:
    """SHA-256 (32 bytes) over the column buffers of one sector's patients and result, in schema order, little-endian."""
    sha = hashlib.sha256()
    for schema, columns in ((PATIENT_SCHEMA, patients), (SECTOR_RESULT_SCHEMA, result)):
        for field in schema:
            if field.name not in PLACE_IN_JOB:
                for buffer in _buffers(field, columns):
                    sha.update(buffer.data)
    return sha.digest()


def _buffers(field: pa.Field, columns: Columns) -> Iterator[Array]:
    if pa.types.is_list(field.type):
        yield from _list_buffers(field.type.value_type, columns.nested[field.name])
    else:
        yield _little_endian(columns.flat[field.name])


def _list_buffers(kind: pa.DataType, lists: Nested) -> Iterator[Array]:
    yield _little_endian(lists.offsets)
    names = [kind.field(index).name for index in range(kind.num_fields)] if pa.types.is_struct(kind) else [ITEM]
    for name in names:
        yield _little_endian(lists.values[name])


def _little_endian(values: Array) -> Array:
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
