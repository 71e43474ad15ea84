"""Parquet: the flat tables of CSV with real types, for DuckDB, pandas, Polars and Spark.

Flat tables, not the nested record: they are joined by `patient_id`, read column by column, and need no unnesting. One encoded batch
is a complete file with one row group (none without rows); `ParquetAssembly` makes one file of many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shared.encoders.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.flat_tables import (
    TABLES,
    Date,
    Field,
    Fields,
    Flag,
    Named,
    NamedList,
    Number,
    PatientId,
    Time,
    table_columns,
    table_fields,
)
from shared.records.body import ITEM, from_record_batch
from shared.records.columns import Array, Columns

ENCODER_VERSION = 2
COMPRESSION = "zstd"
COMPRESSION_LEVEL = 1
ROW_GROUP_PATIENTS = 10_000
# Packed differences of whole numbers and times are written in half the time of a dictionary, and are smaller.
WHOLE_NUMBERS = "DELTA_BINARY_PACKED"

_MOMENT = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True, slots=True)
class Texts:
    """A field's texts, each once, and where among them each of its numbers from `first` on has its own: -1 for none."""

    texts: pa.Array
    places: Array
    first: int


@dataclass(frozen=True, slots=True)
class _Table:
    """A table's columns in order, and the texts of those that have some."""

    fields: Fields
    texts: Mapping[str, Texts]


def encode(batch: pa.RecordBatch, context: EncodingContext, table: str) -> bytes:
    """A complete file of the table's rows of these patients."""
    patients = from_record_batch(batch)
    rows, columns = table_columns(table, patients)
    known = _table(context, table)
    arrays = {
        name: _named(columns[field.column], known.texts[name]) if isinstance(field, Named) else _array(field, columns, patients, context)
        for name, field in known.fields.items()
    }
    whole = [name for name, array in arrays.items() if pa.types.is_integer(array.type) or pa.types.is_temporal(array.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table(arrays),
        sink,
        row_group_size=max(rows, 1),
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=[name for name in arrays if name not in whole],
        column_encoding=dict.fromkeys(whole, WHOLE_NUMBERS),
        write_statistics=whole,  # by these, readers pass row groups over; a text's bounds say little and take long
        store_schema=False,
    )
    return bytes(sink.getvalue())


@lru_cache(maxsize=CONTEXTS_MAX * len(TABLES))
def _table(context: EncodingContext, table: str) -> _Table:
    fields = table_fields(table, context)
    return _Table(fields, {name: _texts(field) for name, field in fields.items() if isinstance(field, Named)})


def _texts(field: Named) -> Texts:
    names = list(field)
    places = {name: place for place, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
    numbers = [-1 if name is None else places[name] for name in names]
    return Texts(pa.array(list(places), pa.string()), np.array(numbers, np.int32), field.first)


def _array(field: Field, columns: Mapping[str, Array], patients: Columns, context: EncodingContext) -> pa.Array:
    match field:
        case PatientId():
            return _patient_ids(columns["ordinal"], context)
        case Number(column):
            return _numbers(columns[column], field)
        case NamedList(column):
            return _joined(patients, column, list(field))
        case Time(column):
            return pa.array((columns[column].astype(np.int64) + context.epoch_s) * 1000, _MOMENT)
        case Date(column):
            return pa.array(columns[column], pa.int32()).cast(pa.date32())
        case Flag(column):
            return pa.array(columns[column] == 1)
    raise TypeError(f"{type(field).__name__} has no array of its own")


def _patient_ids(ordinals: Array, context: EncodingContext) -> pa.Array:
    """Each id is written once into a dictionary: ordinals come in order, so equal ones stand together."""
    begins = np.flatnonzero(np.diff(ordinals, prepend=-1))
    counts = np.diff(begins, append=len(ordinals))
    job = f"{context.job_id}-"
    ids = [f"{job}{ordinal}" for ordinal in ordinals[begins].tolist()]
    places = np.repeat(np.arange(len(begins), dtype=np.int32), counts)
    return pa.DictionaryArray.from_arrays(places, pa.array(ids, pa.string()))


def _numbers(values: Array, field: Number) -> pa.Array:
    shown = values / 10**field.places if field.places else values
    return pa.array(shown, mask=None if field.missing is None else values == field.missing)


def _named(values: Array, known: Texts) -> pa.Array:
    """Only texts that occur go into the dictionary. What is to be done for each number is done before it is done for each row."""
    numbers = values.astype(np.intp)
    if known.first:
        numbers -= known.first
    occurring = known.places[np.flatnonzero(np.bincount(numbers, minlength=len(known.places)))]
    occurs = np.zeros(len(known.texts), np.bool_)
    occurs[occurring[occurring >= 0]] = True
    new_places = np.append(np.cumsum(occurs, dtype=np.int32) - 1, np.int32(-1))[known.places]
    indices = np.take(new_places, numbers)
    mask = indices < 0 if np.any(occurring < 0) else None
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=mask), known.texts.filter(pa.array(occurs)))


def _joined(patients: Columns, column: str, names: list[str | None]) -> pa.Array:
    lists = patients.nested[column]
    texts = [names[number] or "" for number in lists.values[ITEM].tolist()]
    bounds = lists.offsets.tolist()
    return pa.array([";".join(texts[start:stop]) if start < stop else "" for start, stop in pairwise(bounds)], pa.string())
