"""Columns of invented values under any of the record schemas: for tests of what carries them, not
of what they mean.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from shared.records.columns import Array, Columns, Nested

MEAN_LIST_LENGTH = 3


def invent(
    schema: pa.Schema, rows: int, seed: int, mean_lengths: Mapping[str, float] | None = None
) -> Columns:
    """Fill every field with reproducible values of its type."""
    random = np.random.default_rng(seed)
    flat: dict[str, Array] = {}
    nested: dict[str, Nested] = {}
    for field in schema:
        if pa.types.is_list(field.type):
            mean = (mean_lengths or {}).get(field.name, MEAN_LIST_LENGTH)
            nested[field.name] = _lists(field.type.value_type, random.poisson(mean, rows), random)
        else:
            flat[field.name] = _values(field.type, rows, random)
    return Columns(rows, flat, nested)


def _lists(kind: pa.DataType, lengths: Array, random: np.random.Generator) -> Nested:
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    count = int(offsets[-1])
    if not pa.types.is_struct(kind):
        return Nested(offsets, {"item": _values(kind, count, random)})
    return Nested(offsets, {field.name: _values(field.type, count, random) for field in kind})


def _values(kind: pa.DataType, count: int, random: np.random.Generator) -> Array:
    if pa.types.is_fixed_size_binary(kind):
        return np.frombuffer(random.bytes(kind.byte_width * count), dtype=f"V{kind.byte_width}")
    if pa.types.is_floating(kind):
        return random.random(count, dtype=np.float32)
    return random.integers(0, 100, count).astype(f"i{kind.bit_width // 8}")
