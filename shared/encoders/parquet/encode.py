"""Parquet: the flat tables of CSV with real types, for DuckDB, pandas, Polars and Spark.

Flat tables, not the nested record: they are joined by `patient_id`, read column by column, and need
no unnesting. One encoded batch is a complete file with one row group (none without rows);
`ParquetAssembly` makes one file of many.

The records are columns of small numbers already, so they become pages here: a library that is
handed Arrow's arrays takes three times as long, for views that are made for it and for what it
finds out about values again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np
import pyarrow as pa

from shared.encoders.casualty.flat_tables import (
    TABLES,
    Date,
    Fields,
    Flag,
    Named,
    NamedList,
    Number,
    PatientId,
    Time,
    table_fields,
)
from shared.encoders.casualty.items import derived_columns
from shared.encoders.interface.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.parquet.column import Column, ColumnEncoder, Texts, plain_text
from shared.encoders.parquet.footer import MAGIC, file_metadata, write_footer
from shared.encoders.parquet.page_memory import page_memory
from shared.encoders.parquet.row_group import row_group
from shared.encoders.parquet.schema import column_type
from shared.records.body import ITEM, from_record_batch
from shared.records.columns import Array, Columns, Nested

ENCODER_VERSION = 4
ROW_GROUP_PATIENTS = 10_000


@dataclass(frozen=True, slots=True)
class _Table:
    """A table's columns in order, and the texts of those that have some."""

    fields: Fields
    texts: Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is shown: the patients, or the items of one of their lists, and the numbers that the
    table's fields name.
    """

    patients: Columns
    items: Nested | None
    columns: Mapping[str, Array]

    @property
    def count(self) -> int:
        return self.patients.rows if self.items is None else int(self.items.offsets[-1])


def encode(batch: pa.RecordBatch, context: EncodingContext, table: str) -> bytes:
    """A complete file of the table's rows of these patients."""
    shown, known = _rows(batch, table), _table(context, table)
    types = {name: column_type(field, shown.columns) for name, field in known.fields.items()}
    if not shown.count:
        return MAGIC + write_footer(file_metadata(types, 0, []))
    with page_memory(shown.count) as memory:
        plain = context.options["encoding"] == "plain"
        encoder = ColumnEncoder(shown.count, memory, plain=plain)
        columns = {name: _column(encoder, name, shown, known, context) for name in known.fields}
    pages, description = row_group(columns, types, len(MAGIC))
    return b"".join([MAGIC, *pages, write_footer(file_metadata(types, shown.count, [description]))])


def _rows(batch: pa.RecordBatch, table: str) -> _Rows:
    patients = from_record_batch(batch.select(_needed(batch.schema.names, table)))
    if table == "patients":
        return _Rows(patients, None, patients.flat)
    items = patients.nested[table]
    return _Rows(patients, items, {**items.values, **derived_columns(table, items.values)})


def _needed(names: Sequence[str], table: str) -> list[str]:
    return (
        [name for name in names if name not in TABLES]
        if table == "patients"
        else ["ordinal", table]
    )


@lru_cache(maxsize=CONTEXTS_MAX * len(TABLES))
def _table(context: EncodingContext, table: str) -> _Table:
    fields = table_fields(table, context)
    return _Table(
        fields, {name: _texts(field) for name, field in fields.items() if isinstance(field, Named)}
    )


def _texts(field: Named) -> Texts:
    names = list(field)
    places = {
        name: place
        for place, name in enumerate(dict.fromkeys(name for name in names if name is not None))
    }
    numbers = [-1 if name is None else places[name] for name in names]
    return Texts([plain_text(text) for text in places], np.array(numbers, np.int32), field.first)


def _column(  # noqa: PLR0911 -- one return for each kind of field
    encoder: ColumnEncoder, name: str, shown: _Rows, known: _Table, context: EncodingContext
) -> Column:
    match known.fields[name]:
        case Named(column):
            return encoder.named(shown.columns[column], known.texts[name])
        case Number("index") if shown.items is not None:
            return encoder.indices(shown.items)
        case Number(column, 0, missing, plus):
            numbers = shown.columns[column]
            return encoder.differences(numbers + plus if plus else numbers, missing)
        case Number(column, places, missing):
            return encoder.scaled(shown.columns[column], 10**places, missing)
        case Time(column):
            return encoder.moments(shown.columns[column], context.epoch_s)
        case Date(column):
            return encoder.differences(shown.columns[column])
        case Flag(column):
            return encoder.flags(shown.columns[column])
        case NamedList(column) as field:
            return _joined(encoder, shown.patients.nested[column], list(field))
        case PatientId():
            return _patient_ids(encoder, shown, f"{context.job_id}-")


def _patient_ids(encoder: ColumnEncoder, shown: _Rows, prefix: str) -> Column:
    ordinals = shown.patients.flat["ordinal"]
    return (
        encoder.ids(prefix, ordinals)
        if shown.items is None
        else encoder.ids_of_items(prefix, ordinals, shown.items)
    )


def _joined(encoder: ColumnEncoder, lists: Nested, names: Sequence[str | None]) -> Column:
    """The same lists come again and again, most of them empty: each is joined once."""
    numbers, bounds = lists.values[ITEM], lists.offsets * lists.values[ITEM].itemsize
    items, rows = numbers.tobytes(), np.flatnonzero(np.diff(bounds))
    slices = zip(bounds[rows].tolist(), bounds[rows + 1].tolist(), strict=True)
    known = defaultdict(count(1).__next__, {b"": 0})
    places = np.zeros(len(bounds) - 1, np.int32)
    places[rows] = [known[items[start:stop]] for start, stop in slices]
    texts = [
        ";".join(names[number] or "" for number in np.frombuffer(chosen, numbers.dtype).tolist())
        for chosen in known
    ]
    return encoder.indexed(places, texts)
