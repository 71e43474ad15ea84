"""Parquet: the flat tables of CSV with real types, for DuckDB, pandas, Polars and Spark.

Flat tables, not the nested record: they are joined by `patient_id`, read column by column, and need no unnesting. One encoded batch
is a complete file with one row group (none without rows); `ParquetAssembly` makes one file of many.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shared.encoders.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.flat_tables import Date, Field, Fields, Flag, Named, NamedList, Number, PatientId, Time, table_columns, table_fields
from shared.records.body import ITEM, from_record_batch
from shared.records.columns import Array, Columns

ENCODER_VERSION = 1
COMPRESSION = "zstd"
COMPRESSION_LEVEL = 1
ROW_GROUP_PATIENTS = 10_000

_MOMENT = pa.timestamp("ms", tz="UTC")


def encode(batch: pa.RecordBatch, context: EncodingContext, table: str) -> bytes:
    """A complete file of the table's rows of these patients."""
    patients = from_record_batch(batch)
    rows, columns = table_columns(table, patients)
    fields = _fields(context, table)
    arrays = [_array(field, columns, patients, context) for field in fields.values()]
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.Table.from_arrays(arrays, names=list(fields)),
        sink,
        row_group_size=max(rows, 1),
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        store_schema=False,
    )
    return bytes(sink.getvalue())


@lru_cache(maxsize=CONTEXTS_MAX)
def _fields(context: EncodingContext, table: str) -> Fields:
    return table_fields(table, context)


def _array(field: Field, columns: Mapping[str, Array], patients: Columns, context: EncodingContext) -> pa.Array:  # noqa: PLR0911 -- one return for each kind of field
    match field:
        case PatientId():
            return _patient_ids(columns["ordinal"], context)
        case Number(column):
            return _numbers(columns[column], field)
        case Named(column, _names, first):
            return _named(columns[column], list(field), first)
        case NamedList(column):
            return _joined(patients, column, list(field))
        case Time(column):
            return pa.array((columns[column].astype(np.int64) + context.epoch_s) * 1000, _MOMENT)
        case Date(column):
            return pa.array(columns[column], pa.int32()).cast(pa.date32())
        case Flag(column):
            return pa.array(columns[column] == 1)


def _patient_ids(ordinals: Array, context: EncodingContext) -> pa.Array:
    """Each id is written once into a dictionary: ordinals come in order, so equal ones stand together."""
    places = np.cumsum(np.diff(ordinals, prepend=ordinals[:1]) != 0, dtype=np.int32)
    begins = np.flatnonzero(np.diff(ordinals, prepend=-1))
    ids = [f"{context.job_id}-{ordinal}" for ordinal in ordinals[begins]]
    return pa.DictionaryArray.from_arrays(places, pa.array(ids, pa.string()))


def _numbers(values: Array, field: Number) -> pa.Array:
    shown = values / 10**field.places if field.places else values
    return pa.array(shown, mask=None if field.missing is None else values == field.missing)


def _named(values: Array, names: list[str | None], first: int) -> pa.Array:
    """Only names that occur go into the dictionary, each once: with a repeated one Arrow's writer leaves chance bytes in the page."""
    places = values.astype(np.int32) - first
    present = np.flatnonzero(np.bincount(places, minlength=len(names)))
    known = {place: name for place in present if (name := names[place]) is not None}
    texts = {name: position for position, name in enumerate(dict.fromkeys(known.values()))}
    new_places = np.full(len(names), -1, np.int32)
    new_places[list(known)] = [texts[name] for name in known.values()]
    indices = new_places[places]
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=indices < 0), pa.array(list(texts), pa.string()))


def _joined(patients: Columns, column: str, names: list[str | None]) -> pa.Array:
    lists = patients.nested[column]
    texts = [names[number] or "" for number in lists.values[ITEM]]
    bounds = zip(lists.offsets[:-1], lists.offsets[1:], strict=True)
    return pa.array([";".join(texts[start:stop]) for start, stop in bounds], pa.string())
