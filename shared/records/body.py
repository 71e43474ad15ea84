"""A record batch and its stored form, the body: one Arrow IPC stream with one batch, its buffers
compressed with zstd or LZ4.

Between `Columns` and Arrow nothing is copied where one `Columns` fills the batch: Arrow reads
numpy's memory.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shared.errors import RejectedForGood
from shared.records.accepted_versions import stored_schema
from shared.records.columns import Array, Columns, Nested
from shared.records.views import Views

ZSTD_LEVEL = 1  # level 3 takes 1.8 times as long and saves 4 % of the bytes
# Arrow prepares zstd anew for each buffer, which takes longer than LZ4 takes for all of a batch
# below this.
SMALL_BYTES = 256 * 1024
ITEM = "item"
# Arrow's numbers for its types: a look at every column of every slice must be cheap.
_LIST, _STRUCT = pa.list_(pa.int8()).id, pa.struct([]).id
_NUMPY_TYPES: Mapping[int, np.dtype[np.generic]] = {
    kind.id: np.dtype(dtype)
    for kind, dtype in (
        (pa.int8(), np.int8),
        (pa.int16(), np.int16),
        (pa.int32(), np.int32),
        (pa.int64(), np.int64),
        (pa.float32(), np.float32),
        (pa.date32(), np.int32),
    )
}


def to_record_batch(schema: pa.Schema, parts: Sequence[Columns]) -> pa.RecordBatch:
    """Join `parts`, in order, into one batch of `schema`.

    Every field of the schema must be present in each part, with the schema's own width: a wrong one
    is a defect (ValueError).
    """
    rows = sum(part.rows for part in parts)
    arrays = [_arrow_array(field, parts, rows) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def slice_columns(columns: Columns, start: int, stop: int) -> Columns:
    """Rows `start` to before `stop`, without copying values; the lists' offsets begin at 0
    again.
    """
    flat = {name: values[start:stop] for name, values in columns.flat.items()}
    nested = {name: _slice_nested(lists, start, stop) for name, lists in columns.nested.items()}
    return Columns(stop - start, flat, nested)


def write_body(batch: pa.RecordBatch) -> bytes:
    """Serialise one batch, on this thread alone: other cores have children of their own."""
    sink = pa.BufferOutputStream()
    codec = (
        pa.Codec("lz4")
        if batch.nbytes < SMALL_BYTES
        else pa.Codec("zstd", compression_level=ZSTD_LEVEL)
    )
    options = pa.ipc.IpcWriteOptions(compression=codec, use_threads=False)
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def read_body(body: bytes, names: Sequence[str] | None = None) -> pa.RecordBatch:
    """Read a body of any accepted version; with `names`, decompress only these columns and return
    them in this order.

    Raises:
        RejectedForGood: this is no body, or one of an unknown schema.
        KeyError: the schema has no column of such a name.
    """
    try:
        schema = pa.ipc.open_stream(body).schema
        stored_schema(schema)
        batch = _only_batch(
            body, [] if names is None else sorted(_index(schema, name) for name in names)
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise RejectedForGood(f"body: not a readable Arrow stream ({error})") from error
    return batch if names is None else batch.select(list(names))


def from_record_batch(batch: pa.RecordBatch) -> Columns:
    """Look at a batch as numpy columns, without copying; at each when it is asked for."""
    flat = Views(
        partial(_names, batch, lists=False), lambda name: _flat(_column(batch, name, lists=False))
    )
    nested = Views(
        partial(_names, batch, lists=True), lambda name: _nested(_column(batch, name, lists=True))
    )
    return Columns(batch.num_rows, flat, nested)


def _names(batch: pa.RecordBatch, *, lists: bool) -> list[str]:
    return [field.name for field in batch.schema if (field.type.id == _LIST) is lists]


def _column(batch: pa.RecordBatch, name: str, *, lists: bool) -> pa.Array:
    array = batch.column(name)
    if (array.type.id == _LIST) is not lists:
        raise KeyError(name)
    return array


def _only_batch(body: bytes, included: list[int]) -> pa.RecordBatch:
    reader = pa.ipc.open_stream(
        body, options=pa.ipc.IpcReadOptions(included_fields=included, use_threads=False)
    )
    batches = list(reader)
    if len(batches) != 1:
        raise RejectedForGood(f"body: {len(batches)} record batches, must be 1")
    batches[0].validate(full=True)
    return batches[0]


def _index(schema: pa.Schema, name: str) -> int:
    index: int = schema.get_field_index(name)
    if index < 0:
        raise KeyError(name)
    return index


def _arrow_array(field: pa.Field, parts: Sequence[Columns], rows: int) -> pa.Array:
    if not pa.types.is_list(field.type):
        return _arrow_flat(field.type, [part.flat[field.name] for part in parts], rows, field.name)
    lists = [part.nested[field.name] for part in parts]
    offsets = _joined_offsets(lists, rows)
    values = _arrow_values(
        field.type.value_type, [each.values for each in lists], int(offsets[-1]), field.name
    )
    return pa.Array.from_buffers(
        field.type, rows, [None, pa.py_buffer(offsets)], null_count=0, children=[values]
    )


def _arrow_values(
    kind: pa.DataType, parts: Sequence[Mapping[str, Array]], rows: int, name: str
) -> pa.Array:
    if not pa.types.is_struct(kind):
        return _arrow_flat(kind, [part[ITEM] for part in parts], rows, name)
    fields = [kind.field(index) for index in range(kind.num_fields)]
    children = [
        _arrow_flat(field.type, [part[field.name] for part in parts], rows, f"{name}.{field.name}")
        for field in fields
    ]
    return pa.Array.from_buffers(kind, rows, [None], null_count=0, children=children)


def _arrow_flat(kind: pa.DataType, parts: Sequence[Array], rows: int, name: str) -> pa.Array:
    values = np.ascontiguousarray(parts[0]) if len(parts) == 1 else np.concatenate(parts)
    if (
        values.shape != (rows,)
        or values.itemsize * 8 != kind.bit_width
        or (values.dtype.kind == "f") != pa.types.is_floating(kind)
    ):
        raise ValueError(
            f"{name}: {values.dtype}{list(values.shape)} cannot be {rows} values of {kind}"
        )
    return pa.Array.from_buffers(kind, rows, [None, pa.py_buffer(values)], null_count=0)


def _joined_offsets(lists: Sequence[Nested], rows: int) -> NDArray[np.int32]:
    if len(lists) == 1:
        return np.ascontiguousarray(lists[0].offsets, dtype=np.int32)
    joined = np.zeros(rows + 1, dtype=np.int32)
    row = value = 0
    for each in lists:
        count = len(each.offsets) - 1
        np.add(each.offsets[1:], value, out=joined[row + 1 : row + 1 + count])
        row += count
        value += int(each.offsets[-1])
    return joined


def _slice_nested(lists: Nested, start: int, stop: int) -> Nested:
    first, last = int(lists.offsets[start]), int(lists.offsets[stop])
    offsets = lists.offsets[start : stop + 1]
    rebased = offsets - np.int32(first) if first else offsets
    return Nested(rebased, {name: values[first:last] for name, values in lists.values.items()})


def _nested(array: pa.Array) -> Nested:
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)[array.offset :][: len(array) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    items = array.values.slice(first, last - first)
    return Nested(offsets - np.int32(first) if first else offsets, _item_columns(items))


def _item_columns(items: pa.Array) -> Mapping[str, Array]:
    if items.type.id != _STRUCT:
        return {ITEM: _flat(items)}
    return Views(
        lambda: (field.name for field in items.type), lambda name: _flat(items.field(name))
    )


def _flat(array: pa.Array) -> Array:
    kind = array.type
    dtype = _NUMPY_TYPES.get(kind.id) or _numpy_type(kind)
    values: Array = np.frombuffer(array.buffers()[1], dtype)[array.offset :]
    return values[: len(array)]


def _numpy_type(kind: pa.DataType) -> np.dtype[np.generic]:
    if pa.types.is_fixed_size_binary(kind):
        return np.dtype(f"V{kind.byte_width}")
    dtype: np.dtype[np.generic] = np.dtype(kind.to_pandas_dtype())
    return dtype
